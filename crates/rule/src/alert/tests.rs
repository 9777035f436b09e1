use super::*;
use crate::annotation::Annotation;
use crate::evaluation::{IAM_USER, OrderingTimestamp};
use crate::exemption::{Exemption, VoidExemption};
use crate::fixtures::{access_key, event_time, exemption, rule_name, time, user, user_id, user_name};
use crate::iam::{AccessKeyStatus, ConsolePassword, IamUser, LastUsed};
use crate::parameters::{Criterion, Scope};
use crate::plan::Resolved;
use crate::verdict::ComplianceType;

const NEVER: LastUsed = LastUsed::Never;

fn used() -> LastUsed {
    LastUsed::At(time("2026-11-01T10:30:00Z"))
}

/// A new finding about keys of this status that were created this many seconds after the user.
fn new_finding(name: &str, keys: &[(AccessKeyStatus, i64, LastUsed)]) -> NewFinding {
    let user = user(name);
    let key = |(position, (status, seconds, last_used)): (usize, &(AccessKeyStatus, i64, LastUsed))| {
        let id = format!("AKIAEXAMPLE{:0>8}{position}", name.to_uppercase());
        (access_key(&id, *seconds, *status), *last_used)
    };
    let password = ConsolePassword::Enabled { since: Some(time("2024-07-01T12:02:27Z")) };
    let finding = crate::fixtures::finding(password, keys.iter().enumerate().map(key).collect());
    let evaluation = Evaluation {
        resource_type: IAM_USER.to_owned(),
        resource_id: user.user_id.to_string(),
        compliance_type: ComplianceType::NonCompliant,
        annotation: Annotation::non_compliant(&user.user_name, &finding),
        ordering_timestamp: OrderingTimestamp(event_time()),
    };
    NewFinding { user, finding, evaluation, waiting: false, stands: false }
}

fn new_exemption(name: &str, expires: &str) -> NewExemption {
    let (user, exemption) = (user(name), exemption(expires));
    let evaluation = Evaluation {
        compliance_type: ComplianceType::NotApplicable,
        annotation: Annotation::exempt(&user.user_name, &exemption),
        ..new_finding(name, &[]).evaluation
    };
    NewExemption { user, exemption, evaluation: Some(evaluation) }
}

/// The plan of a scheduled run that flagged only these users.
fn plan(new_findings: Vec<NewFinding>) -> Plan {
    let new = new_findings.len();
    Plan { new_findings, flagged: new, new, covers_account: true, ..Plan::default() }
}

fn alert(plan: &Plan) -> Alert {
    alert_under(plan, &RuleParameters::default())
}

fn alert_under(plan: &Plan, parameters: &RuleParameters) -> Alert {
    let function = FunctionArn::parse("arn:aws:lambda:us-east-1:111122223333:function:setupkey").unwrap();
    let circumstances = Circumstances {
        function: &function,
        account_alias: Some("example-corp"),
        config_rule_name: &rule_name("iam-user-no-setup-access-key"),
        event_time: event_time(),
        parameters,
    };
    Alert::new(plan, &circumstances)
}

/// What is reported after the alert, as the user's ID and whether the marker is there.
fn reported(alert: &Alert, plan: &Plan, sent: bool) -> Vec<(String, bool)> {
    let evaluations = alert.evaluations(plan, sent);
    evaluations.into_iter().map(|one| (one.resource_id, one.annotation.is_alert_pending())).collect()
}

