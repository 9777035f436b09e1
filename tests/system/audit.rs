use std::fs;
use std::time::Duration;

use setupkey_tests::{
    Scene, assert_success, audit_environment, binary, compliant, exempt, fault, flagged, now, setupkey,
    setupkey_in, time, user,
};

use serde_json::{Value, json};
use setupkey_local_aws::AccessKeyStatus::Active;
use setupkey_local_aws::{Effect, Fault, LocalAws, State, User};

use crate::population::Population;
use crate::terminal::on_terminal;

pub(crate) async fn account(users: &[User]) -> LocalAws {
    account_with(json!({"clock": time(0), "users": users})).await
}

pub(crate) async fn account_with(state: Value) -> LocalAws {
    LocalAws::start(State::parse(&state.to_string()).unwrap()).await.unwrap()
}

pub(crate) fn calls(aws: &LocalAws, operation: &str) -> Vec<Value> {
    let calls = aws.calls().into_iter().filter(|call| call.operation == operation);
    calls.map(|call| call.parameters).collect()
}

/// The names of the users of an account by verdict.
fn names<'a>(document: &'a Value, account: usize, verdict: &Value) -> Vec<&'a str> {
    let users = document["accounts"][account]["users"].as_array().unwrap();
    let users = users.iter().filter(|user| user["complianceType"] == *verdict);
    users.map(|user| user["userName"].as_str().unwrap()).collect()
}

pub(crate) fn non_compliant(document: &Value, account: usize) -> Vec<&str> {
    names(document, account, &json!("NON_COMPLIANT"))
}

/// brandon is flagged; helene has a key that was created later, paras a used one, build-robot no password.
fn users() -> [User; 4] {
    [
        flagged("brandon"),
        compliant("helene").with_key(3600),
        compliant("paras").with_key(0).used(),
        user("build-robot").with_key(0),
    ]
}

#[tokio::test]
async fn audit_reads_the_report_first_and_confirms_findings_live() {
    let aws = account(&users()).await;

    let ran = setupkey(&aws, &["audit", "--format", "json"]).await;

    let document = ran.document();
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert_eq!(non_compliant(&document, 0), ["brandon"]);
    assert_eq!(names(&document, 0, &json!("COMPLIANT")), ["helene", "paras"]);
    assert_eq!(names(&document, 0, &json!("NOT_APPLICABLE")), ["build-robot"]);
    assert_eq!(calls(&aws, "GetCallerIdentity").len(), 1);
    assert_eq!(calls(&aws, "GenerateCredentialReport").len(), 1);
    // local AWS's clock is behind: the report counts as an older one
    assert!(calls(&aws, "GetLoginProfile").len() < 4, "the report settles who cannot be flagged");
    let account = &document["accounts"][0];
    assert_eq!((&account["accountId"], &account["source"]), (&json!("111122223333"), &json!("live")));
    let brandon = &account["users"][0];
    assert_eq!(brandon["userName"], "brandon");
    assert_eq!(brandon["userId"].as_str().unwrap().len(), 21);
    assert_eq!(brandon["consolePassword"], true);
    let key = &brandon["keys"][0];
    assert!(key["accessKeyId"].as_str().unwrap().starts_with("AKIA"));
    assert_eq!(
        [&key["status"], &key["secondsAfterUser"], &key["lastUsed"], &key["createdWithUser"], &key["remedy"]],
        [&json!("Active"), &json!(0), &json!("never"), &json!(true), &json!("delete")]
    );
}

#[tokio::test]
async fn audit_with_live_does_not_use_the_report() {
    let aws = account(&users()).await;

    let ran = setupkey(&aws, &["audit", "--live", "--format", "json"]).await;

    assert_eq!(ran.code, 1);
    assert_eq!(non_compliant(&ran.document(), 0), ["brandon"]);
    assert_eq!(calls(&aws, "GenerateCredentialReport").len(), 0);
    assert_eq!(calls(&aws, "GetLoginProfile").len(), 4);
}

