use chrono::TimeDelta;

use super::*;
use crate::annotation::{ALERT_PENDING, Annotation};
use crate::decision::Finding;
use crate::evaluation::{ComplianceType, Evaluation, IAM_USER, OrderingTimestamp};
use crate::exception::{Exception, VoidException};
use crate::facts::{AccessKey, AccessKeyId, AccessKeyStatus, ConsolePassword, IamUser, LastUsed, UserName};

const NEVER: LastUsed = LastUsed::Never;

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn used() -> LastUsed {
    LastUsed::At(time("2026-11-01T10:30:00Z"))
}

fn finding(name: &str, keys: &[(AccessKeyStatus, i64, LastUsed)]) -> NewFinding {
    let create_date = time("2024-07-01T12:00:00Z");
    let user = IamUser {
        user_name: UserName::parse(name).unwrap(),
        user_id: UserId::parse(format!("AIDAEXAMPLE{:0>10}", name.to_uppercase())).unwrap(),
        arn: format!("arn:aws:iam::111122223333:user/{name}"),
        create_date,
    };
    let key =
        |(position, (status, seconds, last_used)): (usize, &(AccessKeyStatus, i64, LastUsed))| FlaggedKey {
            access_key: AccessKey {
                access_key_id: AccessKeyId::parse(format!(
                    "AKIAEXAMPLE{:0>8}{position}",
                    name.to_uppercase()
                ))
                .unwrap(),
                status: *status,
                create_date: create_date + TimeDelta::seconds(*seconds),
            },
            after_user: TimeDelta::seconds(*seconds),
            created_with_user: true,
            last_used: *last_used,
        };
    let finding = Finding {
        console_password: ConsolePassword::Enabled { since: Some(time("2024-07-01T12:02:27Z")) },
        keys: keys.iter().enumerate().map(key).collect(),
        void_exception: None,
    };
    let evaluation = Evaluation {
        resource_type: IAM_USER.to_owned(),
        resource_id: user.user_id.as_str().to_owned(),
        compliance_type: ComplianceType::NonCompliant,
        annotation: Annotation::non_compliant(&user.user_name, &finding),
        ordering_timestamp: OrderingTimestamp(create_date),
    };
    NewFinding { user, finding, evaluation, waiting: false }
}

fn function() -> FunctionArn {
    FunctionArn::parse("arn:aws:lambda:us-east-1:111122223333:function:setupkey").unwrap()
}

fn alert(findings: &[NewFinding], resolved: &[Resolved]) -> Alert {
    tell(&News { findings, resolved, flagged: Some(findings.len()), ..News::default() })
}

fn tell(news: &News<'_>) -> Alert {
    let circumstances = Circumstances {
        function: &function(),
        account_alias: Some("example-corp"),
        config_rule_name: "iam-user-no-setup-access-key",
        created: time("2026-11-22T06:00:00Z"),
        parameters: &RuleParameters::default(),
    };
    Alert::new(news, &circumstances)
}

fn exception(expires: &str) -> Exception {
    Exception {
        owner: "payments".to_owned(),
        expires: expires.to_owned(),
        until: time(&format!("{expires}T23:59:59Z")),
        reason: "TICKET-17".to_owned(),
    }
}

