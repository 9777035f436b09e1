use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use setupkey_local_aws::AccessKeyStatus::{Active, Inactive};
use setupkey_local_aws::User;
use setupkey_tests::{
    Remediate, TOPIC, actions, assert_failure, compliant, deactivated_tag, exempt, now, of_age, reason,
    rfc3339, setup, user,
};

/// The whole life of a key: announced, deactivated, left alone, deleted.
#[tokio::test]
async fn key_is_announced_deactivated_and_deleted() {
    let mut scene = Remediate::new(&[setup("anitha"), setup("other")]).await;
    let key = scene.key_id("anitha", 0);

    let answer = scene.answer("anitha", "dry-run").await;
    assert_eq!(actions(&answer), [(key.clone(), "would-deactivate".to_owned())]);
    assert_eq!(answer["refusals"], json!([]));
    scene.assert_no_write();

    let before = now();
    let answer = scene.answer("anitha", "deactivate").await;
    assert_eq!(actions(&answer), [(key.clone(), "deactivated".to_owned())]);
    assert_eq!(answer["userName"], "anitha");
    assert_eq!(answer["resourceId"], scene.user_id("anitha"));
    assert_eq!(answer["mode"], "deactivate");
    assert_eq!(scene.statuses("anitha"), [Inactive]);
    let tag = scene.user("anitha").tags[&scene.tag_key("anitha", 0)].clone();
    let (tagged, request_id) = tag.split_once(' ').unwrap();
    assert_eq!(request_id.len(), "8476a536-e9f4-11e8-9739-2dfe598c3fcd".len(), "{tag}");
    assert!(tagged.ends_with('Z') && tagged.len() == "2026-11-22T06:00:00Z".len(), "{tag}");
    assert!(answer["actions"][0]["at"].as_str().unwrap() >= tagged, "{answer}");
    let tagged: DateTime<Utc> = tagged.parse().unwrap();
    assert!(tagged >= before - TimeDelta::seconds(1) && tagged <= now(), "{tag}");

    let answer = scene.answer("anitha", "deactivate").await;
    assert_eq!((&answer["actions"], &answer["refusals"]), (&json!([]), &json!([])), "compliant by now");
    scene.assert_no_write();
    let answer = scene.answer("anitha", "delete").await;
    assert!(reason(&answer, &key).starts_with("deactivated too recently: "), "{answer}");
    scene.assert_no_write();

    scene.tag("anitha", &scene.tag_key("anitha", 0), &deactivated_tag(7 * 24 + 1));
    let answer = scene.answer("anitha", "dry-run").await;
    assert_eq!(actions(&answer), [(key.clone(), "would-delete".to_owned())]);
    scene.assert_no_write();
    let answer = scene.answer("anitha", "delete").await;
    assert_eq!(actions(&answer), [(key, "deleted".to_owned())]);
    assert_eq!(scene.statuses("anitha"), []);
    assert_eq!(scene.statuses("other"), [Active], "not in the request");
}

#[tokio::test]
async fn deactivation_tags_looks_again_and_updates() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    let (key, tag) = (scene.key_id("anitha", 0), scene.tag_key("anitha", 0));

    scene.answer("anitha", "deactivate").await;

    let operations = scene.operations();
    let from_tag = operations.iter().skip_while(|operation| *operation != "TagUser");
    assert_eq!(
        from_tag.collect::<Vec<_>>(),
        [
            "TagUser",
            "GetUser",
            "ListAccessKeys",
            "GetAccessKeyLastUsed",
            "UpdateAccessKey",
            "GetTopicAttributes",
            "Publish"
        ],
        "{operations:?}"
    );
    let writes = scene.writes();
    let parameters = |position: usize, name: &str| writes[position].parameters[name].clone();
    assert_eq!(parameters(0, "UserName"), "anitha");
    assert_eq!(parameters(0, "Tags.member.1.Key"), json!(tag));
    assert_eq!(parameters(0, "Tags.member.1.Value"), json!(scene.user("anitha").tags[&tag]));
    let value = scene.user("anitha").tags[&tag].clone();
    assert!(value.contains(" 00000000-0000-4000-9000-"), "the ID of the request to the function: {value}");
    assert_eq!(parameters(0, "Tags.member.2.Key"), Value::Null);
    assert_eq!(parameters(1, "UserName"), "anitha");
    assert_eq!(parameters(1, "AccessKeyId"), json!(key));
    assert_eq!(parameters(1, "Status"), "Inactive");
}

/// An owner who activates the key again decides: the status is read last.
#[tokio::test]
async fn deletion_reads_the_status_immediately_before() {
    let mut scene = Remediate::new(&[setup("anitha").inactive()]).await;
    scene.tag("anitha", &scene.tag_key("anitha", 0), &deactivated_tag(8 * 24));

    scene.answer("anitha", "delete").await;

    let operations = scene.operations();
    let last = operations.iter().rev().take(6).rev();
    assert_eq!(
        last.collect::<Vec<_>>(),
        [
            "GetUser",
            "GetAccessKeyLastUsed",
            "ListAccessKeys",
            "DeleteAccessKey",
            "GetTopicAttributes",
            "Publish"
        ]
    );
    assert_eq!(scene.writes()[0].parameters["UserName"], "anitha");
}

