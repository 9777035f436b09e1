use setupkey_tests::{
    RULE, Scene, assert_success, compliant, decision_cases, event, fault, flagged, time, user, user_in,
    workspace,
};
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use setupkey_local_aws::{ComplianceType, Effect, Outcome, State, User};

use ComplianceType::{Compliant, NonCompliant, NotApplicable};

#[tokio::test]
async fn scheduled_event_evaluates_every_user_and_alerts_about_new_findings() {
    let mut scene = Scene::new(&[
        flagged("brandon"),
        compliant("paras"),
        compliant("helene").with_key(0).used(),
        user("build-robot").with_key(0),
    ])
    .await;

    let outcome = scene.run(0).await;

    assert_success(&outcome);
    let results = scene.results();
    let verdicts: Vec<_> = results.iter().map(|(name, (verdict, _))| (name.as_str(), *verdict)).collect();
    assert_eq!(verdicts, [("brandon", NonCompliant), ("helene", Compliant), ("paras", Compliant)]);
    let held = scene.held();
    assert!(held.iter().all(|result| result.resource_type == "AWS::IAM::User"));
    assert!(held.iter().all(|result| result.ordering_timestamp == time(0)));
    let ids: BTreeSet<_> = held.into_iter().map(|result| result.resource_id).collect();
    assert_eq!(ids, ["brandon", "helene", "paras"].map(|name| scene.user_id(name)).into());

    let messages = scene.messages();
    let [message] = messages.as_slice() else { panic!("{messages:?}") };
    assert_eq!(
        message.subject.as_deref(),
        Some("1 IAM user with access keys created with the user and never used in 111122223333")
    );
    assert!(
        message.message.contains("\n    aws iam delete-access-key --user-name brandon --access-key-id AKIA")
    );
    let attributes: BTreeMap<&str, (&str, &str)> = message
        .message_attributes
        .iter()
        .map(|(name, value)| (name.as_str(), (value.data_type.as_str(), value.string_value.as_str())))
        .collect();
    assert_eq!(
        attributes,
        BTreeMap::from([
            ("account", ("String", "111122223333")),
            ("flagged", ("Number", "1")),
            ("new", ("Number", "1")),
            ("rule", ("String", RULE)),
            ("severity", ("String", "LOW")),
        ])
    );
}

/// Every decision case with default parameters, as the users of one account; with a fresh report, an older
/// one, and none.
#[tokio::test]
async fn decision_cases_hold_from_event_to_result() {
    let cases = decision_cases();
    assert!(cases.len() > 150);
    let users: Vec<User> = cases.iter().map(|case| case.user.clone()).collect();
    for report in ["fresh", "older", "none"] {
        let mut scene = Scene::new(&users).await;
        {
            let mut state = scene.aws.state();
            // without this column a third key can go unseen: the known limit of the report
            state.behaviour.credential_report.additional_credentials_info = true;
            match report {
                "older" => state.make_credential_report(time(-1)),
                "none" => {
                    state.behaviour.faults.push(fault("GenerateCredentialReport", Effect::AccessDenied))
                }
                _ => {}
            }
        }

        assert_success(&scene.run(0).await);

        let results = scene.results();
        for case in &cases {
            let said = match results.get(&case.user.user_name).map(|(verdict, _)| *verdict) {
                Some(NonCompliant) => "N",
                Some(Compliant) => "C",
                Some(NotApplicable) => "not applicable",
                None => "-",
            };
            assert_eq!(said, case.verdict, "{}, report: {report}", case.user.user_name);
        }
        let alerted: BTreeSet<String> = scene.alerted().concat().into_iter().collect();
        let expected = cases.iter().filter(|case| case.verdict == "N");
        assert_eq!(alerted, expected.map(|case| case.user.user_name.clone()).collect());
    }
}

/// The sample table that CIS prints, under its command-line audit.
#[tokio::test]
async fn cis_sample_flags_brandon_and_anitha() {
    let sample = State::from_file(workspace().join("crates/local-aws/examples/cis-sample.json")).unwrap();
    let mut scene = Scene::new(&sample.users).await;

    assert_success(&scene.invoke(&event("scheduled-unused")).await);

    assert_eq!(scene.noncompliant(), ["anitha", "brandon"]);
}

