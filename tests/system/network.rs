use std::ffi::OsString;

use serde_json::json;
use setupkey_local_aws::{Effect, LocalAws};
use setupkey_tests::{Ran, fault, flagged, setupkey_in};

use crate::audit::{account, account_with, calls, non_compliant};
use crate::login::{Home, assert_said, with};
use crate::tls::{Authority, Proxy};

const AUDIT: [&str; 3] = ["audit", "--format", "json"];

/// The name that the certificates are for; no resolver knows it.
const NAME: &str = "aws.invalid";

async fn audit(aws: &LocalAws, variables: &[(&'static str, &str)]) -> Ran {
    setupkey_in(aws, &with(variables), &AUDIT).await
}

#[track_caller]
fn assert_audited(ran: &Ran) {
    assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{}", ran.out);
    assert_eq!(non_compliant(&ran.document(), 0), ["brandon"]);
}

#[tokio::test]
async fn certificates_of_a_bundle_are_trusted_and_no_others() {
    let aws = account(&[flagged("brandon")]).await;
    let authority = Authority::new();
    let endpoint = format!("https://{}", authority.in_front_of(&aws, "127.0.0.1").await);
    let home = Home::with(&[
        ("ca.pem", authority.pem()),
        // as a company has it: with the authorities of the machine
        ("ca-all.pem", format!("# ours\n{}\n# theirs\n{}", Authority::new().pem(), authority.pem())),
        ("other.pem", Authority::new().pem()),
    ]);
    let [bundle, all, other] = ["ca.pem", "ca-all.pem", "other.pem"].map(|name| home.aws_path(name));
    let config = Home::with(&[("config", format!("[default]\nca_bundle = {bundle}\n"))]);
    let config = config.aws_path("config");

    for trusting in
        [("AWS_CA_BUNDLE", bundle.as_str()), ("AWS_CA_BUNDLE", &all), ("AWS_CONFIG_FILE", &config)]
    {
        aws.forget_calls();
        assert_audited(&audit(&aws, &[("AWS_ENDPOINT_URL", &endpoint), trusting]).await);
        assert_eq!(calls(&aws, "ListUsers").len(), 1, "{trusting:?}");
    }
    // the environment comes before the profile
    for trusting in [
        vec![],
        vec![("AWS_CA_BUNDLE", other.as_str())],
        vec![("AWS_CA_BUNDLE", other.as_str()), ("AWS_CONFIG_FILE", config.as_str())],
    ] {
        aws.forget_calls();
        let ran = audit(&aws, &[&[("AWS_ENDPOINT_URL", endpoint.as_str())], &trusting[..]].concat()).await;
        assert_said(&ran, "certificate", Some("set AWS_CA_BUNDLE"));
        assert_eq!(aws.calls(), []);
    }
}

#[tokio::test]
async fn ca_bundle_that_cannot_be_used_is_named() {
    let aws = account(&[flagged("brandon")]).await;
    let certificate = Authority::new().pem();
    let broken =
        format!("{certificate}-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n");
    let empty_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned();
    let home = Home::with(&[
        ("none.pem", "no certificate".to_owned()),
        ("empty.pem", String::new()),
        ("broken.pem", broken),
        ("cut.pem", certificate.lines().take(4).collect::<Vec<_>>().join("\n")),
        ("other.pem", certificate + &empty_certificate),
    ]);
    for (name, reason) in [
        ("missing.pem", "No such file or directory"),
        ("none.pem", "no certificate in PEM"),
        ("empty.pem", "no certificate in PEM"),
        ("broken.pem", "certificate 2: "),
        ("cut.pem", "certificate 1: "),
        ("other.pem", "certificate 2: "),
    ] {
        let path = home.aws_path(name);
        let config = Home::with(&[("config", format!("[default]\nca_bundle = {path}\n"))]);

        let of_environment = audit(&aws, &[("AWS_CA_BUNDLE", &path)]).await;
        let of_profile = audit(&aws, &[("AWS_CONFIG_FILE", &config.aws_path("config"))]).await;

        assert_said(&of_environment, &format!("AWS_CA_BUNDLE is `{path}`: {reason}"), None);
        assert_said(&of_profile, &format!("`ca_bundle` of the profile is `{path}`: {reason}"), None);
    }
    assert_eq!(aws.calls(), []);
}

#[tokio::test]
async fn https_proxy_is_asked_for_a_tunnel_and_no_proxy_leaves_it_out() {
    let aws = account(&[flagged("brandon")]).await;
    let authority = Authority::new();
    let home = Home::with(&[("ca.pem", authority.pem())]);
    let bundle = home.aws_path("ca.pem");
    let proxy = Proxy::to(authority.in_front_of(&aws, NAME).await).await;
    let url = format!("https://{NAME}");
    let proxied = [
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("AWS_CA_BUNDLE", &bundle),
        ("HTTPS_PROXY", &proxy.url),
        ("NO_PROXY", "localhost"),
    ];

    assert_audited(&audit(&aws, &proxied).await);

    let asked = proxy.asked();
    assert!(
        !asked.is_empty() && asked.iter().all(|line| *line == format!("CONNECT {NAME}:443 HTTP/1.1")),
        "{asked:?}"
    );

    let direct = authority.in_front_of(&aws, "localhost").await;
    let url = format!("https://localhost:{}", direct.port());
    let past = [("AWS_ENDPOINT_URL", url.as_str()), proxied[1], proxied[2], proxied[3]];
    assert_audited(&audit(&aws, &past).await);
    assert_eq!(proxy.asked().len(), asked.len(), "NO_PROXY names the host");
}

#[tokio::test]
async fn http_proxy_is_used_and_no_proxy_leaves_it_out() {
    let aws = account(&[flagged("brandon")]).await;
    let url = aws.endpoint_url();
    let closed = "http://127.0.0.1:9";
    // local AWS takes the absolute form of a request, and so is a proxy, too
    for (endpoint, proxy, no_proxy) in
        [("http://iam.invalid", url.as_str(), ""), (url.as_str(), closed, "127.0.0.1,localhost")]
    {
        let variables = [("AWS_ENDPOINT_URL", endpoint), ("HTTP_PROXY", proxy), ("NO_PROXY", no_proxy)];
        assert_audited(&audit(&aws, &variables).await);
    }
    let ran = audit(&aws, &[("HTTP_PROXY", closed)]).await;
    assert_said(&ran, "Connection refused", Some("HTTPS_PROXY"));
}

const ROLE: &str = "arn:aws:iam::444455556666:role/ci";

/// Two accounts: the one of the role has anitha.
async fn with_role() -> LocalAws {
    // without a clock of its own: the credentials of the role must not have expired
    account_with(json!({
        "users": [flagged("brandon")],
        "otherAccounts": [
            {"accountId": "444455556666", "users": [flagged("anitha")], "roles": [{"roleName": "ci"}]},
        ],
    }))
    .await
}

/// The environment of a pod or a CI job: a role and the file with its token, and no keys.
fn of_web_identity(role: &str, token_file: &str) -> Vec<(&'static str, OsString)> {
    let variables = [
        ("AWS_ROLE_ARN", role),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token_file),
        ("AWS_ROLE_SESSION_NAME", "nightly"),
    ];
    variables.map(|(name, value)| (name, value.into())).to_vec()
}

#[tokio::test]
async fn web_identity_is_exchanged_for_the_role() {
    let aws = with_role().await;
    let home = Home::with(&[("token", "header.claims.signature".to_owned())]);
    let token = home.aws_path("token");
    let config = format!(
        "[profile ci]\nrole_arn = {ROLE}\nweb_identity_token_file = {token}\nrole_session_name = nightly\n"
    );
    let config = Home::with(&[("config", config)]);
    let of_profile = [("AWS_CONFIG_FILE", config.aws_path("config").into()), ("AWS_PROFILE", "ci".into())];
    for environment in [of_web_identity(ROLE, &token), of_profile.to_vec()] {
        aws.forget_calls();

        let ran = setupkey_in(&aws, &environment, &AUDIT).await;

        let document = ran.document();
        assert_eq!((ran.code, non_compliant(&document, 0)), (1, vec!["anitha"]), "{}", ran.err);
        assert_eq!(document["accounts"][0]["accountId"], "444455556666");
        let asked = calls(&aws, "AssumeRoleWithWebIdentity");
        let expected = [
            ("RoleArn", ROLE),
            ("RoleSessionName", "nightly"),
            ("WebIdentityToken", "header.claims.signature"),
        ];
        assert_eq!(asked.len(), 1);
        assert!(expected.iter().all(|(name, value)| asked[0][name] == *value), "{asked:?}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_web_identity_is_said_in_one_line() {
    let aws = with_role().await;
    let home = Home::with(&[("token", "header.claims.signature".to_owned())]);
    let token = home.aws_path("token");
    let audit =
        async |role: &str, token: &str| setupkey_in(&aws, &of_web_identity(role, token), &AUDIT).await;

    let missing = home.aws_path("missing");
    let reason = format!("AWS_WEB_IDENTITY_TOKEN_FILE is `{missing}`: No such file or directory");
    assert_said(&audit(ROLE, &missing).await, &reason, None);
    let config = format!("[profile ci]\nrole_arn = {ROLE}\nweb_identity_token_file = {missing}\n");
    let config = Home::with(&[("config", config)]);
    let environment = [("AWS_CONFIG_FILE", config.aws_path("config").into()), ("AWS_PROFILE", "ci".into())];
    let of_profile = setupkey_in(&aws, &environment, &AUDIT).await;
    let reason =
        format!("`web_identity_token_file` of the profile is `{missing}`: No such file or directory");
    assert_said(&of_profile, &reason, None);

    let untrusting = audit("arn:aws:iam::444455556666:role/other", &token).await;
    let reason =
        "cannot get AWS credentials: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity";
    assert_said(&untrusting, reason, None);
    let code = "InvalidIdentityToken";
    let message = "No OpenIDConnect provider found in your account for https://token.example.com".to_owned();
    let refused = Effect::Error { status: 400, code: code.to_owned(), message };
    aws.state().behaviour.faults = vec![fault("AssumeRoleWithWebIdentity", refused)];
    assert_said(&audit(ROLE, &token).await, "No OpenIDConnect provider found in your account", None);
}
