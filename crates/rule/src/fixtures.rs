//! Builders that the tests of several modules share. Every user was created on 2024-07-01 in account 111122223333.

use chrono::{DateTime, Days, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::annotation::Annotation;
use crate::decision::{Finding, FlaggedKey};
use crate::evaluation::{EvaluationResult, IAM_USER};
use crate::event::{RuleInvocation, RuleName};
use crate::exemption::Exemption;
use crate::iam::{
    AccessKey, AccessKeyId, AccessKeyStatus, ConsolePassword, IamUser, LastUsed, UserId, UserName,
};
use crate::remedy::Remedy;
use crate::report::{ReportAge, ReportField, ReportRow, Reported, ReportedKey};

pub(crate) fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn event_time() -> DateTime<Utc> {
    time("2026-11-22T06:00:00Z")
}

pub(crate) fn user_created() -> DateTime<Utc> {
    time("2024-07-01T12:00:00Z")
}

pub(crate) fn after_user(seconds: i64) -> DateTime<Utc> {
    user_created() + TimeDelta::seconds(seconds)
}

/// A rule name, read from an event like every other.
pub(crate) fn rule_name(name: &str) -> RuleName {
    let mut event: Value = serde_json::from_str(include_str!("../../../events/scheduled.json")).unwrap();
    event["configRuleName"] = json!(name);
    RuleInvocation::parse(&event.to_string()).unwrap().config_rule_name
}

pub(crate) fn user_name(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

pub(crate) fn user_id(name: &str) -> UserId {
    UserId::parse(format!("AIDAEXAMPLE{:0>10}", name.to_uppercase())).unwrap()
}

pub(crate) fn user(name: &str) -> IamUser {
    IamUser {
        user_name: user_name(name),
        user_id: user_id(name),
        arn: format!("arn:aws:iam::111122223333:user/{name}"),
        create_date: user_created(),
    }
}

/// A key that was created this many seconds after its user.
pub(crate) fn access_key(id: &str, seconds: i64, status: AccessKeyStatus) -> AccessKey {
    let access_key_id = AccessKeyId::parse(id).unwrap();
    AccessKey { access_key_id, status, create_date: after_user(seconds) }
}

/// An active key that was created this many seconds after its user.
pub(crate) fn active_key(number: usize, seconds: i64) -> AccessKey {
    access_key(&format!("AKIAEXAMPLE{number:09}"), seconds, AccessKeyStatus::Active)
}

pub(crate) const PASSWORD: ConsolePassword = ConsolePassword::Enabled { since: None };

/// A finding about all keys of a user, oldest first, with the default setup window.
pub(crate) fn finding(console_password: ConsolePassword, keys: Vec<(AccessKey, LastUsed)>) -> Finding {
    let facts = keys.iter().map(|(key, last_used)| (Some(key.status), Some(*last_used)));
    let remedies = Remedy::of_all(facts, keys.len());
    let keys = keys.into_iter().zip(remedies).map(|((access_key, last_used), remedy)| {
        let after_user = access_key.create_date - user_created();
        let created_with_user = after_user.num_seconds().abs() <= 60;
        FlaggedKey { access_key, after_user, created_with_user, last_used, remedy }
    });
    Finding { console_password, keys: keys.collect(), void_exemption: None }
}

/// An exemption that ends with this day.
pub(crate) fn exemption(expires: &str) -> Exemption {
    Exemption {
        owner: "payments".to_owned(),
        expires: expires.to_owned(),
        until: time(&format!("{expires}T00:00:00Z")) + Days::new(1),
        reason: "TICKET-17".to_owned(),
        approver: None,
    }
}

pub(crate) fn tags(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A result that AWS Config recorded this many hours before the event.
pub(crate) fn stored(name: &str, non_compliant: bool, annotation: &str, hours_old: i64) -> EvaluationResult {
    EvaluationResult {
        resource_type: IAM_USER.to_owned(),
        resource_id: user_id(name).to_string(),
        non_compliant,
        annotation: Some(Annotation::parse(annotation)),
        result_recorded_time: event_time() - TimeDelta::hours(hours_old),
    }
}

/// A slot whose key was last changed this many seconds after the user, and used nine days later, or never.
pub(crate) fn reported_key(active: bool, used: bool, seconds: i64) -> ReportedKey {
    let used_at = ReportField::Value(user_created() + TimeDelta::days(9));
    ReportedKey {
        active,
        last_rotated: ReportField::Value(after_user(seconds)),
        last_used_date: if used { used_at } else { ReportField::NotApplicable },
    }
}

pub(crate) const NO_KEY: ReportedKey = ReportedKey {
    active: false,
    last_rotated: ReportField::NotApplicable,
    last_used_date: ReportField::NotApplicable,
};

/// The row of a user with a console password.
pub(crate) fn report_row(keys: [ReportedKey; 2]) -> ReportRow {
    ReportRow {
        user_created: user_created(),
        password_enabled: ReportField::Value(true),
        password_last_changed: None,
        password_last_used: None,
        keys,
        has_additional_credentials: false,
    }
}

/// A row of a report that shows every key of the user's first 30 days.
pub(crate) fn reported(row: ReportRow, age: ReportAge) -> Reported {
    Reported { row, age, shows_keys_until: user_created() + TimeDelta::days(30) }
}