#[tokio::test]
async fn presets_and_exit_codes_of_a_live_audit() {
    let aws = account(&users()).await;
    for (preset, expected) in [
        ("cis", vec!["brandon"]),
        ("cis-console", vec!["brandon", "paras"]),
        ("cis-cli", vec!["brandon", "helene"]),
        ("cyscale", vec!["brandon", "build-robot", "helene"]),
        ("panther", vec!["brandon", "build-robot", "paras"]),
    ] {
        let ran = setupkey(&aws, &["audit", "--preset", preset, "--format", "json"]).await;
        assert_eq!((ran.code, non_compliant(&ran.document(), 0)), (1, expected), "{preset}");
    }
    let nobody = account(&[compliant("paras")]).await;
    assert_eq!(setupkey(&nobody, &["audit"]).await.code, 0);
}

#[tokio::test]
async fn audit_without_a_report_reads_every_user_and_says_so() {
    let aws = account(&users()).await;
    aws.state().behaviour.faults = vec![fault("GenerateCredentialReport", Effect::AccessDenied)];

    let ran = setupkey(&aws, &["audit"]).await;

    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("could not get the credential report; read every user from IAM: "),
        "{}",
        ran.out
    );
}

#[tokio::test]
async fn audit_applies_and_shows_exemptions() {
    let with_tags = |name, expires| exempt(flagged(name), expires);
    // exceptions end by the time of the audit
    let soon = (now() + chrono::TimeDelta::days(30)).format("%Y-%m-%d").to_string();
    let aws = account(&[with_tags("anitha", soon.as_str()), with_tags("brandon", "2024-01-01")]).await;

    let ran = setupkey(&aws, &["audit", "--format", "json"]).await;

    let document = ran.document();
    assert_eq!(ran.code, 1);
    assert_eq!(names(&document, 0, &json!("NOT_APPLICABLE")), ["anitha"]);
    assert_eq!(non_compliant(&document, 0), ["brandon"]);
    let users = &document["accounts"][0]["users"];
    assert_eq!(users[0]["exception"]["owner"], "payments");
    assert_eq!(users[0]["exception"]["inForce"], true);
    assert_eq!(users[1]["exception"]["problem"], "exemption expired 2024-01-01");
    let table = setupkey(&aws, &["audit"]).await.out;
    assert!(
        table
            .contains(&format!("exempt: user anitha of account 111122223333 through {soon}, owner payments"))
    );
    let without = setupkey(&aws, &["audit", "--exception-tag-prefix", "none", "--format", "json"]).await;
    assert_eq!(non_compliant(&without.document(), 0), ["anitha", "brandon"]);
}

/// An error is never a verdict, and exit code 2 wins over 1. The document has all other users.
#[tokio::test]
async fn unreadable_user_has_no_verdict_in_a_complete_document() {
    let aws = account(&users()).await;
    let mut denied = fault("GetLoginProfile", Effect::AccessDenied);
    denied.matching = Some("helene".to_owned());
    aws.state().behaviour.faults = vec![denied];

    let ran = setupkey(&aws, &["audit", "--live", "--format", "json"]).await;

    let document = ran.document();
    assert_eq!(ran.code, 2);
    assert_eq!(non_compliant(&document, 0), ["brandon"]);
    assert_eq!(names(&document, 0, &Value::Null), ["helene"]);
    let unread = &document["accounts"][0]["unread"];
    assert_eq!(unread[0]["userName"], "helene");
    assert!(unread[0]["reason"].as_str().unwrap().starts_with("iam:GetLoginProfile failed: AccessDenied"));
    assert!(ran.err.contains("user helene: iam:GetLoginProfile failed"), "{}", ran.err);
}

