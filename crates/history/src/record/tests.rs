use serde_json::{Value, json};

use super::*;
use crate::actor::Tool;

/// A record as CloudTrail writes it, changed by these members.
fn record(changes: &Value) -> Record {
    let mut record = json!({
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAIFOPPDPGUNMFZC2IE:alice",
            "arn": "arn:aws:sts::111122223333:assumed-role/admin/alice",
            "accountId": "111122223333",
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        },
        "eventTime": "2026-03-02T13:42:21Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateAccessKey",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.22.0",
        "requestParameters": {"userName": "brandon"},
        "responseElements": {"accessKey": {
            "userName": "brandon", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "status": "Active",
            "createDate": "Mar 2, 2026 1:42:20 PM",
        }},
        "eventID": "e1",
        "recipientAccountId": "111122223333",
    });
    for (name, value) in changes.as_object().unwrap() {
        record[name] = value.clone();
    }
    Record::read(record.to_string().as_bytes())
}

fn event(changes: &Value) -> Event {
    match record(changes) {
        Record::Event(event) => *event,
        other => panic!("{changes}: {other:?}"),
    }
}

#[test]
fn calls_are_read_by_what_iam_answered() {
    let key = |user_name: &str| Action::CreateAccessKey {
        user_name: user_name.into(),
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        create_date: event_time("2026-03-02T13:42:20Z"),
    };
    assert_eq!(event(&json!({})).action, key("brandon"));
    assert_eq!(event(&json!({"requestParameters": null})).action, key("brandon"), "the caller's own key");
    let request = |name: &str, request: Value| {
        event(&json!({"eventName": name, "requestParameters": request, "responseElements": null})).action
    };
    assert_eq!(
        request("UpdateAccessKey", json!({"userName": "b", "accessKeyId": "AKIA1", "status": "Inactive"})),
        Action::UpdateAccessKey {
            user_name: Some("b".into()),
            access_key_id: "AKIA1".into(),
            is_active: false
        }
    );
    assert_eq!(
        request("DeleteAccessKey", json!({"accessKeyId": "AKIA1"})),
        Action::DeleteAccessKey { user_name: None, access_key_id: "AKIA1".into() }
    );
    assert_eq!(
        request("UpdateUser", json!({"userName": "b", "newUserName": "c"})),
        Action::UpdateUser { user_name: "b".into(), new_user_name: Some("c".into()), new_path: None }
    );
    assert_eq!(
        request(
            "TagUser",
            json!({"userName": "b", "tags": [{"key": "k", "value": ""}, {"Key": "K2", "Value": "v"}]})
        ),
        Action::TagUser {
            user_name: "b".into(),
            tags: vec![("k".into(), Some("".into())), ("K2".into(), Some("v".into()))]
        }
    );
    assert_eq!(
        request("UntagUser", json!({"userName": "b", "tagKeys": ["k"]})),
        Action::TagUser { user_name: "b".into(), tags: vec![("k".into(), None)] }
    );
    assert_eq!(
        request("CreateLoginProfile", json!({"userName": "b", "passwordResetRequired": false})),
        Action::CreateLoginProfile { user_name: "b".into(), create_date: None },
        "without an answer"
    );
}

#[test]
fn record_without_a_user_is_passed_over_by_its_kind() {
    let time = event_time("2026-03-02T13:42:21Z").unwrap();
    let root = json!({"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"});
    for (changes, expected) in [
        (json!({"errorCode": "AccessDenied", "responseElements": null}), Record::Refused(time)),
        (json!({"errorCode": null, "eventName": "ListUsers"}), Record::Other(time)),
        (
            json!({"eventSource": "identitystore.amazonaws.com", "eventName": "CreateUser"}),
            Record::Other(time),
        ),
        (json!({"eventSource": null, "eventName": null, "insightDetails": {}}), Record::Other(time)),
        (json!({"userIdentity": root, "requestParameters": null}), Record::Other(time)),
        (json!({"responseElements": {"accessKey": {"userName": "brandon"}}}), Record::Incomplete(time)),
        (
            json!({"recipientAccountId": null, "userIdentity": {"type": "AWSService"}}),
            Record::Incomplete(time),
        ),
        (json!({"eventTime": "yesterday"}), Record::Unknown),
        (json!({"eventTime": null}), Record::Unknown),
        (json!({"eventTime": "0026-03-02T13:42:21Z"}), Record::Unknown),
    ] {
        assert_eq!(record(&changes), expected, "{changes}");
    }
    for text in ["", "{}", "[]", "{\"eventTime\":\"2026-03-02T13:42:21Z\"", r#"{"detail":{"detail":{}}}"#] {
        assert_eq!(Record::read(text.as_bytes()), Record::Unknown, "{text}");
    }
}