#[test]
fn alert_is_a_text_that_a_person_can_act_on() {
    let plan = Plan {
        resolved: vec![Resolved {
            user_id: user_id("paras").to_string(),
            user_name: Some(user_name("paras")),
        }],
        ..plan(vec![
            new_finding("brandon", &[(AccessKeyStatus::Active, 0, NEVER)]),
            new_finding(
                "anitha",
                &[(AccessKeyStatus::Inactive, -1, NEVER), (AccessKeyStatus::Active, 17, used())],
            ),
        ])
    };

    let alert = alert(&plan);

    assert_eq!(
        alert.subject,
        "2 IAM users with access keys created with the user and never used in 111122223333"
    );
    assert_eq!((alert.severity, alert.new, alert.flagged), (Severity::Medium, 2, 2));
    assert_eq!(
        alert.message,
        r#"2 IAM users in account 111122223333 (example-corp) have access keys created with the user and never used.

Severity MEDIUM. Rule iam-user-no-setup-access-key, evaluated 2026-11-22 06:00 UTC. The rule evaluates users with a console password.

anitha (AIDAEXAMPLE0000ANITHA), created 2024-07-01 12:00:00 UTC, console password since 2024-07-01
  Access key AKIAEXAMPLE00ANITHA0: inactive, created 1 s before the user, never used
  This key cannot be used. Delete it.
    aws iam delete-access-key --user-name anitha --access-key-id AKIAEXAMPLE00ANITHA0
  Access key AKIAEXAMPLE00ANITHA1: active, created 17 s after the user, last used 2026-11-01 10:30 UTC
  This key is in use. Create a new key, switch everything to it, then deactivate and delete this one.
    aws iam create-access-key --user-name anitha
    aws iam update-access-key --user-name anitha --access-key-id AKIAEXAMPLE00ANITHA1 --status Inactive
    aws iam delete-access-key --user-name anitha --access-key-id AKIAEXAMPLE00ANITHA1
  To exempt the user, with an owner, an end and a reason:
    aws iam tag-user --user-name anitha --tags "Key=setup-key-exception:owner,Value=OWNER" "Key=setup-key-exception:expires,Value=YYYY-MM-DD" "Key=setup-key-exception:reason,Value=REASON"

brandon (AIDAEXAMPLE000BRANDON), created 2024-07-01 12:00:00 UTC, console password since 2024-07-01
  Access key AKIAEXAMPLE0BRANDON0: active, created 0 s after the user, never used
  This key has never been used. Deactivate it, and delete it once you are sure that nothing depends on it.
    aws iam update-access-key --user-name brandon --access-key-id AKIAEXAMPLE0BRANDON0 --status Inactive
    aws iam delete-access-key --user-name brandon --access-key-id AKIAEXAMPLE0BRANDON0
  To exempt the user, with an owner, an end and a reason:
    aws iam tag-user --user-name brandon --tags "Key=setup-key-exception:owner,Value=OWNER" "Key=setup-key-exception:expires,Value=YYYY-MM-DD" "Key=setup-key-exception:reason,Value=REASON"

Resolved since the last evaluation:
  paras (AIDAEXAMPLE00000PARAS)

Noncompliant users in the account: 2.

The rule in the AWS Config console: https://us-east-1.console.aws.amazon.com/config/home?region=us-east-1#/rules/details?configRuleName=iam-user-no-setup-access-key
"#
    );
}

#[test]
fn alert_about_one_change_under_other_parameters() {
    let found = NewFinding {
        finding: crate::decision::Finding {
            console_password: ConsolePassword::Absent,
            ..new_finding("ann", &[(AccessKeyStatus::Active, 99, NEVER)]).finding
        },
        ..new_finding("ann", &[])
    };
    let plan = Plan { covers_account: false, ..plan(vec![found]) };
    let parameters = RuleParameters {
        criterion: Criterion::Unused,
        scope: Scope::AllUsers,
        exception_tag_prefix: None,
        ..RuleParameters::default()
    };

    let Alert { subject, message, severity, .. } = alert_under(&plan, &parameters);

    assert_eq!(subject, "1 IAM user with access keys never used in 111122223333");
    assert_eq!(severity, Severity::Low);
    let opening = "1 IAM user in account 111122223333 (example-corp) has access keys never used.\n\nSeverity LOW. Rule \
                   iam-user-no-setup-access-key, evaluated 2026-11-22 06:00 UTC.\n\nann (AIDAEXAMPLE0000000ANN), \
                   created 2024-07-01 12:00:00 UTC, no console password\n";
    assert!(message.starts_with(opening), "{message}");
    for absent in ["To exempt", "Noncompliant users in the account"] {
        assert!(!message.contains(absent), "{message}");
    }
}

#[test]
fn severity_is_medium_only_where_a_flagged_key_is_in_use() {
    let cases = [
        (AccessKeyStatus::Active, used(), Severity::Medium),
        (AccessKeyStatus::Active, NEVER, Severity::Low),
        (AccessKeyStatus::Inactive, used(), Severity::Low),
        (AccessKeyStatus::Expired, used(), Severity::Low),
    ];
    for (status, last_used, expected) in cases {
        let alert = alert(&plan(vec![new_finding("ann", &[(status, 0, last_used)])]));
        assert_eq!(alert.severity, expected, "{status} {last_used}");
    }
}