#[tokio::test]
async fn account_that_cannot_be_listed_is_an_error() {
    let aws = account(&users()).await;
    aws.state().behaviour.faults = vec![fault("ListUsers", Effect::AccessDenied)];

    let ran = setupkey(&aws, &["audit", "--format", "json"]).await;

    assert_eq!(ran.code, 2);
    let document = ran.document();
    assert_eq!(document["accounts"][0]["unread"][0]["userName"], Value::Null);
    assert_eq!(document["summary"]["accountsUnread"], 1);
    assert!(ran.err.contains("iam:ListUsers failed: AccessDenied"), "{}", ran.err);
}

#[tokio::test]
async fn missing_credentials_are_an_error() {
    let aws = account(&users()).await;
    let ran = setupkey_in(&aws, &[], &["audit"]).await;
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("error: "), "{}", ran.err);
    assert!(!ran.out.contains("brandon"));
}

/// The account of the caller and two others; in the third the role is not to be had.
async fn three_accounts() -> LocalAws {
    account_with(json!({
        "clock": time(0),
        "roles": [{"roleName": "staff/audit", "externalId": "x:1"}],
        "users": [flagged("brandon")],
        "otherAccounts": [
            {"accountId": "444455556666", "clock": time(0), "users": [compliant("paras"), flagged("anitha")],
             "roles": [{"roleName": "staff/audit", "externalId": "x:1"}]},
            {"accountId": "777788889999", "users": [flagged("helene")]},
        ],
    }))
    .await
}

const THREE: &str = "777788889999,111122223333,444455556666";

#[tokio::test]
async fn accounts_are_audited_by_role_although_one_fails() {
    let aws = three_accounts().await;
    let args = ["audit", "--role-name", "staff/audit", "--external-id", "x:1", "--accounts", THREE];

    let ran = setupkey(&aws, &[&args[..], &["--format", "json"]].concat()).await;

    let document = ran.document();
    assert_eq!(ran.code, 2);
    let ids: Vec<_> =
        document["accounts"].as_array().unwrap().iter().map(|a| a["accountId"].clone()).collect();
    assert_eq!(ids, ["777788889999", "111122223333", "444455556666"], "in the order that was asked for");
    assert_eq!(non_compliant(&document, 1), ["brandon"]);
    assert_eq!(non_compliant(&document, 2), ["anitha"]);
    let reason = document["accounts"][0]["unread"][0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("sts:AssumeRole failed: AccessDenied: "), "{reason}");
    let summary = &document["summary"];
    assert_eq!(
        [&summary["accounts"], &summary["accountsUnread"], &summary["users"], &summary["nonCompliant"]],
        [&json!(3), &json!(1), &json!(3), &json!(2)]
    );
    let assumed = calls(&aws, "AssumeRole");
    assert_eq!(assumed.len(), 3);
    assert!(assumed.iter().all(|call| call["ExternalId"] == "x:1" && call["RoleSessionName"] == "setupkey"));
    assert!(assumed.iter().any(|call| call["RoleArn"] == "arn:aws:iam::444455556666:role/staff/audit"));

    let table = setupkey(&aws, &args).await;
    assert_eq!(table.code, 2);
    let total =
        "3 accounts, 1 not read: 3 users: 2 NON_COMPLIANT, 1 COMPLIANT, 0 exempt, 0 out of scope, 0 not read";
    assert!(table.out.contains(total), "{}", table.out);
    assert!(table.out.contains("not read: account 777788889999: sts:AssumeRole failed"), "{}", table.out);
}

#[tokio::test]
async fn accounts_come_from_a_file() {
    let aws = three_accounts().await;
    let path = std::env::temp_dir().join(format!("setupkey-accounts-{}", std::process::id()));
    fs::write(&path, "# ours\n111122223333\n\n444455556666  # theirs\n").unwrap();
    let file = path.to_str().unwrap();
    let args = [
        "audit",
        "--role-name",
        "/staff/audit",
        "--external-id",
        "x:1",
        "--accounts",
        file,
        "--format",
        "csv",
    ];

    let ran = setupkey(&aws, &args).await;

    fs::remove_file(&path).unwrap();
    assert_eq!(ran.code, 1, "{}", ran.err);
    let lines: Vec<_> =
        ran.out.lines().skip(1).map(|line| line.split(',').take(3).collect::<Vec<_>>()).collect();
    assert_eq!(
        lines,
        [
            ["111122223333", "live", "brandon"],
            ["444455556666", "live", "anitha"],
            ["444455556666", "live", "paras"]
        ]
    );
}

