//! What local AWS holds: the account, its users, rules and topics, its clock, and how it behaves.
//! Read from a JSON file in which every part may be left out; an unknown member is an error.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::clock::system_time;
use crate::credential_report::{CredentialReport, CredentialReports};
use crate::evaluations::ConfigRule;
use crate::identity::{Role, SESSION_KEY, User};
use crate::portal::{OrganizationAccount, Portal};
use crate::report_content::report_content;
use crate::topics::Topic;

/// Everything that local AWS knows. Operations read and change it, and so may a test between events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct State {
    /// The account, twelve digits; 111122223333 unless said otherwise (an account of AWS's own examples).
    pub account_id: String,
    /// The region that ARNs of the account name; us-east-1 unless said otherwise.
    pub region: String,
    /// What local AWS takes for now; the system's time if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<DateTime<Utc>>,
    /// The account's alias; at most one (IAM API reference, ListAccountAliases).
    pub account_aliases: Vec<String>,
    /// The IAM users.
    pub users: Vec<User>,
    /// IAM's report of the users' credentials; none unless said otherwise.
    pub credential_report: CredentialReports,
    /// The Config rules with the results that they have put.
    pub config_rules: Vec<ConfigRule>,
    /// The SNS topics with the messages published to them.
    pub topics: Vec<Topic>,
    /// The IAM roles that can be assumed.
    pub roles: Vec<Role>,
    /// Other accounts, each with its own users, roles and behaviour: a caller with a role there is answered
    /// from there.
    pub other_accounts: Vec<Self>,
    /// The records of the calls that changed something in IAM, as CloudTrail writes them.
    pub events: Vec<Value>,
    /// The accounts of the organization, whose management account this is; none unless said otherwise.
    pub organization: Vec<OrganizationAccount>,
    /// What logs a person in.
    pub portal: Portal,
    /// Latency, limits and faults.
    pub behaviour: Behaviour,
}

impl Default for State {
    fn default() -> Self {
        Self {
            account_id: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            clock: None,
            account_aliases: Vec::new(),
            users: Vec::new(),
            credential_report: CredentialReports::default(),
            config_rules: Vec::new(),
            topics: Vec::new(),
            roles: Vec::new(),
            other_accounts: Vec::new(),
            events: Vec::new(),
            organization: Vec::new(),
            portal: Portal::default(),
            behaviour: Behaviour::default(),
        }
    }
}

/// Why a state was not taken.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file could not be read.
    #[error("cannot read the state file `{path}`: {source}")]
    File {
        /// The file that was named.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The text is not JSON, or not of this shape.
    #[error("the state is not understood: {0}")]
    Json(#[from] serde_json::Error),
    /// AWS could not hold such a thing.
    #[error("the state cannot be: {0}")]
    Impossible(String),
}

impl State {
    /// Reads a state from a JSON file.
    ///
    /// # Errors
    /// If the file cannot be read, or as [`State::parse`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, StateError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|source| StateError::File { path: path.to_path_buf(), source })?;
        Self::parse(&text)
    }

    /// Reads a state from JSON text, and fills in the IDs that were left out.
    ///
    /// # Errors
    /// If the text is not such JSON, or something that AWS keeps unique is given twice.
    pub fn parse(text: &str) -> Result<Self, StateError> {
        let mut state: Self = serde_json::from_str(text)?;
        state.derive_ids();
        state.check().map_err(StateError::Impossible)?;
        Ok(state)
    }

    pub(crate) fn derive_ids(&mut self) {
        for user in &mut self.users {
            user.derive_ids();
        }
        for rule in &mut self.config_rules {
            rule.derive_id();
        }
        self.other_accounts.iter_mut().for_each(Self::derive_ids);
    }

    /// The account that a request is meant for: another one if it is signed with credentials of a role there.
    #[expect(clippy::indexing_slicing, reason = "the place was found on the line before")]
    pub(crate) fn account_of(&mut self, access_key_id: &str) -> &mut Self {
        let account_id = access_key_id.strip_prefix(SESSION_KEY);
        let other =
            self.other_accounts.iter().position(|other| Some(other.account_id.as_str()) == account_id);
        match other {
            Some(place) => &mut self.other_accounts[place],
            None => self,
        }
    }

    /// The account that an access key is of.
    pub(crate) fn account_of_key(&self, access_key_id: &str) -> &str {
        let others = self.other_accounts.iter().map(|other| other.account_id.as_str());
        let account_id = access_key_id.strip_prefix(SESSION_KEY);
        others.into_iter().find(|other| Some(*other) == account_id).unwrap_or(&self.account_id)
    }

    /// Now, as local AWS sees it, in whole milliseconds as Config writes times.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.unwrap_or_else(system_time).trunc_subsecs(3)
    }

    /// Has a report of the users as they are in this state, finished at `generated`, instead of the one that
    /// there was and of the one in progress.
    pub fn make_credential_report(&mut self, generated: DateTime<Utc>) {
        let content = report_content(&self.users, &self.account_id, &self.behaviour.credential_report);
        let report = CredentialReport { generated_time: generated, content };
        self.credential_report = CredentialReports { latest: Some(report), making: None };
    }

    /// What AWS keeps unique. Forms and lengths are left to the contract tests.
    fn check(&self) -> Result<(), String> {
        let all = || std::iter::once(self).chain(&self.other_accounts);
        unique("account", all().map(|account| &account.account_id))?;
        unique("rule", self.config_rules.iter().map(|rule| &rule.config_rule_name))?;
        unique("result token", self.config_rules.iter().map(|rule| &rule.result_token))?;
        unique("topic", self.topics.iter().map(|topic| &topic.topic_arn))?;
        for account in all() {
            // IAM compares names without case
            let names: Vec<_> = account.users.iter().map(|user| user.user_name.to_lowercase()).collect();
            unique("user name", &names)?;
            unique("user ID", account.users.iter().map(|user| &user.user_id))?;
            let keys = account.users.iter().flat_map(|user| &user.access_keys);
            unique("access key ID", keys.map(|key| &key.access_key_id))?;
        }
        Ok(())
    }
}

