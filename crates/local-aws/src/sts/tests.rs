use crate::client::{query, query_as, request, send, start};

const ACCOUNTS: &str = r#"{"roles": [{"roleName": "audit"}],
    "users": [{"userName": "ada", "createDate": "2024-01-01T00:00:00Z"}],
    "otherAccounts": [{"accountId": "444455556666", "roles": [{"roleName": "staff/audit", "externalId": "x1"}],
        "users": [{"userName": "brandon", "createDate": "2024-01-01T00:00:00Z"}]}]}"#;

const OTHER_ROLE: &str =
    "RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2Fstaff%2Faudit&RoleSessionName=test";

#[tokio::test]
async fn session_of_a_role_is_answered_from_its_account() {
    let aws = start(ACCOUNTS).await;

    let answer = query(&aws, "sts", "AssumeRole", &format!("{OTHER_ROLE}&ExternalId=x1")).await;

    assert_eq!(answer.status, 200, "{}", answer.body);
    let key = answer.element("AccessKeyId").unwrap().to_owned();
    let arn = "arn:aws:sts::444455556666:assumed-role/audit/test";
    assert_eq!(answer.element("Arn"), Some(arn));
    let caller = query_as(&aws, &key, "sts", "GetCallerIdentity", "").await;
    assert_eq!(caller.element("Account"), Some("444455556666"));
    assert_eq!(query_as(&aws, &key, "iam", "ListUsers", "").await.element("UserName"), Some("brandon"));
    assert_eq!(query(&aws, "iam", "ListUsers", "").await.element("UserName"), Some("ada"));
    assert_eq!(query(&aws, "sts", "GetCallerIdentity", "").await.element("Account"), Some("111122223333"));
}

/// A web identity is a token instead of a signature.
#[tokio::test]
async fn web_identity_needs_no_signature() {
    let aws = start(ACCOUNTS).await;
    let unsigned = async |action: &str, role: &str| {
        let form = format!(
            "Action={action}&Version=2011-06-15&RoleSessionName=test&WebIdentityToken=token&\
             RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2F{role}"
        );
        let headers = "content-type: application/x-www-form-urlencoded\r\n";
        send(&aws.endpoint_url(), &request("POST /", headers, &form)).await
    };

    let answer = unsigned("AssumeRoleWithWebIdentity", "audit").await;

    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.element("Arn"), Some("arn:aws:sts::111122223333:assumed-role/audit/test"));
    assert_eq!(unsigned("AssumeRoleWithWebIdentity", "other").await.element("Code"), Some("AccessDenied"));
    assert_eq!(unsigned("AssumeRole", "audit").await.element("Code"), Some("MissingAuthenticationToken"));
}

#[tokio::test]
async fn role_is_refused_without_trust() {
    let aws = start(ACCOUNTS).await;
    let unknown = OTHER_ROLE.replace("staff", "other");
    for (form, status, code) in [
        (OTHER_ROLE.to_owned(), 403, "AccessDenied"),
        (format!("{OTHER_ROLE}&ExternalId=x2"), 403, "AccessDenied"),
        (format!("{unknown}&ExternalId=x1"), 403, "AccessDenied"),
        ("RoleSessionName=test".to_owned(), 403, "AccessDenied"),
    ] {
        let answer = query(&aws, "sts", "AssumeRole", &form).await;
        assert_eq!((answer.status, answer.element("Code")), (status, Some(code)), "{form}");
    }
}

#[tokio::test]
async fn a_user_who_asks_is_named_and_its_key_is_used() {
    let aws = start(
        r#"{"clock": "2024-01-02T00:00:00Z", "users": [
            {"userName": "ada", "path": "/tests/", "createDate": "2024-01-01T00:00:00Z", "accessKeys": [
                {"accessKeyId": "AKIAEXAMPLE000000001", "createDate": "2024-01-01T00:00:00Z"},
                {"accessKeyId": "AKIAEXAMPLE000000002", "createDate": "2024-01-01T00:00:00Z"}]}]}"#,
    )
    .await;
    let caller = query_as(&aws, "AKIAEXAMPLE000000002", "sts", "GetCallerIdentity", "").await;
    assert_eq!(caller.element("Arn"), Some("arn:aws:iam::111122223333:user/tests/ada"));
    let used: Vec<_> = aws.state().users[0].access_keys.iter().map(|key| key.last_used.clone()).collect();
    assert!(used[0].is_none() && used[1].as_ref().is_some_and(|used| used.service_name == "sts"), "{used:?}");
}