#[test]
fn alert_reads_like_a_letter_to_who_has_to_act() {
    let findings = [
        finding("brandon", &[(AccessKeyStatus::Active, 0, NEVER)]),
        finding("anitha", &[(AccessKeyStatus::Active, 17, used()), (AccessKeyStatus::Inactive, -1, NEVER)]),
    ];
    let resolved =
        [Resolved { user_id: "AIDAEXAMPLE0000000PARAS".to_owned(), user_name: Some("paras".to_owned()) }];

    let alert = alert(&findings, &resolved);

    assert_eq!(
        alert.subject,
        "2 IAM users with access keys set up with the user and never used in 111122223333"
    );
    assert_eq!(alert.severity, Severity::Medium);
    assert_eq!(
        alert.message,
        "2 IAM users in account 111122223333 (example-corp) have access keys set up with the user and never used.

Severity MEDIUM. Rule iam-user-no-setup-access-key, evaluated 2026-11-22 06:00 UTC. It looks at users with a console password.

anitha (AIDAEXAMPLE0000ANITHA), created 2024-07-01 12:00:00 UTC, console password since 2024-07-01
  Access key AKIAEXAMPLE00ANITHA0: active, created 17 s after the user, last used 2026-11-01 10:30 UTC
  It was used. Make a new key, move to it whatever uses this one, then retire this one:
    aws iam create-access-key --user-name anitha
    aws iam update-access-key --user-name anitha --access-key-id AKIAEXAMPLE00ANITHA0 --status Inactive
    aws iam delete-access-key --user-name anitha --access-key-id AKIAEXAMPLE00ANITHA0
  Access key AKIAEXAMPLE00ANITHA1: inactive, created 1 s before the user, never used
  Nobody has used it. Delete it:
    aws iam delete-access-key --user-name anitha --access-key-id AKIAEXAMPLE00ANITHA1
  To except the user, with an owner, an end and a reason:
    aws iam tag-user --user-name anitha --tags 'Key=setup-key-exception:owner,Value=OWNER' 'Key=setup-key-exception:expires,Value=YYYY-MM-DD' 'Key=setup-key-exception:reason,Value=REASON'

brandon (AIDAEXAMPLE000BRANDON), created 2024-07-01 12:00:00 UTC, console password since 2024-07-01
  Access key AKIAEXAMPLE0BRANDON0: active, created 0 s after the user, never used
  Nobody has used it. Deactivate it; if nobody misses it, delete it:
    aws iam update-access-key --user-name brandon --access-key-id AKIAEXAMPLE0BRANDON0 --status Inactive
    aws iam delete-access-key --user-name brandon --access-key-id AKIAEXAMPLE0BRANDON0
  To except the user, with an owner, an end and a reason:
    aws iam tag-user --user-name brandon --tags 'Key=setup-key-exception:owner,Value=OWNER' 'Key=setup-key-exception:expires,Value=YYYY-MM-DD' 'Key=setup-key-exception:reason,Value=REASON'

Resolved since the last evaluation:
  paras (AIDAEXAMPLE0000000PARAS)

Noncompliant in all: 2.

The rule in the AWS Config console: https://us-east-1.console.aws.amazon.com/config/home?region=us-east-1#/rules/details?configRuleName=iam-user-no-setup-access-key
"
    );
}

#[test]
fn severity_is_medium_only_where_a_flagged_key_is_in_use() {
    let cases = [
        (AccessKeyStatus::Active, used(), Severity::Medium),
        (AccessKeyStatus::Active, NEVER, Severity::Low),
        (AccessKeyStatus::Inactive, used(), Severity::Low),
    ];
    for (status, last_used, expected) in cases {
        assert_eq!(alert(&[finding("ann", &[(status, 0, last_used)])], &[]).severity, expected);
    }
}

#[test]
fn who_waited_comes_first_then_the_worst() {
    let mut waited = finding("zoe", &[(AccessKeyStatus::Active, 0, NEVER)]);
    waited.waiting = true;
    let findings = [
        finding("ann", &[(AccessKeyStatus::Active, 0, NEVER)]),
        finding("bob", &[(AccessKeyStatus::Active, 0, NEVER), (AccessKeyStatus::Active, 1, NEVER)]),
        finding("cy", &[(AccessKeyStatus::Active, 0, used())]),
        waited,
    ];

    let message = alert(&findings, &[]).message;

    let mut places = ["zoe", "cy", "bob", "ann"].map(|name| message.find(&format!("\n{name} (")).unwrap());
    let sorted = places;
    places.sort_unstable();
    assert_eq!(sorted, places);
}