/// Keys that are not flagged are in the answer too: it says something about each key of the user.
#[tokio::test]
async fn every_key_of_a_flagged_user_is_acted_on_or_refused() {
    let users = [setup("anitha").with_key(3 * 86_400).used().with_key(5 * 86_400)];
    for mode in ["dry-run", "deactivate"] {
        let mut scene = Remediate::new(&users).await;
        let keys: Vec<String> = (0..3).map(|position| scene.key_id("anitha", position)).collect();

        let answer = scene.answer("anitha", mode).await;

        let done = if mode == "dry-run" { "would-deactivate" } else { "deactivated" };
        assert_eq!(actions(&answer), [(keys[0].clone(), done.to_owned())]);
        assert_eq!(
            reason(&answer, &keys[1]),
            "used: rotate it, remediation never changes a key that was used"
        );
        assert_eq!(
            reason(&answer, &keys[2]),
            "not created with the user: created +432000 s after it, the setup window is 60 s"
        );
        let deactivated = if mode == "dry-run" { Active } else { Inactive };
        assert_eq!(scene.statuses("anitha"), [deactivated, Active, Active]);
    }
}

/// A dry run is a deactivation without the writes, whatever there is in the account.
#[tokio::test]
async fn dry_run_announces_what_a_deactivation_does() {
    let tomorrow = rfc3339(now() + TimeDelta::days(1));
    let reactivated = setup("reactivated").key_id("AKIAEXAMPLE000000001");
    let mut one_tag_left = setup("one-tag-left").with_key(0);
    one_tag_left.tags = (0..49).map(|n| (format!("k{n}"), "v".to_owned())).collect();
    let users = [
        setup("plain"),
        setup("two").with_key(60),
        setup("three").with_key(1).with_key(61),
        of_age("young", 23).with_key(0),
        of_age("used", 500).with_key(0).used(),
        compliant("without-key"),
        user("without-password").with_key(0),
        setup("inactive").inactive(),
        exempt(setup("exempt"), &tomorrow),
        reactivated.with_tag("setup-key-deactivated:AKIAEXAMPLE000000001", "2026-01-01T00:00:00Z"),
        one_tag_left,
    ];
    let mut scene = Remediate::new(&users).await;
    let (mut announced, mut done) = (Vec::new(), Vec::new());
    for (mode, list) in [("dry-run", &mut announced), ("deactivate", &mut done)] {
        for user in &users[..users.len() - 1] {
            let answer = scene.answer(&user.user_name, mode).await;
            if mode == "dry-run" {
                scene.assert_no_write();
            }
            list.extend(actions(&answer).into_iter().map(|(key, _)| key));
        }
    }
    assert_eq!(announced.len(), 1 + 2 + 2);
    assert_eq!(announced, done);

    // with one tag left, one key is deactivated, and the second fails
    let dry_run = actions(&scene.answer("one-tag-left", "dry-run").await);
    assert_eq!(dry_run.len(), 1);
    let outcome = scene.run("one-tag-left", "deactivate").await;
    assert_failure(&outcome, "KeysLeftAlone", "the user has 50 tags");
    let inactive = scene.user("one-tag-left").access_keys.into_iter().find(|key| key.status == Inactive);
    assert_eq!(inactive.unwrap().access_key_id, dry_run[0].0);
}

#[tokio::test]
async fn user_that_is_not_flagged_is_left_alone() {
    let users = [
        compliant("without-key"),
        user("without-password").with_key(0),
        of_age("used", 500).with_key(0).used(),
        setup("inactive").inactive(),
    ];
    let mut scene = Remediate::new(&users).await;
    for name in ["without-key", "without-password", "used", "inactive"] {
        let answer = scene.answer(name, "deactivate").await;
        assert_eq!((&answer["actions"], &answer["refusals"]), (&json!([]), &json!([])), "{name}");
        assert_eq!(answer["userName"], name);
        scene.assert_no_write();
    }
    assert_eq!(scene.function.log().matches("user not flagged, nothing to do").count(), 4, "and it says so");
}

#[tokio::test]
async fn deleted_user_is_not_a_failure() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    let request = json!({"resourceId": "AIDAGONEGONEGONEGONE1", "mode": "deactivate"});

    let answer = scene.answer_to(&request).await;

    assert_eq!(
        answer,
        json!({"resourceId": "AIDAGONEGONEGONEGONE1", "userName": null, "mode": "deactivate",
            "actions": [], "refusals": []})
    );
    assert_eq!(scene.operations(), ["ListUsers"]);
}

