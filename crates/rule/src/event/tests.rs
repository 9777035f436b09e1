use serde_json::json;

use super::*;
use crate::fixtures::{event_time, time, user_name};

const SCHEDULED: &str = include_str!("../../../../events/scheduled.json");
const CHANGE: &str = include_str!("../../../../events/change.json");
const OVERSIZED: &str = include_str!("../../../../events/change-oversized.json");
const DELETED: &str = include_str!("../../../../events/change-deleted.json");
const LEFT_SCOPE: &str = include_str!("../../../../events/change-left-scope.json");

/// An event with one of its fields replaced, or taken away by `null`.
fn event_with(text: &str, field: &str, value: Value) -> String {
    let mut event: Value = serde_json::from_str(text).unwrap();
    event[field] = value;
    event.to_string()
}

/// An event with one field of its invoking event replaced, by JSON pointer.
fn message_with(text: &str, pointer: &str, value: Value) -> String {
    let event: Value = serde_json::from_str(text).unwrap();
    let mut message: Value = serde_json::from_str(event["invokingEvent"].as_str().unwrap()).unwrap();
    *message.pointer_mut(pointer).unwrap() = value;
    event_with(text, "invokingEvent", json!(message.to_string()))
}

fn change(text: &str) -> Change {
    match RuleInvocation::parse(text).unwrap().invoking_event {
        InvokingEvent::Change(change) => change,
        other => panic!("{other:?}"),
    }
}

#[test]
fn scheduled_event_is_read() {
    let invocation = RuleInvocation::parse(SCHEDULED).unwrap();

    assert_eq!(invocation.account_id.as_str(), "111122223333");
    assert_eq!(invocation.config_rule_name.as_str(), "iam-user-no-setup-access-key");
    assert_eq!(invocation.rule_parameters.as_deref(), Some("{}"));
    assert!(invocation.result_token.reveal().starts_with("eyJ"));
    assert_eq!(invocation.invoking_event, InvokingEvent::Scheduled { created: event_time() });
}

#[test]
fn change_event_is_read_with_the_time_of_capture() {
    for text in [CHANGE, OVERSIZED] {
        let change = change(text);

        assert_eq!(change.captured.0, time("2026-11-22T05:52:11.807Z"));
        assert_eq!(change.created, Some(time("2026-11-22T05:52:13.587Z")));
        assert_eq!(
            change.subject,
            Subject::User {
                user_id: UserId::parse("AIDAEXAMPLEBRANDON001").unwrap(),
                user_name: user_name("brandon")
            }
        );
    }
}

#[test]
fn user_name_comes_from_the_arn_where_the_item_has_none() {
    let text = message_with(OVERSIZED, "/configurationItemSummary/resourceName", Value::Null);
    let text = message_with(
        &text,
        "/configurationItemSummary/ARN",
        json!("arn:aws:iam::111122223333:user/staff/north/brandon"),
    );

    let Subject::User { user_name, .. } = change(&text).subject else { panic!("no user") };

    assert_eq!(user_name.as_str(), "brandon");
}

#[test]
fn resource_that_is_out_of_scope_is_not_applicable() {
    let status = |status| message_with(CHANGE, "/configurationItem/configurationItemStatus", json!(status));
    let cases = [
        (DELETED.to_owned(), "the user is deleted"),
        (LEFT_SCOPE.to_owned(), "the user left the scope of the rule"),
        (status("ResourceDeletedNotRecorded"), "the user is deleted"),
        (
            message_with(CHANGE, "/configurationItem/resourceType", json!("AWS::S3::Bucket")),
            "resource type AWS::S3::Bucket",
        ),
    ];
    for (text, expected) in cases {
        let change = change(&text);

        assert_eq!(change.subject, Subject::NotApplicable { reason: expected.to_owned() });
        assert_eq!(change.resource_id, "AIDAEXAMPLEBRANDON001");
    }
}

/// Stopping the recorder sends an item with the status `ResourceNotRecorded`. It was treated as a deletion, and cleared the
/// finding of a user who still existed.
#[test]
fn stopping_the_recorder_cleared_a_finding() {
    for status in ["OK", "ResourceDiscovered", "ResourceNotRecorded"] {
        let text = message_with(CHANGE, "/configurationItem/configurationItemStatus", json!(status));

        assert_eq!(change(&text).subject, change(CHANGE).subject, "{status}");
        assert!(matches!(change(&text).subject, Subject::User { .. }), "{status}");
    }
}