fn unique<'a>(what: &str, texts: impl IntoIterator<Item = &'a String>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    match texts.into_iter().find(|text| !seen.insert(*text)) {
        Some(twice) => Err(format!("the {what} `{twice}` is given twice")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = r#"{
        "clock": "2024-05-01T12:00:00Z",
        "accountAliases": ["example-corp"],
        "credentialReport": {"latest": {"generatedTime": "2024-05-01T06:00:00Z", "content": "user,arn"},
                             "making": {"polls": 1}},
        "users": [
            {"userName": "ada", "createDate": "2024-01-01T00:00:00Z",
             "loginProfile": {"createDate": "2024-01-01T00:00:05Z"}, "tags": {"team": "core"},
             "accessKeys": [{"createDate": "2024-01-01T00:00:01+00:00"},
                            {"accessKeyId": "AKIAEXAMPLE000000002", "status": "Inactive",
                             "createDate": "2024-02-01T00:00:00Z",
                             "lastUsed": {"date": "2024-03-01T00:00:00Z", "serviceName": "s3", "region": "N/A"}}]}],
        "configRules": [{"configRuleName": "keys", "resultToken": "token"}],
        "topics": [{"topicArn": "arn:aws:sns:us-east-1:111122223333:alerts"}],
        "behaviour": {"latencyMillis": 1, "throttleFirst": {"GetUser": 3},
                      "credentialReport": {"readyAfterMillis": 2000, "plusZeroTimes": true},
                      "rateLimits": {"GetUser": {"perSecond": 5.0, "burst": 5.0}},
                      "faults": [{"operation": "ListUsers", "effect": "throttle"},
                                 {"operation": "GetUser", "matching": "ada", "skip": 1, "times": 2,
                                  "effect": {"error": {"status": 400, "code": "InvalidInput", "message": "no"}}}]}
    }"#;

    #[test]
    fn a_state_survives_a_round_trip() {
        let state = State::parse(EXAMPLE).expect("the example is a state");
        let text = serde_json::to_string_pretty(&state).expect("a state is JSON");
        assert_eq!(State::parse(&text).expect("what was written is read"), state);
    }

    #[test]
    fn every_part_may_be_left_out() {
        let state = State::parse("{}").expect("an empty state");
        assert_eq!(state, State::default());
        assert_eq!((state.account_id.as_str(), state.region.as_str()), ("111122223333", "us-east-1"));
    }

    #[test]
    fn ids_are_derived_from_names_and_stay_the_same() {
        let state = State::parse(EXAMPLE).expect("the example is a state");
        let user = &state.users[0];
        assert!(user.user_id.starts_with("AIDA") && user.user_id.len() == 21, "{}", user.user_id);
        let key = &user.access_keys[0].access_key_id;
        assert!(key.starts_with("AKIA") && key.len() == 20, "{key}");
        assert_eq!(State::parse(EXAMPLE).expect("again").users[0].user_id, user.user_id);
    }

    #[test]
    fn what_aws_could_not_hold_is_refused() {
        let user = |name: &str| format!(r#"{{"userName": "{name}", "createDate": "2024-01-01T00:00:00Z"}}"#);
        for (text, complaint) in [
            (r#"{"usrs": []}"#.to_owned(), "unknown field `usrs`"),
            (
                format!(r#"{{"users": [{}, {}]}}"#, user("ada"), user("Ada")),
                "the user name `ada` is given twice",
            ),
            (
                r#"{"otherAccounts": [{"accountId": "111122223333"}]}"#.to_owned(),
                "the account `111122223333`",
            ),
        ] {
            let error = State::parse(&text).expect_err(&text).to_string();
            assert!(error.contains(complaint), "{error}");
        }
        let error = State::from_file("/nowhere/state.json").expect_err("no such file").to_string();
        assert!(error.contains("`/nowhere/state.json`"), "{error}");
    }
}
