//! Users to ask about, and the loop that asks the decision and answers from what is known.

use chrono::{DateTime, TimeDelta, Utc};
use setupkey_rule::decision::{Decision, Fact, Step, next};
use setupkey_rule::facts::UserFacts;
use setupkey_rule::iam::{
    AccessKey, AccessKeyId, AccessKeyStatus, ConsolePassword, IamUser, LastUsed, UserId, UserName,
};
use setupkey_rule::parameters::RuleParameters;

/// All that is true of a user.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    pub(crate) console_password: bool,
    pub(crate) keys: Vec<TrueKey>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct TrueKey {
    pub(crate) status: AccessKeyStatus,
    pub(crate) seconds_after_user: i64,
    pub(crate) used: bool,
}

pub(crate) fn user_created() -> DateTime<Utc> {
    "2024-07-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn access_keys(truth: &Truth) -> Vec<AccessKey> {
    let key = |(position, key): (usize, &TrueKey)| AccessKey {
        access_key_id: AccessKeyId::parse(format!("AKIAEXAMPLE{position:05}")).unwrap(),
        status: key.status,
        create_date: user_created() + TimeDelta::seconds(key.seconds_after_user),
    };
    truth.keys.iter().enumerate().map(key).collect()
}

/// Decides a user; also returns what was asked, in order.
pub(crate) fn decide(truth: &Truth, parameters: &RuleParameters) -> (Decision, Vec<Fact>) {
    let keys = access_keys(truth);
    decide_listed(truth, &keys, parameters)
}

/// Decides a user whose keys are listed in this order.
pub(crate) fn decide_listed(
    truth: &Truth,
    listed: &[AccessKey],
    parameters: &RuleParameters,
) -> (Decision, Vec<Fact>) {
    let mut facts = UserFacts::new(
        IamUser {
            user_name: UserName::parse("elise").unwrap(),
            user_id: UserId::parse("AIDAEXAMPLE000000001").unwrap(),
            arn: "arn:aws:iam::111122223333:user/elise".to_owned(),
            create_date: user_created(),
        },
        None,
    );
    let mut asked = Vec::new();
    loop {
        let fact = match next(&facts, parameters, user_created()) {
            Step::Decided(decision) => return (decision, asked),
            Step::Read(fact) => fact,
        };
        assert!(!asked.contains(&fact), "asked twice: {fact:?}");
        match &fact {
            Fact::AccessKeys => facts.learn_access_keys(listed.to_vec()),
            Fact::Tags => facts.learn_tags(Vec::new()),
            Fact::ConsolePassword => facts.learn_console_password(if truth.console_password {
                ConsolePassword::Enabled { since: Some(user_created()) }
            } else {
                ConsolePassword::Absent
            }),
            Fact::LastUsed(id) => {
                let position = access_keys(truth).iter().position(|key| key.access_key_id == *id).unwrap();
                let used = truth.keys[position].used;
                let last_used =
                    if used { LastUsed::At(user_created() + TimeDelta::days(30)) } else { LastUsed::Never };
                facts.learn_last_used(id, Some(last_used));
            }
        }
        asked.push(fact);
    }
}
