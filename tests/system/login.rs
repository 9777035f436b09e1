use std::ffi::OsString;
use std::fs;

use serde_json::{Value, json};
use setupkey_local_aws::LocalAws;

use setupkey_tests::{Ran, audit_environment, binary, flagged, setupkey_in, time};

use crate::audit::{account, account_with, calls, non_compliant};
use crate::terminal::on_terminal;

/// The usual environment with these variables.
pub(crate) fn with(variables: &[(&'static str, &str)]) -> Vec<(&'static str, OsString)> {
    let more = variables.iter().map(|(name, value)| (*name, OsString::from(value)));
    audit_environment().into_iter().chain(more).collect()
}

/// The names of cached tokens, as the AWS CLI derives them: SHA-1 of the session's name or of the start URL.
const SESSION: &str = "sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
const LEGACY: &str = "sso/cache/a51746d4aa793ae07b25e90c3a5db96fc7832bd7.json";
/// SHA-256 of the login session.
const LOGIN: &str = "login/cache/d139c0150ca4f5ff9202bc4d974c1293f8275ecf5ad7aaa081dbf03711fdaf34.json";

const START_URL: &str = "https://corp.awsapps.com/start";
const USER: &str = "arn:aws:iam::111122223333:user/auditor";

/// A home with these AWS files in it.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    pub(crate) fn with(files: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(".aws").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Self(folder)
    }

    fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    /// Where a file is.
    pub(crate) fn aws_path(&self, name: &str) -> String {
        format!("{}/.aws/{name}", self.path())
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.aws_path(name)).unwrap()
    }

    /// Runs the command line with no credentials but those of this home.
    async fn run(&self, aws: &LocalAws, args: &[&str]) -> Ran {
        let environment = [("HOME", self.path().into()), ("AWS_CONFIG_FILE", self.aws_path("config").into())];
        setupkey_in(aws, &environment, args).await
    }
}

async fn portal() -> LocalAws {
    account_with(json!({
        "clock": time(0),
        "users": [flagged("brandon")],
        "portal": {"accessToken": "token", "refreshToken": "refresh", "roleName": "Auditor"},
    }))
    .await
}

fn sso_config(session: bool) -> String {
    if session {
        format!(
            "[profile sso]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Auditor\nregion = us-east-1\n\
             [sso-session corp]\nsso_start_url = {START_URL}\nsso_region = us-east-1\nsso_registration_scopes = sso:account:access\n"
        )
    } else {
        format!(
            "[profile sso]\nsso_start_url = {START_URL}\nsso_region = us-east-1\nsso_account_id = 111122223333\n\
             sso_role_name = Auditor\nregion = us-east-1\n"
        )
    }
}

/// As `aws sso login` writes it.
fn sso_token(expires: &str, refresh: bool) -> String {
    let mut token = json!({
        "startUrl": START_URL, "region": "us-east-1", "accessToken": "token", "expiresAt": expires,
    });
    if refresh {
        token["clientId"] = json!("client");
        token["clientSecret"] = json!("secret");
        token["registrationExpiresAt"] = json!("2099-01-01T00:00:00Z");
        token["refreshToken"] = json!("refresh");
    }
    token.to_string()
}

/// One line, of words: nothing of the data structures of the SDK.
#[track_caller]
pub(crate) fn assert_said(ran: &Ran, error: &str, hint: Option<&str>) {
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    let lines: Vec<&str> = ran.err.lines().collect();
    let says = |line: Option<&&str>, kind: &str, part: &str| {
        line.is_some_and(|line| line.starts_with(kind) && line.contains(part))
    };
    assert!(says(lines.first(), "error: ", error), "expected `{error}`: {}", ran.err);
    assert_eq!(lines.len(), 1 + usize::from(hint.is_some()), "{}", ran.err);
    if let Some(hint) = hint {
        assert!(says(lines.get(1), "hint: ", hint), "expected `{hint}`: {}", ran.err);
    }
    for debug in ["Error {", "source:", "Some(", "kind:", "()"] {
        assert!(!ran.err.contains(debug), "`{debug}`: {}", ran.err);
    }
}

