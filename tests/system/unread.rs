use setupkey_tests::words::{MARKER, USERS_NOT_READ};
use setupkey_tests::{
    BRANDON, Scene, assert_failure, assert_success, compliant, event, fault, flagged, time, user,
    with_message,
};
use std::collections::BTreeMap;

use setupkey_local_aws::{ComplianceType, Effect, Fault, User};

#[tokio::test]
async fn interrupted_listing_clears_no_result() {
    let mut scene = Scene::new(&[compliant("ann"), compliant("bob"), flagged("zoe")]).await;
    assert_success(&scene.run(0).await);
    {
        let mut state = scene.aws.state();
        state.behaviour.page_sizes.insert("ListUsers".to_owned(), 2);
        let mut second_page = fault("ListUsers", Effect::AccessDenied);
        second_page.skip = 1;
        state.behaviour.faults.push(second_page);
    }

    let outcome = scene.run(24).await;

    assert_failure(&outcome, "ListingIncomplete", "iam:ListUsers failed: AccessDenied");
    assert_eq!(scene.puts().concat().len(), 2, "who was listed is put");
    assert_eq!(scene.noncompliant(), ["zoe"], "who was not keeps the last result");
}

#[tokio::test]
async fn unreadable_user_does_not_stop_the_others() {
    let mut scene = Scene::new(&[flagged("brandon"), flagged("anitha"), compliant("paras")]).await;
    assert_success(&scene.run(0).await);
    scene.aws.state().users.push(flagged("new"));
    let denied = fault("GetLoginProfile", Effect::AccessDenied);
    scene.set_faults(vec![Fault { matching: Some("anitha".to_owned()), ..denied }]);

    let outcome = scene.run(24).await;

    assert_failure(&outcome, "UsersUnread", &format!("1{USERS_NOT_READ}"));
    assert!(scene.function.log().contains("anitha"), "the log names who");
    assert_eq!(scene.noncompliant(), ["anitha", "brandon", "new"]);
    assert_eq!(scene.alerted()[1..], [["new"]]);
    let put: Vec<_> = scene.puts().concat().iter().map(|put| put["Annotation"].to_string()).collect();
    assert!(!put.iter().any(|annotation| annotation.contains("anitha")), "a verdict without facts: {put:?}");
}

#[tokio::test]
async fn key_deleted_between_listing_and_last_use_is_not_a_finding() {
    let mut scene = Scene::new(&[flagged("brandon")]).await;
    let gone = Effect::Error { status: 404, code: "NoSuchEntity".to_owned(), message: "gone".to_owned() };
    scene.set_faults(vec![fault("GetAccessKeyLastUsed", gone)]);

    assert_success(&scene.run(0).await);

    assert_eq!(scene.results()["brandon"].0, ComplianceType::Compliant);
}

/// Far more throttled tries than the SDK's own quota of retries lasts for.
#[tokio::test]
async fn throttling_leaves_no_user_without_a_verdict() {
    let users: Vec<User> = (0..200).map(|n| user(&format!("user{n:03}"))).collect();
    let mut scene = Scene::new(&users).await;
    {
        let mut state = scene.aws.state();
        state.users[7] = flagged("user007");
        state.behaviour.faults.push(fault("GenerateCredentialReport", Effect::AccessDenied));
        let operations = ["ListUsers", "GetLoginProfile", "ListAccessKeys", "GetAccessKeyLastUsed"];
        state.behaviour.throttle_first =
            BTreeMap::from(operations.map(|operation| (operation.to_owned(), 3)));
    }

    assert_success(&scene.run(0).await);

    assert_eq!(scene.noncompliant(), ["user007"]);
    assert_eq!(scene.calls("GetLoginProfile"), 200 * 4);
    assert_eq!(scene.logged("CloudWatchMetrics")[0]["Retries"], (200 + 3) * 3);
}

/// The listing at the end of which somebody would be cleared does not reach its end.
#[tokio::test]
async fn failed_second_listing_clears_no_result() {
    let mut scene = Scene::new(&[compliant("ann"), flagged("zoe")]).await;
    assert_success(&scene.run(0).await);
    scene.remove_user("zoe");
    scene.set_faults(vec![Fault { skip: 1, ..fault("ListUsers", Effect::AccessDenied) }]);

    let outcome = scene.run(1).await;

    assert_failure(&outcome, "ListingIncomplete", "iam:ListUsers failed: AccessDenied");
    assert_eq!(scene.noncompliant(), ["zoe"]);
}