#[test]
fn digest_of_log_files_is_no_record_and_no_error() {
    let digest =
        json!({"awsAccountId": "111122223333", "digestStartTime": "2026-03-02T13:00:00Z", "logFiles": []});
    assert_eq!(Record::read(digest.to_string().as_bytes()), Record::Beside);
}

#[test]
fn envelopes_of_lookup_events_and_eventbridge_are_opened() {
    let inner = json!({
        "eventTime": "2026-03-02T13:42:21Z", "eventSource": "iam.amazonaws.com", "eventName": "DeleteUser",
        "userIdentity": {"accountId": "111122223333"}, "requestParameters": {"userName": "b"}, "eventID": "e1",
    });
    let bare = Record::read(inner.to_string().as_bytes());
    assert!(matches!(bare, Record::Event(_)), "{bare:?}");
    let lookup = json!({"EventId": "e1", "EventTime": 1_772_459_000, "CloudTrailEvent": inner.to_string()});
    assert_eq!(Record::read(lookup.to_string().as_bytes()), bare);
    let bridge = json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.iam", "detail": inner});
    assert_eq!(Record::read(bridge.to_string().as_bytes()), bare);
}

#[test]
fn actor_is_the_identity_and_the_program_that_it_used() {
    let role = "arn:aws:sts::111122223333:assumed-role/cdk-hnb659fds-cfn-exec-role-111122223333-us-east-1/AWSCloudFormation";
    for (changes, tool) in [
        (json!({}), Some(Tool::AwsCli)),
        (
            json!({"userAgent": "APN/1.0 HashiCorp/1.0 Terraform/1.9.0 aws-sdk-go-v2/1.30.3"}),
            Some(Tool::Terraform),
        ),
        (json!({"userAgent": "APN/1.0 OpenTofu/1.8.0 aws-sdk-go-v2/1.30.3"}), Some(Tool::Terraform)),
        (json!({"userAgent": "APN/1.0 Pulumi/1.0 PulumiAWS/6 aws-sdk-go-v2/1.30.3"}), Some(Tool::Pulumi)),
        (json!({"userAgent": "cloudformation.amazonaws.com"}), Some(Tool::CloudFormation)),
        (json!({"userIdentity": {"invokedBy": "cloudformation.amazonaws.com"}}), Some(Tool::CloudFormation)),
        (
            json!({"userIdentity": {"arn": role}, "sourceIPAddress": "cloudformation.amazonaws.com"}),
            Some(Tool::Cdk),
        ),
        (json!({"userAgent": "Mozilla/5.0", "sessionCredentialFromConsole": "true"}), Some(Tool::Console)),
        (json!({"userAgent": "console.amazonaws.com"}), Some(Tool::Console)),
        (json!({"userAgent": "Boto3/1.35.0 md/Botocore#1.35.0"}), Some(Tool::AwsSdk)),
        (json!({"userAgent": "[Boto3/1.35.0 md/Botocore#1.35.0]"}), Some(Tool::AwsSdk)),
        (json!({"userAgent": "curl/8.0"}), None),
        (json!({"userAgent": null}), None),
    ] {
        assert_eq!(event(&changes).actor.tool, tool, "{changes}");
    }
    let by = |identity: Value| event(&json!({"userIdentity": identity})).actor.by.clone();
    assert_eq!(event(&json!({})).actor.session.as_deref(), Some("ASIAIOSFODNN7EXAMPLE"));
    for (identity, expected) in [
        (
            json!({"type": "Root", "arn": "arn:aws-us-gov:iam::111122223333:root"}),
            Some("arn:aws-us-gov:iam::111122223333:root"),
        ),
        (json!({"type": "AWSService", "invokedBy": "sso.amazonaws.com"}), Some("sso.amazonaws.com")),
        (json!({"type": "FederatedUser", "principalId": "111122223333:x"}), Some("111122223333:x")),
        (json!({"type": "Unknown"}), None),
        (json!(null), None),
    ] {
        assert_eq!(by(identity.clone()).as_deref(), expected, "{identity}");
    }
    let long = event(&json!({"userAgent": "ä".repeat(4_000)})).actor.user_agent.clone().unwrap();
    assert_eq!(long.chars().count(), MAX_TEXT_BYTES / 2);
}

#[test]
fn record_that_was_delivered_again_has_the_id_of_the_first() {
    let addendum = json!({"reason": "UPDATED_DATA", "originalEventID": "e0"});
    assert_eq!(&*event(&json!({"addendum": addendum})).event_id, "e0");
    assert_eq!(&*event(&json!({"eventID": null})).event_id, "");
}
