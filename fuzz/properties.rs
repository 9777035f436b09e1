//! What holds of every parser, whatever it is given: it ends, it does not panic, and what it says of a text that it
//! does not take is one line and short. Used by the fuzz targets, and by the tests of `crates/rule`.

use chrono::{DateTime, TimeDelta, Utc};
use setupkey_rule::event::RuleInvocation;
use setupkey_rule::exemption::{self, Tagged};
use setupkey_rule::function_arn::FunctionArn;
use setupkey_rule::iam::{AccountId, IamUser, UserId, UserName};
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::remediation::guards::{Environment, Guards};
use setupkey_rule::remediation::request::Remediation;
use setupkey_rule::report::{CredentialReport, ReportAge};

/// Characters: a value is cut to a hundred, the names of all parameters take more.
const MAX_MESSAGE: usize = 600;

/// The event of AWS Config; the token of an event is in no message.
pub(crate) fn event(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match RuleInvocation::parse(&text) {
        Ok(invocation) => {
            let token = invocation.result_token.reveal();
            let told = format!("{:?}", invocation.result_token);
            assert!(token.len() < 20 || !told.contains(token), "the token is told");
            let _ = invocation.foreign_account(&AccountId::parse("111122223333").unwrap());
            let parameters = RuleParameters::parse(invocation.rule_parameters.as_deref());
            parameters.map_or_else(|error| in_one_line(&error.to_string()), drop);
        }
        Err(error) => in_one_line(&error.to_string()),
    }
    if let Err(error) = FunctionArn::parse(&text) {
        let _ = error.to_string();
    }
}

/// The rule's parameters.
pub(crate) fn parameters(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match RuleParameters::parse(Some(&text)) {
        Ok(parameters) => {
            assert!(parameters.setup_window <= TimeDelta::days(1));
            assert!(parameters.refresh_after <= TimeDelta::days(365));
        }
        Err(error) => in_one_line(&error.to_string()),
    }
}

/// What the remediation is asked for.
pub(crate) fn remediation(bytes: &[u8]) {
    let stack = Guards::parse(&Environment::default()).unwrap();
    if let Err(error) = Remediation::parse(&String::from_utf8_lossy(bytes), &stack) {
        in_one_line(&error.to_string());
    }
}

/// The credential report: not more rows than lines.
pub(crate) fn report(bytes: &[u8]) {
    for age in [ReportAge::Fresh, ReportAge::Older] {
        match CredentialReport::parse(bytes, at(), age) {
            Ok(report) => {
                let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).count();
                assert!(report.users() < lines, "{} users in {lines} lines", report.users());
                let _ = report.reported(&elise(), &RuleParameters::default());
            }
            Err(error) => in_one_line(&error.to_string()),
        }
    }
}

/// The tags of a user, a line each, the key up to the first `=`: who is excepted is so for a time that ends.
pub(crate) fn tags(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let tags: Vec<(String, String)> = text
        .lines()
        .map(|line| line.split_once('=').unwrap_or((line, "")))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    match exemption::read(&tags, "setup-key-exception", at()) {
        Tagged::Nothing => {}
        Tagged::Void(void) => {
            let told = void.to_string();
            assert!(told.chars().count() <= 130, "{told}");
        }
        Tagged::Exempt(exception) => {
            assert!(exception.until > at() && exception.until <= at() + TimeDelta::days(367));
            assert!(!exception.owner.is_empty() && !exception.reason.is_empty());
        }
    }
}

fn in_one_line(message: &str) {
    assert!(!message.contains(['\n', '\r', '\u{2028}', '\u{2029}']), "more than one line: {message:?}");
    assert!(message.chars().count() <= MAX_MESSAGE, "{} characters", message.chars().count());
}

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_327_200, 0).unwrap()
}

fn elise() -> IamUser {
    IamUser {
        user_name: UserName::parse("elise").unwrap(),
        user_id: UserId::parse("AIDAEXAMPLE000000001").unwrap(),
        arn: "arn:aws:iam::111122223333:user/elise".to_owned(),
        create_date: at() - TimeDelta::days(30),
    }
}