#[test]
fn findings_that_wait_come_first_then_the_worst() {
    let waiting = NewFinding { waiting: true, ..new_finding("zoe", &[(AccessKeyStatus::Active, 0, NEVER)]) };
    let plan = plan(vec![
        new_finding("ann", &[(AccessKeyStatus::Active, 0, NEVER)]),
        new_finding("bob", &[(AccessKeyStatus::Active, 0, NEVER), (AccessKeyStatus::Active, 1, NEVER)]),
        new_finding("cy", &[(AccessKeyStatus::Active, 0, used())]),
        waiting,
    ]);

    let message = alert(&plan).message;

    let mut places = ["zoe", "cy", "bob", "ann"].map(|name| message.find(&format!("\n{name} (")).unwrap());
    let sorted = places;
    places.sort_unstable();
    assert_eq!(sorted, places);
}

#[test]
fn thousands_of_findings_fit_or_are_left_for_the_next_alert() {
    let findings =
        (0..5000).map(|n| new_finding(&format!("u{n:04}"), &[(AccessKeyStatus::Active, 0, NEVER)]));
    let plan = plan(findings.collect());

    let alert = alert(&plan);

    assert!(alert.message.len() <= MAX_MESSAGE_BYTES, "{} bytes", alert.message.len());
    assert!(alert.subject.len() < 100 && alert.subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    assert_eq!(alert.message.matches("\n  Access key ").count(), MAX_USERS_IN_FULL);
    assert!(!alert.left_out.is_empty());
    let left_out = format!(
        "\nUsers not shown for lack of space: {}. The next alerts name them.\n",
        alert.left_out.len()
    );
    assert!(alert.message.contains(&left_out));
    let (sent, not_sent) = (reported(&alert, &plan, true), reported(&alert, &plan, false));
    assert_eq!((sent.len(), not_sent.len()), (5000, 5000));
    assert!(not_sent.iter().all(|(_, alert_pending)| *alert_pending));
    let entries = alert.message.lines().filter_map(|line| line.split_once(" ("));
    let named: BTreeSet<&str> = entries.map(|(name, _)| name).collect();
    for (new, (id, alert_pending)) in plan.new_findings.iter().zip(sent) {
        let IamUser { user_id, user_name, .. } = &new.user;
        let is_left_out = alert.left_out.contains(user_id);
        assert_eq!(id, user_id.as_str());
        assert_eq!(alert_pending, is_left_out, "{user_name}");
        assert_eq!(!named.contains(user_name.as_str()), is_left_out, "{user_name}");
    }
}

/// After an alert that was not sent, a result that is stored with the marker and the same words need not be reported
/// again.
#[test]
fn finding_that_stands_is_reported_again_only_after_its_alert() {
    let found = new_finding("ann", &[(AccessKeyStatus::Active, 0, NEVER)]);
    let id = || user_id("ann").to_string();
    for (stands, sent, expected) in [
        (false, true, vec![(id(), false)]),
        (false, false, vec![(id(), true)]),
        (true, true, vec![(id(), false)]),
        (true, false, vec![]),
    ] {
        let plan = plan(vec![NewFinding { waiting: stands, stands, ..found.clone() }]);

        assert_eq!(reported(&alert(&plan), &plan, sent), expected, "stands {stands}, sent {sent}");
    }
}

#[test]
fn exemptions_are_named_with_owner_end_and_reason() {
    let mut lapsed = new_finding("brandon", &[(AccessKeyStatus::Active, 0, NEVER)]);
    lapsed.finding.void_exemption = Some(VoidExemption::Expired { expires: "2026-11-21".to_owned() });
    let approved = Exemption { approver: Some("jane".to_owned()), ..exemption("2027-03-31") };
    let plan = Plan {
        new_exemptions: vec![NewExemption { exemption: approved, ..new_exemption("anitha", "2027-03-31") }],
        exempt: vec![(user("anitha"), exemption("2027-03-31")), (user("paras"), exemption("2026-12-05"))],
        flagged: 3,
        not_read: 2,
        ..plan(vec![lapsed])
    };

    let alert = alert(&plan);

    let (_, entry) = alert.message.split_once("\nbrandon (").unwrap();
    assert!(entry.contains("\n  The exemption expired 2026-11-21.\n"), "{entry}");
    let (_, closing) = alert.message.split_once("Value=REASON\"\n").unwrap();
    let (closing, _) = closing.split_once("\nThe rule in the").unwrap();
    assert_eq!(
        closing,
        "
Exemptions that took effect:
  anitha (AIDAEXAMPLE0000ANITHA): owner payments, until 2027-03-31, TICKET-17, approved by jane

Exemptions in force:
  paras (AIDAEXAMPLE00000PARAS): owner payments, until 2026-12-05, TICKET-17; ends within 14 days
  anitha (AIDAEXAMPLE0000ANITHA): owner payments, until 2027-03-31, TICKET-17

Exemptions that have expired:
  brandon (AIDAEXAMPLE000BRANDON): exemption expired 2026-11-21

2 users could not be read. The log names them.

Noncompliant users in the account: 3.
"
    );
    assert_eq!(alert.evaluations(&plan, true).len(), 2);
    assert_eq!(alert.evaluations(&plan, false).len(), 1, "an exemption does not take effect in silence");
}

#[test]
fn alert_about_nothing_but_an_exemption_says_so() {
    let plan = Plan { new_exemptions: vec![new_exemption("anitha", "2027-03-31")], ..plan(vec![]) };

    let alert = alert(&plan);

    assert_eq!(alert.subject, "1 exemption took effect in 111122223333");
    assert_eq!(alert.severity, Severity::Low);
    assert!(
        alert.message.starts_with(
            "1 exemption took effect in account 111122223333 (example-corp). There are no new findings.\n"
        ),
        "{}",
        alert.message
    );
}

/// An exemption that clears no stored result is named, and there is nothing to report after the alert.
#[test]
fn exemption_without_a_stored_result_is_named_and_reports_nothing() {
    let new = NewExemption { evaluation: None, ..new_exemption("anitha", "2027-03-31") };
    let plan = Plan { new_exemptions: vec![new], covers_account: false, ..plan(vec![]) };

    let alert = alert(&plan);

    assert!(
        alert.message.contains("\n  anitha (AIDAEXAMPLE0000ANITHA): owner payments"),
        "{}",
        alert.message
    );
    assert_eq!(alert.evaluations(&plan, true), []);
}

/// An exemption that no alert names does not take effect.
#[test]
fn exemptions_beyond_the_limit_wait_for_the_next_alert() {
    let new_exemptions = (0..=MAX_NEW_EXEMPTIONS).map(|n| new_exemption(&format!("u{n:03}"), "2027-03-31"));
    let plan = Plan { new_exemptions: new_exemptions.collect(), ..plan(vec![]) };

    let alert = alert(&plan);

    assert_eq!(MAX_NEW_EXEMPTIONS, 200);
    assert!(alert.subject.starts_with("200 exemptions took effect"), "{}", alert.subject);
    assert_eq!(alert.message.matches("): owner payments, ").count(), 200);
    assert!(alert.message.contains("\n  Not shown, and not in effect before the next alerts: 1.\n"));
    assert_eq!(alert.evaluations(&plan, true).len(), 200);
}

#[test]
fn long_lists_are_cut_and_what_ends_soon_is_not() {
    let exempt =
        |n| (user(&format!("u{n:03}")), exemption(if n == 50 { "2026-11-30" } else { "2027-03-31" }));
    let resolved = |n| Resolved { user_id: format!("AIDAEXAMPLE{n:010}"), user_name: None };
    let plan = Plan {
        new_exemptions: vec![new_exemption("anitha", "2027-03-31")],
        exempt: (0..=MAX_USERS_IN_FULL).map(exempt).collect(),
        resolved: (0..=MAX_USERS_IN_FULL).map(resolved).collect(),
        ..plan(vec![])
    };

    let message = alert(&plan).message;

    assert_eq!(message.matches("\n  Not shown: 1.\n").count(), 2);
    assert!(message.contains("\nExemptions in force:\n  u050 ("), "{message}");
    assert!(message.contains("\n  AIDAEXAMPLE0000000049\n") && !message.contains("AIDAEXAMPLE0000000050"));
}