#[tokio::test]
async fn missing_external_id_fails_each_account() {
    let aws = three_accounts().await;
    let ran = setupkey(&aws, &["audit", "--role-name", "staff/audit", "--accounts", THREE]).await;
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("3 accounts not read"), "{}", ran.out);
}

/// `--profile` comes before credentials in the environment, as in the AWS CLI; a profile can take a role or run a
/// program.
#[tokio::test]
async fn profile_comes_before_environment() {
    let aws = three_accounts().await;
    let path = std::env::temp_dir().join(format!("setupkey-profiles-{}", std::process::id()));
    let program =
        r#"echo '{"Version": 1, "AccessKeyId": "ASIALOCALAWS00000001", "SecretAccessKey": "local"}'"#;
    let script = path.with_extension("sh");
    fs::write(&script, program).unwrap();
    fs::write(
        &path,
        format!(
            "[profile program]\ncredential_process = sh {}\n[profile role]\nrole_arn = \
             arn:aws:iam::444455556666:role/staff/audit\nexternal_id = x:1\nsource_profile = program\nregion = us-east-1\n",
            script.display()
        ),
    )
    .unwrap();
    let file = path.to_str().unwrap();
    let mut environment = audit_environment();
    environment.push(("AWS_CONFIG_FILE", file.into()));

    let own = setupkey_in(&aws, &environment, &["audit", "--profile", "program", "--format", "json"]).await;
    let other = setupkey_in(&aws, &environment, &["audit", "--profile", "role", "--format", "json"]).await;
    let unknown = setupkey_in(&aws, &environment, &["audit", "--profile", "nobody"]).await;

    fs::remove_file(&path).unwrap();
    fs::remove_file(&script).unwrap();
    assert_eq!((own.code, non_compliant(&own.document(), 0)), (1, vec!["brandon"]), "{}", own.err);
    assert_eq!((other.code, non_compliant(&other.document(), 0)), (1, vec!["anitha"]), "{}", other.err);
    assert_eq!(other.document()["accounts"][0]["accountId"], "444455556666");
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("nobody"), "{}", unknown.err);
}

#[tokio::test]
async fn explain_reads_every_fact_of_one_user() {
    let aws = account(&[flagged("brandon").with_key(7200).used(), compliant("paras")]).await;

    let ran = setupkey(&aws, &["explain", "brandon"]).await;

    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert_eq!(
        calls(&aws, "GetAccessKeyLastUsed").len(),
        2,
        "also of the key that the verdict does not need"
    );
    assert_eq!(calls(&aws, "ListUsers").len(), 0);
    for expected in [
        "arn:aws:iam::111122223333:user/brandon",
        "console password  yes, created 2024-07-01T12:02:00Z",
        "exemption         none",
        ": Active, created 0 s after the user (2024-07-01T12:00:00Z), never used: flagged",
        ": Active, created 2 h after the user (2024-07-01T14:00:00Z), last used 2024-07-01T15:00:00Z: not flagged",
        "  aws iam update-access-key --user-name brandon --access-key-id AKIA",
    ] {
        assert!(ran.out.contains(expected), "{expected}: {}", ran.out);
    }
    let first = "NON_COMPLIANT: user brandon of account 111122223333, criterion setup-and-unused, scope console-users, setup window 60 s\n";
    assert!(ran.out.starts_with(first), "{}", ran.out);
    let user_id = aws.state().users[0].user_id.clone();
    for other in [user_id.as_str(), "arn:aws:iam::111122223333:user/brandon"] {
        assert_eq!(setupkey(&aws, &["explain", other]).await.out, ran.out, "{other}");
    }
    let elsewhere = setupkey(&aws, &["explain", "arn:aws:iam::444455556666:user/brandon"]).await;
    assert!(elsewhere.err.contains("the credentials are of account 111122223333"), "{}", elsewhere.err);
    let document: Value =
        serde_json::from_str(&setupkey(&aws, &["explain", "brandon", "--format", "json"]).await.out).unwrap();
    assert_eq!(document["complianceType"], "NON_COMPLIANT");
    assert_eq!(document["user"]["userId"], user_id.as_str());
    assert_eq!(
        document["verdicts"][1],
        json!({"criterion": "setup", "consoleUsers": "NON_COMPLIANT", "allUsers": "NON_COMPLIANT"})
    );
    assert_eq!(document["remedies"][0]["commands"].as_array().unwrap().len(), 2);
    assert_eq!(setupkey(&aws, &["explain", "paras"]).await.code, 0);
    let nobody = setupkey(&aws, &["explain", "nobody"]).await;
    assert_eq!((nobody.code, nobody.err.as_str()), (2, "error: no user `nobody` in the account\n"));
    aws.state().behaviour.faults = vec![fault("GetLoginProfile", Effect::AccessDenied)];
    assert_eq!(setupkey(&aws, &["explain", "brandon"]).await.code, 2, "a fact that is missing is no verdict");
}