#[test]
fn unknown_message_type_is_returned_by_name() {
    let text = message_with(SCHEDULED, "/messageType", json!("ConfigurationSnapshotDeliveryCompleted"));

    assert_eq!(
        RuleInvocation::parse(&text).unwrap().invoking_event,
        InvokingEvent::Unknown { message_type: "ConfigurationSnapshotDeliveryCompleted".to_owned() }
    );
}

#[test]
fn error_names_field_value_and_what_is_accepted() {
    let of_a_bucket = message_with(CHANGE, "/configurationItem/resourceType", json!("AWS::S3::Bucket"));
    let cases = [
        (
            "no json".to_owned(),
            "`event` is `no json`, expected a JSON object: expected ident at line 1 column 2",
        ),
        (
            String::new(),
            "`event` is ``, expected a JSON object: EOF while parsing a value at line 1 column 0",
        ),
        ("[1]".to_owned(), "`event` is `[1]`, expected a JSON object: it is an array"),
        ("{}".to_owned(), "`accountId` is missing, expected an account ID of 12 digits"),
        (
            event_with(SCHEDULED, "accountId", json!("1234")),
            "`accountId` is `1234`, expected an account ID of 12 digits",
        ),
        (
            event_with(SCHEDULED, "accountId", json!(111122223333_u64)),
            "`accountId` is `111122223333`, expected an account ID of 12 digits",
        ),
        (
            event_with(SCHEDULED, "resultToken", Value::Null),
            "`resultToken` is missing, expected the token that AWS Config gives",
        ),
        (
            event_with(SCHEDULED, "resultToken", json!(["secret"])),
            "`resultToken` is `hidden`, expected the token that AWS Config gives",
        ),
        (
            event_with(SCHEDULED, "configRuleName", json!("")),
            "`configRuleName` is missing, expected one line of 1 to 128 characters",
        ),
        (
            event_with(SCHEDULED, "configRuleName", json!("two\nlines")),
            "`configRuleName` is `two lines`, expected one line of 1 to 128 characters",
        ),
        (
            event_with(SCHEDULED, "configRuleName", json!("two\u{2028}lines")),
            "`configRuleName` is `two lines`, expected one line of 1 to 128 characters",
        ),
        (
            event_with(SCHEDULED, "configRuleName", json!(" ")),
            "`configRuleName` is ` `, expected one line of 1 to 128 characters",
        ),
        (
            message_with(CHANGE, "/configurationItem/resourceType", json!("AWS::S3::Bucket\r")),
            "`resourceType` is `AWS::S3::Bucket `, expected one line of 1 to 256 characters",
        ),
        (
            message_with(CHANGE, "/configurationItem/resourceType", Value::Null),
            "`resourceType` is missing, expected one line of 1 to 256 characters",
        ),
        (
            message_with(&of_a_bucket, "/configurationItem/resourceId", json!("two\nlines")),
            "`resourceId` is `two lines`, expected one line of 1 to 768 characters",
        ),
        (
            event_with(SCHEDULED, "eventLeftScope", json!("no\nway")),
            "`eventLeftScope` is `no way`, expected `true` or `false`",
        ),
        (
            event_with(SCHEDULED, "evaluationMode", json!("PROACTIVE")),
            "`evaluationMode` is `PROACTIVE`, expected `DETECTIVE`",
        ),
        (
            event_with(SCHEDULED, "ruleParameters", json!({"scope": "all-users"})),
            "`ruleParameters` is `{\"scope\":\"all-users\"}`, expected a text that holds JSON",
        ),
        (
            event_with(SCHEDULED, "invokingEvent", json!("{")),
            "`invokingEvent` is `{`, expected a JSON object: EOF while parsing an object at line 1 column 1",
        ),
        (
            event_with(SCHEDULED, "invokingEvent", Value::Null),
            "`invokingEvent` is missing, expected a text that holds a JSON object",
        ),
        (
            message_with(SCHEDULED, "/notificationCreationTime", json!("yesterday")),
            "`notificationCreationTime` is `yesterday`, expected an RFC 3339 time from 1970 to 9999, without a leap second",
        ),
        (
            message_with(SCHEDULED, "/notificationCreationTime", json!("2016-12-31T23:59:60Z")),
            "`notificationCreationTime` is `2016-12-31T23:59:60Z`, expected an RFC 3339 time from 1970 to 9999, \
             without a leap second",
        ),
        (
            message_with(SCHEDULED, "/notificationCreationTime", Value::Null),
            "`notificationCreationTime` is missing, expected an RFC 3339 time from 1970 to 9999, without a leap second",
        ),
        (
            message_with(
                CHANGE,
                "/configurationItem/configurationItemCaptureTime",
                json!("1969-12-31T23:59:59Z"),
            ),
            "`configurationItemCaptureTime` is `1969-12-31T23:59:59Z`, expected an RFC 3339 time from 1970 to 9999, \
             without a leap second",
        ),
        (
            message_with(SCHEDULED, "/messageType", Value::Null),
            "`messageType` is missing, expected a message type of AWS Config",
        ),
        (
            message_with(CHANGE, "/configurationItem", Value::Null),
            "`configurationItem` is missing, expected a JSON object",
        ),
        (
            message_with(CHANGE, "/configurationItem/configurationItemStatus", json!("Lost")),
            "`configurationItemStatus` is `Lost`, expected `OK`, `ResourceDiscovered`, `ResourceNotRecorded`, \
             `ResourceDeleted` or `ResourceDeletedNotRecorded`",
        ),
        (
            message_with(CHANGE, "/configurationItem/resourceName", json!("two words")),
            "`resourceName` is `two words`, expected 1 to 128 characters of letters, digits and `_+=,.@-` (IAM API \
             reference, User)",
        ),
        (
            message_with(CHANGE, "/configurationItem/resourceId", json!("short")),
            "`resourceId` is `short`, expected 16 to 128 letters, digits and `_` (IAM API reference, User)",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(RuleInvocation::parse(&text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn fields_of_the_longest_length_are_read() {
    let of_a_bucket = |id: usize| {
        let text = message_with(CHANGE, "/configurationItem/resourceType", json!("AWS::S3::Bucket"));
        message_with(&text, "/configurationItem/resourceId", json!("é".repeat(id)))
    };
    let of_type =
        |length: usize| message_with(CHANGE, "/configurationItem/resourceType", json!("é".repeat(length)));
    let of_rule = |length: usize| event_with(SCHEDULED, "configRuleName", json!("é".repeat(length)));
    for (longest, too_long) in
        [(of_rule(128), of_rule(129)), (of_type(256), of_type(257)), (of_a_bucket(768), of_a_bucket(769))]
    {
        assert!(RuleInvocation::parse(&longest).is_ok());
        let error = RuleInvocation::parse(&too_long).unwrap_err().to_string();
        assert!(error.len() < 300, "the value is cut: {error}");
    }
}

#[test]
fn every_other_account_is_foreign() {
    let own = AccountId::parse("111122223333").unwrap();
    let foreign = json!("444455556666");
    let cases = [
        (SCHEDULED.to_owned(), None),
        (event_with(SCHEDULED, "accountId", foreign.clone()), Some("accountId")),
        (message_with(SCHEDULED, "/awsAccountId", foreign.clone()), Some("awsAccountId")),
        (
            message_with(CHANGE, "/configurationItem/awsAccountId", foreign),
            Some("configurationItem.awsAccountId"),
        ),
    ];
    for (text, field) in cases {
        let invocation = RuleInvocation::parse(&text).unwrap();

        assert_eq!(invocation.foreign_account(&own).map(|(field, _)| field), field);
    }
}

#[test]
fn result_token_is_never_shown() {
    let token = RuleInvocation::parse(SCHEDULED).unwrap().result_token;
    let broken = SCHEDULED.replace("\"eventLeftScope\"", "\"eventLeft");
    let encoded_twice = json!(SCHEDULED).to_string();

    assert_eq!(format!("{token:?}"), "ResultToken(hidden)");
    for text in [broken, encoded_twice] {
        let error = RuleInvocation::parse(&text).unwrap_err().to_string();
        assert!(!error.contains(token.reveal()), "{error}");
    }
}

#[test]
fn only_the_token_testmode_is_a_test() {
    let is_test_mode = |token: &str| {
        RuleInvocation::parse(&event_with(SCHEDULED, "resultToken", json!(token)))
            .unwrap()
            .result_token
            .is_test_mode()
    };

    assert!(is_test_mode("TESTMODE"));
    assert!(!["testmode", "TESTMODE1", "eyJlbmNyeXB0ZWREYXRh"].into_iter().any(is_test_mode));
}