const AUDIT: [&str; 5] = ["audit", "--profile", "sso", "--format", "json"];

#[tokio::test]
async fn profile_of_iam_identity_center_is_used() {
    let aws = portal().await;
    for (is_session, name) in [(true, SESSION), (false, LEGACY)] {
        aws.forget_calls();
        let token = sso_token("2099-01-01T00:00:00Z", false);
        let home = Home::with(&[("config", sso_config(is_session)), (name, token)]);

        let ran = home.run(&aws, &AUDIT).await;

        let document = ran.document();
        assert_eq!((ran.code, non_compliant(&document, 0)), (1, vec!["brandon"]), "{}", ran.err);
        let asked = calls(&aws, "GetRoleCredentials");
        assert_eq!(asked, [json!({"account_id": "111122223333", "role_name": "Auditor"})]);
    }
}

#[tokio::test]
async fn sso_token_that_ends_is_refreshed_and_one_that_cannot_be_has_a_hint() {
    let aws = portal().await;
    let old = "2020-01-01T00:00:00Z";
    let home = Home::with(&[("config", sso_config(true)), (SESSION, sso_token(old, true))]);

    let ran = home.run(&aws, &AUDIT).await;

    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(calls(&aws, "CreateToken").len(), 1);
    let kept: Value = serde_json::from_str(&home.file(SESSION)).unwrap();
    assert_ne!(kept["expiresAt"], old, "the next command does not refresh again");

    let home = Home::with(&[("config", sso_config(true)), (SESSION, sso_token(old, false))]);
    let expired = home.run(&aws, &AUDIT).await;
    assert_said(&expired, "the SSO token has expired", Some("run `aws sso login`"));
    let home = Home::with(&[("config", sso_config(true))]);
    let absent = home.run(&aws, &AUDIT).await;
    assert_said(&absent, "failed to load the cached SSO token", Some("run `aws sso login`"));
    aws.state().portal.access_token = "another".to_owned();
    let home =
        Home::with(&[("config", sso_config(true)), (SESSION, sso_token("2099-01-01T00:00:00Z", false))]);
    let revoked = home.run(&aws, &AUDIT).await;
    assert_said(&revoked, "Session token not found or invalid", Some("run `aws sso login`"));
}

/// As `aws login` writes it, with the key of a proof of possession.
fn login_token(expires: &str) -> String {
    // of the secret 0x0101..01
    let key = "MHcCAQEEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBoAoGCCqGSM49\nAwEHoUQDQgAEb/A7lJJBzh2t1DUZ5pYOCoW0GmmgXDKBA6orzhWUyhY8T3U6Vb8B\n3FP2wLDH7ueLQMb/fSWpbiKCuYnO9xwUSg==";
    let header = "EC PRIVATE KEY";
    json!({
        "accessToken": {
            "accessKeyId": "ASIALOCA111122223333", "secretAccessKey": "local", "sessionToken": "local",
            "accountId": "111122223333", "expiresAt": expires,
        },
        "tokenType": "aws_sigv4",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "refreshToken": "refresh",
        "idToken": "id",
        "dpopKey": format!("-----BEGIN {header}-----\n{key}\n-----END {header}-----\n"),
    })
    .to_string()
}

#[tokio::test]
async fn profile_of_aws_login_is_used_and_refreshed() {
    let aws = portal().await;
    let config = format!("[profile console]\nlogin_session = {USER}\nregion = us-east-1\n");
    let args = ["audit", "--profile", "console"];
    for (expires, refreshed) in [("2099-01-01T00:00:00Z", 0), ("2020-01-01T00:00:00Z", 1)] {
        aws.forget_calls();
        let home = Home::with(&[("config", config.clone()), (LOGIN, login_token(expires))]);
        let ran = home.run(&aws, &args).await;
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert_eq!(calls(&aws, "CreateOAuth2Token").len(), refreshed);
    }
    let home = Home::with(&[("config", config)]);
    assert_said(&home.run(&aws, &args).await, "login/cache", Some("run `aws login`"));
}