/// The management account, 24 members, and two accounts that are not active; the first member has no such role.
async fn organization() -> LocalAws {
    let member = |number: usize| format!("{number:012}");
    let others: Vec<Value> = (1..=24)
        .map(|number| {
            let roles = if number == 1 { json!([]) } else { json!([{"roleName": "audit"}]) };
            json!({"accountId": member(number), "clock": time(0), "users": [flagged("anitha")], "roles": roles})
        })
        .collect();
    let entry = |id: &str, name: &str, state: &str| json!({"id": id, "name": name, "state": state});
    let mut listed: Vec<Value> =
        (1..=24).rev().map(|number| entry(&member(number), &format!("member {number}"), "ACTIVE")).collect();
    listed.insert(3, entry("999988887777", "closed", "SUSPENDED"));
    listed.insert(4, entry("999988887778", "soon", "PENDING_ACTIVATION"));
    listed.push(entry("111122223333", "management", "ACTIVE"));
    account_with(json!({
        "clock": time(0), "accountAliases": ["example"], "users": [flagged("brandon")],
        "otherAccounts": others, "organization": listed,
    }))
    .await
}

#[tokio::test]
async fn organization_is_audited_account_by_account_with_names() {
    let aws = organization().await;
    let args = [
        "audit",
        "--organization",
        "--role-name",
        "arn:aws:iam::000000000002:role/audit",
        "--exclude",
        "000000000024",
        "--role-session-name",
        "audit-2026",
        "--duration-seconds",
        "900",
        "--format",
        "json",
    ];

    let ran = setupkey(&aws, &args).await;

    let document = ran.document();
    assert_eq!(ran.code, 2, "one account cannot be entered: {}", ran.err);
    let accounts = document["accounts"].as_array().unwrap();
    let ids: Vec<&str> = accounts.iter().map(|account| account["accountId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 24, "active, and not excluded: {ids:?}");
    assert!(ids.is_sorted());
    assert_eq!(calls(&aws, "ListAccounts").len(), 2, "two pages");
    let summary = &document["summary"];
    assert_eq!([&summary["accountsUnread"], &summary["nonCompliant"]], [&json!(1), &json!(23)]);
    assert_eq!(accounts[0]["evidence"]["accountName"], "member 1");
    let reason = accounts[0]["unread"][0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("sts:AssumeRole failed: AccessDenied"), "{reason}");

    let management = &accounts[23];
    assert_eq!(management["accountId"], "111122223333");
    let evidence = &management["evidence"];
    assert_eq!(evidence["accountName"], "management");
    assert_eq!(evidence["accountAlias"], "example");
    assert_eq!(evidence["callerArn"], "arn:aws:sts::111122223333:assumed-role/local/setupkey");
    assert_eq!([&evidence["usersListed"], &evidence["accountSummaryUsers"]], [&json!(1), &json!(1)]);
    let report = &evidence["credentialReport"];
    assert_eq!(
        (&report["rows"], report["sha256"].as_str().unwrap().len()),
        (&json!(2), 64),
        "root and brandon"
    );
    assert_eq!(
        accounts[1]["evidence"]["callerArn"],
        "arn:aws:sts::000000000002:assumed-role/audit/audit-2026"
    );
    let assumed = calls(&aws, "AssumeRole");
    assert_eq!(assumed.len(), 23, "the management account is read with the caller's own credentials");
    assert!(
        assumed
            .iter()
            .all(|call| { call["RoleSessionName"] == "audit-2026" && call["DurationSeconds"] == "900" })
    );
}

#[tokio::test]
async fn organization_that_cannot_be_listed_is_an_error_without_a_document() {
    let aws = account(&[flagged("brandon")]).await;
    let ran = setupkey(&aws, &["audit", "--organization", "--role-name", "audit", "--format", "json"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert_eq!(
        ran.err,
        "error: organizations:ListAccounts failed: AWSOrganizationsNotInUseException: Your account is not a member of an \
         organization.\n"
    );
}

/// The audit does not need the evidence: an account that denies it is audited, and the values are unknown.
#[tokio::test]
async fn evidence_that_is_denied_is_unknown_and_changes_no_verdict() {
    let aws = account(&users()).await;
    aws.state().behaviour.faults = vec![
        fault("GetAccountSummary", Effect::AccessDenied),
        fault("ListAccountAliases", Effect::AccessDenied),
    ];

    let ran = setupkey(&aws, &["audit", "--format", "json"]).await;

    let document = ran.document();
    assert_eq!((ran.code, non_compliant(&document, 0)), (1, vec!["brandon"]), "{}", ran.err);
    let evidence = &document["accounts"][0]["evidence"];
    assert_eq!([&evidence["accountAlias"], &evidence["accountSummaryUsers"]], [&Value::Null, &Value::Null]);
    assert_eq!(evidence["usersListed"], 4);
}

/// The table fits the terminal, and the ID of a key can be copied from it at any width.
#[tokio::test]
async fn table_fits_the_terminal_and_key_ids_stay_whole() {
    let aws = account_with(json!({
        "clock": time(0), "accountAliases": ["example"],
        "users": [flagged("a-user-with-a-long-name@example.com"), flagged("brandon").with_key(7200)],
    }))
    .await;
    let ids: Vec<String> =
        aws.state().users.iter().map(|user| user.access_keys[0].access_key_id.clone()).collect();
    for columns in [60, 80, 120] {
        let mut command = std::process::Command::new(binary("setupkey"));
        command.args(["audit", "--quiet"]).env_clear().envs(audit_environment());
        command.env("AWS_ENDPOINT_URL", aws.endpoint_url()).env("AWS_CONFIG_FILE", "/dev/null");

        let (code, seen) = on_terminal(&mut command, columns, "");

        assert_eq!(code, 1, "{seen}");
        let bare = seen.replace("\u{1b}[31m", "").replace("\u{1b}[0m", "");
        assert_ne!(bare, seen, "names are red");
        assert!(ids.iter().all(|id| bare.contains(id)), "{columns}: {bare}");
        let caller = "as arn:aws:sts::111122223333:assumed-role/local/setupkey,";
        let first = format!("account 111122223333 (example), {caller}");
        assert!(bare.replace("\n  ", " ").starts_with(&first), "{bare}");
        // a hash and an ARN are words that are not broken
        let is_table = |line: &&str| line.split(' ').all(|word| word.len() < 50);
        let table = bare.lines().filter(is_table);
        let longest = table.map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= usize::from(columns), "{columns}: {bare}");
    }
}

/// An account that never answers is given up at `--account-timeout`; the SDK alone would wait for minutes.
#[tokio::test]
async fn account_that_hangs_fails_or_throttles_takes_nothing_from_the_others() {
    let ids = ["111111111111", "222222222222", "333333333333", "444444444444"];
    let faults = [
        json!({"operation": "*", "effect": "hang"}),
        json!({"operation": "ListUsers", "effect": "accessDenied"}),
        json!({"operation": "GetLoginProfile", "times": 20, "effect": "throttle"}),
    ];
    let mut accounts: Vec<Value> = ids
        .map(|id| {
            json!({"accountId": id, "clock": time(0), "users": users(), "roles": [{"roleName": "audit"}]})
        })
        .to_vec();
    for (account, fault) in accounts.iter_mut().zip(faults) {
        account["behaviour"] = json!({ "faults": [fault] });
    }
    let aws = account_with(json!({"clock": time(0), "otherAccounts": accounts})).await;
    let several = ids.join(",");
    let args = ["audit", "--role-name", "audit", "--accounts", &several, "--live", "--format", "json"];

    let args = [&args[..], &["--account-timeout", "10"]].concat();
    let run = setupkey(&aws, &args);
    let ran = tokio::time::timeout(Duration::from_secs(120), run).await.expect("the command ends");

    let document = ran.document();
    assert_eq!(ran.code, 2);
    let accounts = document["accounts"].as_array().unwrap();
    assert_eq!(accounts.iter().map(|account| account["accountId"].clone()).collect::<Vec<_>>(), ids);
    let reason = |account: usize| accounts[account]["unread"][0]["reason"].as_str().unwrap_or_default();
    assert_eq!(reason(0), "iam:ListUsers failed: timed out");
    assert!(reason(1).starts_with("iam:ListUsers failed: AccessDenied"), "{}", reason(1));
    for complete in [2, 3] {
        assert_eq!(accounts[complete]["unread"], json!([]), "{complete}");
        assert_eq!(non_compliant(&document, complete), ["brandon"]);
        assert_eq!(accounts[complete]["users"].as_array().unwrap().len(), 4);
    }
    assert!(ran.err.contains("account 111111111111: iam:ListUsers failed: timed out"), "{}", ran.err);
    assert_eq!(document["summary"]["accountsUnread"], 2);
}

/// Other tools show who answers for an exemption, and distinguish a user who was not read from one who is compliant. The shapes
/// are validated in `tests/schemas`.
#[tokio::test]
async fn findings_for_other_tools_distinguish_exempt_not_read_and_inactive() {
    let soon = (now() + chrono::TimeDelta::days(30)).format("%Y-%m-%d").to_string();
    let aws = account(&[
        exempt(flagged("anitha"), &soon),
        flagged("brandon").inactive(),
        flagged("helene"),
        compliant("paras"),
    ])
    .await;
    let denied = fault("GetLoginProfile", Effect::AccessDenied);
    aws.state().behaviour.faults = vec![Fault { matching: Some("helene".to_owned()), ..denied }];
    let args = ["audit", "--live", "--include-inactive-keys", "--format"];
    let told = format!("exempt through {soon}, owner payments: TICKET-17");

    let ocsf = setupkey(&aws, &[&args[..], &["ocsf"]].concat()).await;

    assert_eq!(ocsf.code, 2);
    let of = |finding: &Value| {
        ["/resources/0/name", "/status", "/compliance/status"]
            .map(|path| finding.pointer(path).unwrap().as_str().unwrap().to_owned())
    };
    let findings = ocsf.findings("ocsf");
    assert_eq!(
        findings.iter().map(of).collect::<Vec<_>>(),
        [
            ["anitha", "Suppressed", "Fail"],
            ["brandon", "New", "Fail"],
            ["helene", "New", "Unknown"],
            ["paras", "New", "Pass"]
        ]
    );
    assert_eq!(findings[0]["comment"], told);
    assert_eq!(findings[2]["status_detail"], "the user could not be read");

    let asff = setupkey(&aws, &[&args[..], &["asff"]].concat()).await.findings("asff");

    let of = |finding: &Value| {
        ["/Resources/0/Details/AwsIamUser/UserName", "/Workflow/Status", "/Compliance/Status"]
            .map(|path| finding.pointer(path).unwrap().as_str().unwrap().to_owned())
    };
    assert_eq!(
        asff.iter().map(of).collect::<Vec<_>>(),
        [
            ["anitha", "SUPPRESSED", "FAILED"],
            ["brandon", "NEW", "FAILED"],
            ["helene", "NEW", "NOT_AVAILABLE"],
            ["paras", "RESOLVED", "PASSED"]
        ]
    );
    assert_eq!(asff[0]["Note"]["Text"], told);
}

/// Live reads know the ID of a key: the log files need not agree on times.
#[tokio::test]
async fn creator_of_a_key_is_found_by_its_id() {
    let aws = account(&[flagged("brandon")]).await;
    let key = aws.state().users[0].access_keys[0].access_key_id.clone();
    let record = |name: &str, answer: Value| {
        json!({
            "eventTime": "2020-01-01T00:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": name,
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice"},
            "userAgent": "aws-cli/2.22.0", "requestParameters": {"userName": "brandon"},
            "responseElements": answer, "eventID": name, "recipientAccountId": "111122223333",
        })
    };
    let records = [
        record("CreateUser", json!({"user": {"userName": "brandon"}})),
        record("CreateAccessKey", json!({"accessKey": {"userName": "brandon", "accessKeyId": key}})),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.json");
    fs::write(&path, json!({ "Records": records }).to_string()).unwrap();

    let args = ["audit", "--history", path.to_str().unwrap(), "--format"];
    let ran = setupkey(&aws, &[&args[..], &["json"]].concat()).await;

    let document = ran.document();
    assert_eq!(ran.code, 1, "{}", ran.err);
    let found = &document["accounts"][0]["users"][0]["keys"][0];
    assert_eq!(found["accessKeyId"], key);
    assert_eq!(found["createdBy"]["by"], "arn:aws:iam::111122223333:user/alice");
    assert_eq!(
        (&found["createdBy"]["tool"], &found["createdBy"]["sameActor"]),
        (&json!("aws-cli"), &json!(true))
    );
}

/// The documented share (docs/benchmark.md), at a size that every test run can pay for: with a fresh report, at most a
/// seventh of the calls of the usual rule. Beside the function, an audit asks for the evidence: two calls.
#[tokio::test]
async fn audit_makes_the_calls_of_the_function_and_two_for_evidence() {
    let mut scene = Scene::new(&Population::Crowded.users(300, time(0))).await;
    let naive: usize = {
        let state = scene.aws.state();
        let active = |user: &User| user.access_keys.iter().filter(|key| key.status == Active).count();
        let calls = |user: &User| if user.login_profile.is_some() { 2 + active(user) } else { 1 };
        3 + state.users.iter().map(calls).sum::<usize>()
    };
    let of_iam = |aws: &LocalAws| aws.calls().iter().filter(|call| call.service == "iam").count();
    assert_success(&scene.run(0).await);
    let function = of_iam(&scene.aws);
    let users = scene.aws.state().users.clone();
    // the report of an account whose clock is right is younger than the audit
    let aws = account_with(json!({ "users": users })).await;

    let ran = setupkey(&aws, &["audit"]).await;

    assert!(ran.out.contains("300 users: 15 NON_COMPLIANT"), "{}", ran.out);
    let audit = of_iam(&aws);
    assert!(audit <= function + 2, "{audit} calls, {function} of the function");
    // a seventh for 5,000 users; of 300 the calls that do not depend on the number of users are a larger part
    assert!(audit * 6 <= naive, "{audit} calls, {naive} of the usual rule");
}