#[test]
fn thousands_of_findings_fit_or_are_left_for_the_next_alert() {
    let findings: Vec<_> =
        (0..5000).map(|n| finding(&format!("u{n:04}"), &[(AccessKeyStatus::Active, 0, NEVER)])).collect();

    let alert = alert(&findings, &[]);

    assert!(alert.message.len() <= MAX_MESSAGE_BYTES, "{} bytes", alert.message.len());
    assert!(alert.subject.len() < 100 && alert.subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    assert_eq!(alert.message.matches("\n  Access key ").count(), MAX_USERS_IN_FULL);
    assert!(!alert.left_out.is_empty());
    assert!(alert.message.contains(&format!("\nNot shown for lack of room: {} more.", alert.left_out.len())));
    let news = News { findings: &findings, ..News::default() };
    let sent = alert.evaluations(&news, true);
    let not_sent = alert.evaluations(&news, false);
    assert!(not_sent.iter().all(|evaluation| evaluation.annotation.to_string().ends_with(ALERT_PENDING)));
    for (new, evaluation) in findings.iter().zip(sent) {
        let pending = evaluation.annotation.to_string().ends_with(ALERT_PENDING);
        assert_eq!(pending, alert.left_out.contains(&new.user.user_id), "{}", new.user.user_name);
        let named = alert.message.contains(&format!("\n{} (", new.user.user_name));
        assert_eq!(named, !alert.left_out.contains(&new.user.user_id), "{}", new.user.user_name);
    }
}

#[test]
fn exceptions_are_told_with_owner_end_and_reason() {
    let mut lapsed = finding("brandon", &[(AccessKeyStatus::Active, 0, NEVER)]);
    lapsed.finding.void_exception = Some(VoidException::Expired { expires: "2026-11-21".to_owned() });
    let cleared = finding("anitha", &[(AccessKeyStatus::Active, 0, NEVER)]);
    let cleared =
        [Cleared { user: cleared.user, exception: exception("2027-03-31"), evaluation: cleared.evaluation }];
    let excepted = [
        Excepted { user: cleared[0].user.clone(), exception: exception("2027-03-31") },
        Excepted { user: finding("paras", &[]).user, exception: exception("2026-12-05") },
    ];
    let findings = [lapsed];
    let news = News {
        findings: &findings,
        cleared: &cleared,
        excepted: &excepted,
        resolved: &[],
        flagged: Some(3),
        unread: 2,
    };

    let alert = tell(&news);

    let (_, entry) = alert.message.split_once("\nbrandon (").unwrap();
    assert!(entry.contains("\n  The exception expired 2026-11-21.\n"), "{entry}");
    let (_, closing) = alert.message.split_once("Value=REASON'\n").unwrap();
    let (closing, _) = closing.split_once("\nThe rule in the").unwrap();
    assert_eq!(
        closing,
        "
Findings cleared by an exception that took effect:
  anitha (AIDAEXAMPLE0000ANITHA): owner payments, until 2027-03-31, TICKET-17

Exceptions in force:
  paras (AIDAEXAMPLE00000PARAS): owner payments, until 2026-12-05, TICKET-17; ends within 14 days
  anitha (AIDAEXAMPLE0000ANITHA): owner payments, until 2027-03-31, TICKET-17

Lapsed exceptions:
  brandon (AIDAEXAMPLE000BRANDON): exception expired 2026-11-21

Users that could not be read: 2; the log names them.

Noncompliant in all: 3.
"
    );
    assert_eq!(alert.evaluations(&news, true).len(), 2);
    assert_eq!(alert.evaluations(&news, false).len(), 1, "an exception does not take effect in silence");
}

#[test]
fn alert_about_nothing_but_an_exception_says_so() {
    let cleared = finding("anitha", &[]);
    let cleared =
        [Cleared { user: cleared.user, exception: exception("2027-03-31"), evaluation: cleared.evaluation }];

    let alert = tell(&News { cleared: &cleared, flagged: Some(0), ..News::default() });

    assert_eq!(alert.subject, "1 finding cleared by exceptions in 111122223333");
    assert!(
        alert
            .message
            .starts_with("0 new findings in account 111122223333 (example-corp); exceptions clear 1.\n"),
        "{}",
        alert.message
    );
}

/// What is not told does not take effect.
#[test]
fn exceptions_beyond_the_limit_wait_for_the_next_alert() {
    let cleared: Vec<_> = (0..=MAX_CLEARED)
        .map(|n| finding(&format!("u{n:03}"), &[]))
        .map(|new| Cleared { user: new.user, exception: exception("2027-03-31"), evaluation: new.evaluation })
        .collect();
    let news = News { cleared: &cleared, flagged: Some(0), ..News::default() };

    let alert = tell(&news);

    assert_eq!(MAX_CLEARED, 200);
    assert!(alert.subject.starts_with("200 findings cleared"), "{}", alert.subject);
    assert_eq!(alert.message.matches("): owner payments, ").count(), 200);
    assert!(alert.message.contains("\n  Not shown, and not cleared before the next alerts: 1 more.\n"));
    assert_eq!(alert.evaluations(&news, true).len(), 200);
}