#[tokio::test]
async fn parameters_reach_the_decision() {
    let mut scene =
        Scene::new(&[compliant("anitha").with_key(3600), user("build-robot").with_key(0).used()]).await;
    let mut event = event("scheduled");
    event["ruleParameters"] = json!(r#"{"criterion": "setup-or-unused", "scope": "all-users"}"#);

    assert_success(&scene.invoke(&event).await);

    assert_eq!(scene.noncompliant(), ["anitha", "build-robot"]);
}

#[tokio::test]
async fn evaluations_are_reported_in_hundreds() {
    let users: Vec<User> = (0..250).map(|n| compliant(&format!("user{n:03}"))).collect();
    let mut scene = Scene::new(&users).await;

    assert_success(&scene.run(0).await);

    let mut puts: Vec<usize> = scene.puts().iter().map(Vec::len).collect();
    // at a time, and so in any order
    puts.sort_unstable();
    assert_eq!(puts, [50, 100, 100]);
    assert_eq!(scene.results().len(), 250);
}

#[tokio::test]
async fn short_and_empty_pages_are_not_the_end() {
    let third_key = compliant("third-key").with_key(86_400).used().with_key(3600).used().with_key(0);
    let users = [compliant("ann"), compliant("bob"), third_key, compliant("zoe")];
    let mut scene = Scene::new(&users).await;
    {
        let mut state = scene.aws.state();
        state.behaviour.credential_report.additional_credentials_info = true;
        for operation in ["ListUsers", "ListAccessKeys", "GetComplianceDetailsByConfigRule"] {
            state.behaviour.page_sizes.insert(operation.to_owned(), 1);
            state.behaviour.empty_pages.insert(operation.to_owned(), 2);
        }
    }

    assert_success(&scene.run(0).await);
    assert_success(&scene.run(1).await);

    assert_eq!(scene.results().len(), 4);
    assert_eq!(scene.noncompliant(), ["third-key"]);
    assert_eq!(scene.alerted(), [["third-key"]], "the second run knew every user");
}

#[tokio::test]
async fn account_without_users_in_scope_has_one_result() {
    for (users, expected) in
        [(vec![], "0 IAM users, 0 in scope"), (vec![user("robot")], "1 IAM user, 0 in scope")]
    {
        let mut scene = Scene::new(&users).await;

        assert_success(&scene.run(0).await);

        let held = scene.held();
        let [line] = held.as_slice() else { panic!("{held:?}") };
        assert_eq!((line.resource_type.as_str(), line.compliance_type), ("AWS::::Account", NotApplicable));
        assert_eq!(line.resource_id, "111122223333");
        assert!(line.annotation.as_deref().unwrap().starts_with(expected), "{line:?}");
        assert_eq!(scene.messages(), []);
    }
}

#[tokio::test]
async fn test_mode_stores_and_publishes_nothing() {
    let mut scene = Scene::new(&[flagged("brandon")]).await;

    assert_success(&scene.invoke(&event("scheduled-test-mode")).await);

    assert_eq!(scene.held(), []);
    assert_eq!(scene.messages(), []);
    let calls = scene.aws.calls();
    let put = calls.iter().find(|call| call.operation == "PutEvaluations").unwrap();
    assert_eq!(put.parameters["TestMode"], json!(true));
    assert_eq!(put.parameters["Evaluations"][0]["ComplianceType"], json!("NON_COMPLIANT"));
}

#[tokio::test]
async fn unchanged_results_are_reported_when_due() {
    let users: Vec<User> = (0..5).map(|n| compliant(&format!("user{n}"))).collect();
    let mut scene = Scene::new(&users).await;
    assert_success(&scene.run(0).await);

    assert_success(&scene.run(1).await);
    assert_eq!(scene.puts().concat().len(), 1, "only the sign of life");
    assert_success(&scene.run(23).await);
    assert_eq!(scene.puts().concat().len(), 4, "all but the one that was put after an hour");
}

#[tokio::test]
async fn deleted_and_out_of_scope_users_are_cleared_after_a_second_look() {
    let mut scene =
        Scene::new(&[flagged("brandon"), flagged("anitha"), compliant("paras"), compliant("elise")]).await;
    assert_success(&scene.run(0).await);
    let ids = ["brandon", "anitha", "elise"].map(|name| scene.user_id(name));
    scene.remove_user("brandon");
    scene.remove_user("elise");
    user_in(&mut scene.aws.state(), "anitha").login_profile = None;

    assert_success(&scene.run(1).await);

    assert_eq!(scene.calls("ListUsers"), 2);
    let held = scene.held();
    for id in ids {
        let result = held.iter().find(|result| result.resource_id == id).unwrap();
        assert_eq!(result.compliance_type, NotApplicable, "{result:?}");
    }
    assert_success(&scene.run(2).await);
    assert_eq!(scene.calls("ListUsers"), 1, "no result is cleared twice");
}

#[tokio::test]
async fn metrics_line_counts_users_and_calls() {
    let mut scene = Scene::new(&[flagged("brandon"), compliant("paras"), user("robot")]).await;

    let Outcome::Success(answer) = scene.run(0).await else { panic!() };

    let log = scene.function.log();
    let line = log.lines().find(|line| line.contains("CloudWatchMetrics")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    for (name, expected) in [
        ("Users", 3),
        ("InScope", 2),
        ("Flagged", 1),
        ("New", 1),
        ("Unread", 0),
        ("Calls", 14),
        ("Retries", 0),
    ] {
        assert_eq!(line[name], json!(expected), "{name}");
        assert_eq!(answer[name], json!(expected), "{name}");
    }
    assert_eq!(line["CallsByOperation"]["PutEvaluations"], json!(2));
    assert_eq!(line["Rule"], json!(RULE));
    let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
    assert!(metrics.iter().all(|metric| line[metric["Name"].as_str().unwrap()].is_number()));
    // what the alarm "has not run" counts: known by the function, as a pack adds to the name of the rule
    let runs = &line["_aws"]["CloudWatchMetrics"][1];
    assert_eq!(runs["Dimensions"], json!([["FunctionName"]]));
    assert_eq!(runs["Metrics"][0]["Name"], json!("ScheduledRuns"));
    assert_eq!((&line["ScheduledRuns"], &line["FunctionName"]), (&json!(1), &json!("config-rule")));
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "not all JSON: {log}");
}

/// `ScheduledRuns` counted every event, so an alarm on its sum could be kept quiet with tests, foreign events and junk
/// tokens.
#[tokio::test]
async fn run_counts_only_if_config_took_its_evaluations() {
    let mut junk = event("scheduled");
    junk["resultToken"] = json!("junk");
    let mut foreign = event("scheduled");
    foreign["accountId"] = json!("444455556666");
    for (event, runs) in [(event("scheduled-test-mode"), 0), (foreign, 0), (junk, 0), (event("scheduled"), 1)]
    {
        let mut scene = Scene::new(&[flagged("brandon")]).await;

        scene.invoke(&event).await;

        assert_eq!(scene.logged("CloudWatchMetrics")[0]["ScheduledRuns"], runs, "{event}");
    }
}

/// An empty `NextToken` is how Config can end a listing: it failed the run as PreviousResultsUnread.
#[tokio::test]
async fn empty_token_ends_the_stored_results() {
    let mut scene = Scene::new(&[flagged("brandon").with_id(setupkey_tests::BRANDON)]).await;
    scene.aws.state().behaviour.empty_next_token = true;

    assert_success(&scene.run(0).await);
    assert_success(&scene.run(1).await);
    assert_success(&scene.invoke(&event("change")).await);

    assert_eq!(scene.alerted(), [["brandon"]], "the second run knew the result of the first");
}

#[tokio::test]
async fn the_log_says_which_version_and_parameters_a_run_used() {
    let mut scene = Scene::new(&[flagged("brandon")]).await;
    let mut event = setupkey_tests::scheduled(0);
    event["ruleParameters"] =
        json!(r#"{"setupWindowSeconds": "30", "exceptionTagPrefix": "none", "scope": "all-users"}"#);

    assert_success(&scene.invoke(&event).await);

    let [line] = &scene.logged("all users evaluated")[..] else { panic!("one run, one line") };
    for (field, expected) in [
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        ("criterion", json!("setup-and-unused")),
        ("scope", json!("all-users")),
        ("setup_window_seconds", json!(30)),
        ("include_inactive_keys", json!(false)),
        ("refresh_after_days", json!(1)),
        ("exception_tag_prefix", json!("none")),
        ("users", json!(1)),
    ] {
        assert_eq!(line[field], expected, "{field}");
    }
}