#[tokio::test]
async fn listing_ends_at_the_user_of_the_request() {
    let users: Vec<User> = ["ann", "bob", "cyd", "dan", "eve"].map(setup).to_vec();
    let mut scene = Remediate::new(&users).await;
    scene.aws.state().behaviour.page_sizes.insert("ListUsers".to_owned(), 1);
    scene.aws.state().behaviour.empty_pages.insert("ListUsers".to_owned(), 1);

    scene.answer("bob", "deactivate").await;

    let listed = scene.operations().iter().filter(|operation| *operation == "ListUsers").count();
    assert_eq!(listed, 3, "an empty page, ann, bob");
    assert_eq!(scene.statuses("bob"), [Inactive]);
    assert_eq!(scene.statuses("cyd"), [Active]);
}

#[tokio::test]
async fn rule_parameters_of_the_stack_count() {
    let users = [user("api-only").with_key(0), of_age("late", 500).with_key(90)];
    for (name, parameters, expected) in [
        ("api-only", r#"{"scope": "console-users"}"#, 0),
        ("api-only", r#"{"scope": "all-users"}"#, 1),
        ("late", r#"{"setupWindowSeconds": "89"}"#, 0),
        ("late", r#"{"setupWindowSeconds": "90"}"#, 1),
    ] {
        let mut scene = Remediate::with_guards(&users, &[("RULE_PARAMETERS", parameters)]).await;
        let answer = scene.answer(name, "dry-run").await;
        assert_eq!(actions(&answer).len(), expected, "{parameters}");
    }
}

#[tokio::test]
async fn alert_has_every_deactivated_key_and_the_command_to_undo_it() {
    let mut scene = Remediate::new(&[setup("anitha").with_key(0)]).await;
    let mut request = scene.request("anitha", "deactivate");
    request["automationExecutionId"] = json!("4105a4fc-f944-11e6-9d32-0123456789ab");

    scene.answer_to(&request).await;

    let [message] = scene.messages().try_into().unwrap();
    assert_eq!(message.subject.as_deref(), Some("2 access keys deactivated in 111122223333"));
    for position in 0..2 {
        let key = scene.key_id("anitha", position);
        let undo =
            format!("aws iam update-access-key --user-name anitha --access-key-id {key} --status Active");
        assert!(message.message.contains(&undo), "{}", message.message);
        let [line] = scene.audited(&key).try_into().unwrap();
        assert_eq!((&line["action"], &line["user_name"]), (&json!("deactivated"), &json!("anitha")));
        assert_eq!(line["user_id"], scene.user_id("anitha"));
        assert_eq!(line["automation_execution_id"], request["automationExecutionId"]);
    }
    assert!(message.message.contains("4105a4fc-f944-11e6-9d32-0123456789ab"), "{}", message.message);
    let attributes: Vec<_> = message
        .message_attributes
        .iter()
        .map(|(name, value)| (name.as_str(), value.string_value.as_str()))
        .collect();
    assert_eq!(attributes, [("account", "111122223333"), ("remediation", "deactivate"), ("severity", "LOW")]);
    assert_eq!(scene.writes().last().unwrap().parameters["TopicArn"], TOPIC);
}

#[tokio::test]
async fn alert_has_a_deleted_key() {
    let mut scene = Remediate::new(&[setup("anitha").inactive()]).await;
    scene.tag("anitha", &scene.tag_key("anitha", 0), &deactivated_tag(8 * 24));
    let key = scene.key_id("anitha", 0);

    scene.answer("anitha", "delete").await;

    let [message] = scene.messages().try_into().unwrap();
    assert_eq!(message.subject.as_deref(), Some("1 access key deleted in 111122223333"));
    assert!(message.message.contains(&format!("Access key {key}: deleted ")), "{}", message.message);
}

#[tokio::test]
async fn remediation_without_a_topic_logs_a_warning() {
    let mut scene = Remediate::new(&[setup("anitha")]).await.without_topic().await;

    let answer = scene.answer("anitha", "deactivate").await;

    assert_eq!(actions(&answer).len(), 1);
    assert_eq!(scene.messages(), []);
    assert!(scene.function.log().contains("no alert topic is set, nothing published"));
}

#[tokio::test]
async fn every_key_has_an_audit_line() {
    let mut scene = Remediate::new(&[setup("anitha").with_key(9_000).used()]).await;

    let answer = scene.answer("anitha", "dry-run").await;

    let used = scene.key_id("anitha", 1);
    let [line] = scene.audited(&used).try_into().unwrap();
    assert_eq!((&line["action"], &line["mode"]), (&json!("refused"), &json!("dry-run")));
    assert_eq!(line["reason"], json!(reason(&answer, &used)));
    let [line] = scene.audited(&scene.key_id("anitha", 0)).try_into().unwrap();
    assert_eq!(line["action"], "would-deactivate");
}