fn mfa_config() -> String {
    "[profile base]\naws_access_key_id = ASIALOCALAWS00000000\naws_secret_access_key = local\n\
     [profile mfa]\nrole_arn = arn:aws:iam::444455556666:role/audit\nsource_profile = base\nexternal_id = x:1\n\
     mfa_serial = arn:aws:iam::111122223333:mfa/me\nduration_seconds = 7200\nrole_session_name = me\nregion = us-east-1\n"
        .to_owned()
}

async fn two_accounts() -> LocalAws {
    account_with(json!({
        "clock": time(0),
        "users": [flagged("brandon")],
        "otherAccounts": [{
            "accountId": "444455556666", "users": [flagged("anitha")],
            "roles": [{"roleName": "audit", "externalId": "x:1"}],
        }],
    }))
    .await
}

#[tokio::test]
async fn mfa_code_is_asked_on_a_terminal() {
    let aws = two_accounts().await;
    let home = Home::with(&[("config", mfa_config())]);
    let mut command = std::process::Command::new(binary("setupkey"));
    command
        .args(["audit", "--profile", "mfa"])
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_ENDPOINT_URL", aws.endpoint_url());

    let (code, seen) = on_terminal(&mut command, 120, "123456\n");

    assert!(seen.contains("MFA code for arn:aws:iam::111122223333:mfa/me: "), "{seen}");
    assert!(seen.contains("anitha") && !seen.contains("brandon"), "{seen}");
    assert_eq!(code, 1, "{seen}");
    let assumed = calls(&aws, "AssumeRole");
    let expected = [
        ("SerialNumber", "arn:aws:iam::111122223333:mfa/me"),
        ("TokenCode", "123456"),
        ("ExternalId", "x:1"),
        ("DurationSeconds", "7200"),
        ("RoleSessionName", "me"),
    ];
    for (name, value) in expected {
        assert_eq!(assumed[0][name], value, "{name}");
    }

    let aside = home.run(&aws, &["audit", "--profile", "mfa"]).await;
    assert_said(&aside, "an MFA code of `arn:aws:iam::111122223333:mfa/me` is needed", None);
}

#[tokio::test]
async fn what_is_wrong_with_a_login_is_said_in_one_line() {
    let aws = account(&[flagged("brandon")]).await;
    let home = Home::with(&[(
        "config",
        "[profile process]\ncredential_process = sh -c 'echo no badge >&2; exit 3'\n[profile loop]\nrole_arn = \
         arn:aws:iam::444455556666:role/x\nsource_profile = loop2\n[profile loop2]\nrole_arn = \
         arn:aws:iam::444455556666:role/x\nsource_profile = loop\n"
            .to_owned(),
    )]);
    let audit = |profile: &'static str| ["audit", "--profile", profile];

    let none = home.run(&aws, &["audit"]).await;
    assert_said(&none, "no AWS credentials found", Some("AWS_PROFILE or `--profile`"));
    let unknown = home.run(&aws, &audit("nobody")).await;
    assert_said(&unknown, "no profile `nobody`", Some("list-profiles"));
    let process = home.run(&aws, &audit("process")).await;
    assert_said(&process, "no badge", None);
    let looped = home.run(&aws, &audit("loop")).await;
    assert_said(&looped, "infinite loop", None);

    let in_region = setupkey_in(&aws, &with(&[]), &["audit", "--region", "useast1"]).await;
    assert_said(&in_region, "the region is `useast1`", Some("--region"));
    let refused = setupkey_in(&aws, &with(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:9")]), &["audit"]).await;
    assert_said(&refused, "Connection refused", Some("HTTPS_PROXY"));
    let unresolved =
        setupkey_in(&aws, &with(&[("AWS_ENDPOINT_URL", "http://sts.us-east-9.invalid")]), &["audit"]).await;
    assert_said(&unresolved, "dns error", Some("`us-east-1` is a region"));
    let broken = "[profile x\naws_access_key_id";
    let home = Home::with(&[("config", broken.to_owned())]);
    assert_said(&home.run(&aws, &["audit"]).await, "cannot read the AWS config files", None);
}
