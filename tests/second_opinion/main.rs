//! The same account on local AWS and at another party: moto server plays IAM, STS and SNS, local AWS only AWS Config,
//! which moto does not have. The binaries come to the same verdicts, alerts and acts.
//!
//! Left out, by name, because moto differs from AWS: the form of user IDs (20 small letters and digits instead of
//! `AIDA...`); paging (moto gives all in one page, whatever MaxItems says); the row of the root user (missing in
//! moto's credential report); the IDs of access keys, which IAM chooses; expired keys and a third key, which moto
//! does not make; the number of confirmed subscriptions, which moto does not count and `account.py` sets.
#![cfg(test)]

// The server that plays the other party.
mod moto;

use setupkey_tests::words::REPORT_READ;
use setupkey_tests::{
    LAMBDA_TIMEOUT, Scene, assert_success, binary, compliant, exempt, flagged, start_remediation, user,
};
use std::collections::BTreeMap;

use serde_json::{Value, json};
use setupkey_local_aws::{Outcome, User};
use tokio::process::Command;

use crate::moto::Moto;

fn users() -> Vec<User> {
    vec![
        compliant("anitha").with_key(60),
        flagged("brandon"),
        flagged("elise").with_key(86_400).used(),
        compliant("helene").with_key(0).used(),
        flagged("inactive").inactive(),
        compliant("later").with_key(61),
        compliant("paras"),
        user("robot").with_key(0),
        exempt(flagged("tagged"), "2027-01-31"),
        user("untouched"),
        flagged("void").with_tag("setup-key-exception:owner", "payments").with_tag("team", "core"),
    ]
}

/// What AWS Config and the email show, without the IDs, which IAM chooses.
fn seen(scene: &Scene) -> Vec<String> {
    let without_ids = |annotation: &str| {
        let words = annotation.split(' ').map(|word| if word.starts_with("...") { "...KEY" } else { word });
        words.collect::<Vec<_>>().join(" ")
    };
    scene
        .results()
        .into_iter()
        .map(|(name, (verdict, annotation))| format!("{name} {verdict:?} {}", without_ids(&annotation)))
        .collect()
}

fn names_told(message: &str, is_entry: impl Fn(&str) -> bool) -> Vec<String> {
    let entries = message.lines().filter(|line| is_entry(line));
    entries.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

#[tokio::test]
#[ignore = "needs moto server: make second-opinion"]
async fn a_scheduled_run_comes_to_the_same_verdicts_and_the_same_alert() {
    let mut ours = Scene::new(&users()).await;
    assert_success(&ours.run(0).await);

    let mut moto = Moto::start(&users()).await;
    // local AWS has no users and no topic: all that is known comes from moto
    let mut theirs = Scene::start(&[], true, LAMBDA_TIMEOUT, moto.environment()).await;
    theirs.aws.state().topics.clear();
    for _ in 0..2 {
        assert_success(&theirs.run(0).await);
        assert!(theirs.aws.calls().iter().all(|call| call.service == "config"), "{:?}", theirs.aws.calls());
        assert_eq!(seen(&theirs), seen(&ours));
    }

    let told = moto.dump().await["messages"].clone();
    assert_eq!(told.as_array().unwrap().len(), 1, "one email: {told}");
    let our_email = &ours.messages()[0];
    assert_eq!(told[0]["subject"].as_str(), our_email.subject.as_deref());
    let is_entry = |line: &str| !line.starts_with(' ') && line.contains(", created ") && line.contains(" (");
    let names = names_told(told[0]["message"].as_str().unwrap(), is_entry);
    assert_eq!(names, names_told(&our_email.message, is_entry));
    assert_eq!(names.len(), 4, "{names:?}");
}

/// The credential report that moto makes.
#[tokio::test]
#[ignore = "needs moto server: make second-opinion"]
async fn the_report_of_the_other_party_is_read() {
    let moto = Moto::start(&users()).await;
    let mut scene = Scene::start(&[], true, LAMBDA_TIMEOUT, moto.environment()).await;

    assert_success(&scene.run(0).await);

    let line = &scene.logged(REPORT_READ)[0];
    assert_eq!(line["users"], json!(users().len()), "{line}");
}

#[tokio::test]
#[ignore = "needs moto server: make second-opinion"]
async fn an_audit_comes_to_the_same_verdicts() {
    let ours = Scene::new(&users()).await;
    let moto = Moto::start(&users()).await;
    let endpoints = [
        vec![("AWS_ENDPOINT_URL".to_owned(), ours.aws.endpoint_url())],
        [moto.environment(), vec![("AWS_ENDPOINT_URL".to_owned(), ours.aws.endpoint_url())]].concat(),
    ];
    let mut audits = Vec::new();
    for endpoint in endpoints {
        let output = Command::new(binary("setupkey"))
            .args(["audit", "--format", "json", "--region", "us-east-1"])
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", "ASIALOCALAWS00000000")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(endpoint)
            .output()
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(1), "{text} {}", String::from_utf8_lossy(&output.stderr));
        audits.push(verdicts(&serde_json::from_str(&text).unwrap()));
    }

    assert_eq!(audits[1], audits[0]);
    assert_eq!(audits[0].len(), users().len(), "{:?}", audits[0]);
}

/// Name and verdict of every user of the account.
fn verdicts(document: &Value) -> BTreeMap<String, String> {
    let users = document["accounts"][0]["users"].as_array().unwrap();
    users
        .iter()
        .map(|user| (user["userName"].as_str().unwrap().to_owned(), user["complianceType"].to_string()))
        .collect()
}

/// Deactivates one key and leaves the others alone; moto keeps the tag that says so.
#[tokio::test]
#[ignore = "needs moto server: make second-opinion"]
async fn a_remediation_acts_alike() {
    let ours = Scene::new(&users()).await;
    let mut moto = Moto::start(&users()).await;
    let before = moto.dump().await["users"].clone();
    let mut function = start_remediation(&ours.aws, &moto.environment()).await;
    ours.aws.forget_calls();

    for name in ["brandon", "brandon", "helene", "tagged"] {
        let request = json!({"resourceId": before[name]["userId"], "mode": "deactivate"});
        let outcome = function.invoke(&request.to_string()).await;

        assert_success(&outcome);
        let Outcome::Success(answer) = &outcome else { panic!("{outcome:?}") };
        let key_id = before[name]["accessKeys"][0]["accessKeyId"].as_str().unwrap();
        let after = moto.dump().await["users"][name].clone();
        let status = &after["accessKeys"][0]["status"];
        let is_inactive = name == "brandon";
        assert_eq!(status, if is_inactive { "Inactive" } else { "Active" }, "{name} {answer}");
        let tag = &after["tags"][format!("setup-key-deactivated:{key_id}")];
        assert_eq!(tag.is_string(), is_inactive, "{name} {after}");
        let told = moto.dump().await["messages"].as_array().unwrap().len();
        assert_eq!(told, 1, "{name}: only the first time something is done");
    }
    assert_eq!(ours.aws.calls(), [], "nothing is asked of local AWS");
}