#[tokio::test]
async fn impossible_answer_is_not_a_fact() {
    let keys = "<ListAccessKeysResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListAccessKeysResult>\
                <IsTruncated>false</IsTruncated><AccessKeyMetadata><member><UserName>brandon</UserName>\
                <AccessKeyId>AKIAEXAMPLE000000001</AccessKeyId><Status>Dormant</Status>\
                <CreateDate>2024-07-01T12:00:00Z</CreateDate></member></AccessKeyMetadata></ListAccessKeysResult>\
                </ListAccessKeysResponse>";
    let no_date = "<GetAccessKeyLastUsedResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
                   <GetAccessKeyLastUsedResult><UserName>brandon</UserName><AccessKeyLastUsed><Region>us-east-1\
                   </Region><ServiceName>s3</ServiceName></AccessKeyLastUsed></GetAccessKeyLastUsedResult>\
                   </GetAccessKeyLastUsedResponse>";
    let no_marker = "<ListUsersResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListUsersResult><Users>\
                     </Users><IsTruncated>true</IsTruncated></ListUsersResult></ListUsersResponse>";
    let no_time = r#"{"EvaluationResults": [{"ComplianceType": "COMPLIANT", "EvaluationResultIdentifier":
                     {"EvaluationResultQualifier": {"ResourceType": "AWS::IAM::User", "ResourceId": "x"}}}]}"#;
    let nothing_used =
        "<GetAccessKeyLastUsedResponse><GetAccessKeyLastUsedResult/></GetAccessKeyLastUsedResponse>";
    let no_profile = "<GetLoginProfileResponse><GetLoginProfileResult/></GetLoginProfileResponse>";
    let cases = [
        ("ListAccessKeys", keys, "UsersUnread"),
        ("ListAccessKeys", "<html>captive portal</html>", "UsersUnread"),
        ("ListAccessKeys", "", "UsersUnread"),
        ("GetAccessKeyLastUsed", no_date, "UsersUnread"),
        ("GetAccessKeyLastUsed", nothing_used, "UsersUnread"),
        ("GetLoginProfile", no_profile, "UsersUnread"),
        ("ListUsers", no_marker, "ListingIncomplete"),
        ("GetComplianceDetailsByConfigRule", no_time, "PreviousResultsUnread"),
    ];
    for (operation, body, error_type) in cases {
        let mut scene = Scene::new(&[flagged("brandon")]).await;
        scene.set_faults(vec![fault(operation, Effect::Body { status: 200, body: body.to_owned() })]);

        let outcome = scene.run(0).await;

        assert_failure(&outcome, error_type, "");
        let held: Vec<_> = scene.held().into_iter().filter_map(|result| result.annotation).collect();
        let only_marked = held.iter().all(|annotation| annotation.ends_with(MARKER));
        assert!(held.is_empty() || error_type == "PreviousResultsUnread" && only_marked, "{body}: {held:?}");
        assert_eq!(scene.messages(), []);
    }
}

#[tokio::test]
async fn refused_call_loses_only_its_own_hundred_evaluations() {
    let users: Vec<User> = (0..250).map(|n| compliant(&format!("user{n:03}"))).collect();
    let mut scene = Scene::new(&users).await;
    // users are put by their ids: a hundred with the first one
    let first = scene.aws.state().users.iter().map(|user| user.user_id.clone()).min();
    scene.set_faults(vec![Fault { matching: first, ..fault("PutEvaluations", Effect::AccessDenied) }]);

    let outcome = scene.run(0).await;

    assert_failure(&outcome, "EvaluationsNotPut", "100 of 250 evaluations not reported");
    assert_eq!(scene.held().len(), 150);
    assert_eq!(scene.logged("CloudWatchMetrics")[0]["Evaluations"], 150);
}

#[tokio::test]
async fn more_severe_of_two_failures_is_reported() {
    let mut scene = Scene::new(&[flagged("brandon"), flagged("anitha")]).await;
    let unread =
        Fault { matching: Some("anitha".to_owned()), ..fault("ListAccessKeys", Effect::AccessDenied) };
    scene.set_faults(vec![unread, fault("Publish", Effect::AccessDenied)]);

    let outcome = scene.run(0).await;

    assert_failure(&outcome, "UsersUnread", &format!("1{USERS_NOT_READ}"));
    assert_eq!(scene.noncompliant(), [format!("brandon{MARKER}")]);
    assert_eq!(scene.logged("run incomplete").len(), 2, "both are logged");
}

#[tokio::test]
async fn user_that_may_be_renamed_is_not_cleared() {
    let mut scene = Scene::new(&[flagged("brandon.lee").with_id(BRANDON)]).await;
    scene.set_faults(vec![fault("ListUsers", Effect::AccessDenied)]);

    let outcome = scene.invoke(&event("change")).await;

    assert_failure(&outcome, "UsersUnread", &format!("1{USERS_NOT_READ}"));
    assert_eq!(scene.held(), []);
}

/// A user renamed between two calls has no password under the old name: that says nothing of the user.
#[tokio::test]
async fn user_renamed_between_two_calls_is_not_out_of_scope() {
    let mut scene = Scene::new(&[flagged("brandon").with_id(BRANDON)]).await;
    scene.set_faults(vec![fault("GetLoginProfile", Effect::Delay { millis: 300 })]);
    let old = with_message(event("change"), |message| {
        message["notificationCreationTime"] = time(0).to_rfc3339().into();
    })
    .to_string();

    let outcome = tokio::join!(scene.function.invoke(&old), async {
        scene.aws.called("GetLoginProfile", 1).await;
        scene.aws.state().users[0].user_name = "brandon.lee".to_owned();
    })
    .0;

    assert_failure(&outcome, "UsersUnread", &format!("1{USERS_NOT_READ}"));
    assert_eq!(scene.held(), []);
}
