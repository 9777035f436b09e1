use crate::client::{Answer, query, start};
use crate::identity::AccessKeyStatus;

const USERS: &str = r#"{
    "users": [
        {"userName": "Ada", "createDate": "2024-01-01T00:00:00Z", "tags": {"Team": "core"},
         "accessKeys": [{"accessKeyId": "AKIAEXAMPLE000000001", "createDate": "2024-01-01T00:00:01Z"},
                        {"accessKeyId": "AKIAEXAMPLE000000002", "createDate": "2024-02-01T00:00:00Z"}]},
        {"userName": "bob", "createDate": "2024-01-02T00:00:00Z"}]
}"#;

fn error(answer: &Answer) -> (u16, &str, &str) {
    (answer.status, answer.element("Code").unwrap_or_default(), answer.element("Message").unwrap_or_default())
}

#[tokio::test]
async fn a_key_is_deactivated_and_activated_again() {
    let aws = start(USERS).await;
    for (status, expected) in [("Inactive", AccessKeyStatus::Inactive), ("Active", AccessKeyStatus::Active)] {
        let form = format!("UserName=ada&AccessKeyId=AKIAEXAMPLE000000001&Status={status}");
        let answer = query(&aws, "iam", "UpdateAccessKey", &form).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains("<UpdateAccessKeyResponse") && !answer.body.contains("Result>"));
        let statuses: Vec<_> = aws.state().users[0].access_keys.iter().map(|key| key.status).collect();
        assert_eq!(statuses, [expected, AccessKeyStatus::Active]);
    }
}

#[tokio::test]
async fn a_key_is_deleted_once() {
    let aws = start(USERS).await;
    let form = "UserName=Ada&AccessKeyId=AKIAEXAMPLE000000001";
    assert_eq!(query(&aws, "iam", "DeleteAccessKey", form).await.status, 200);
    assert_eq!(aws.state().users[0].access_keys.len(), 1);
    let answer = query(&aws, "iam", "DeleteAccessKey", form).await;
    let message = "The Access Key with id AKIAEXAMPLE000000001 cannot be found.";
    assert_eq!(error(&answer), (404, "NoSuchEntity", message));
}

/// Another user's key does not change, even if the name is right.
#[tokio::test]
async fn only_a_key_of_that_user_is_changed() {
    let aws = start(USERS).await;
    let before = aws.state().users.clone();
    let key = "AccessKeyId=AKIAEXAMPLE000000001";
    for (operation, form, expected) in [
        ("UpdateAccessKey", format!("UserName=bob&{key}&Status=Inactive"), (404, "NoSuchEntity")),
        ("UpdateAccessKey", format!("UserName=nobody&{key}&Status=Inactive"), (404, "NoSuchEntity")),
        ("UpdateAccessKey", format!("UserName=ada&{key}&Status=Expired"), (400, "InvalidInput")),
        ("DeleteAccessKey", format!("UserName=bob&{key}"), (404, "NoSuchEntity")),
        ("DeleteAccessKey", key.to_owned(), (400, "ValidationError")),
    ] {
        let answer = query(&aws, "iam", operation, &form).await;
        let (status, code, _) = error(&answer);
        assert_eq!((status, code), expected, "{operation} {form}");
    }
    assert_eq!(aws.state().users, before);
}

#[tokio::test]
async fn a_tag_replaces_the_one_whose_key_differs_in_case_only() {
    let aws = start(USERS).await;
    let form = "UserName=ada&Tags.member.1.Key=tEAM&Tags.member.1.Value=%C3%A9&Tags.member.2.Key=x&Tags.member.2.Value=";
    assert_eq!(query(&aws, "iam", "TagUser", form).await.status, 200);
    let tags = aws.state().users[0].tags.clone();
    assert_eq!(
        tags.into_iter().collect::<Vec<_>>(),
        [("tEAM", "é"), ("x", "")].map(|(k, v)| (k.into(), v.into()))
    );
}

#[tokio::test]
async fn the_fifty_first_tag_is_refused_and_so_are_those_beside_it() {
    let aws = start(USERS).await;
    let full = (0..50).map(|n| (format!("k{n}"), String::new())).collect();
    aws.state().users[1].tags = full;
    let before = aws.state().users[1].tags.clone();
    let form =
        "UserName=bob&Tags.member.1.Key=k1&Tags.member.1.Value=v&Tags.member.2.Key=new&Tags.member.2.Value=v";
    let answer = query(&aws, "iam", "TagUser", form).await;
    let message = "The number of tags has reached the maximum limit.";
    assert_eq!(error(&answer), (409, "LimitExceeded", message));
    assert_eq!(aws.state().users[1].tags, before);
    let form = "UserName=bob&Tags.member.1.Key=K1&Tags.member.1.Value=v";
    assert_eq!(query(&aws, "iam", "TagUser", form).await.status, 200, "one that is there already");
}

#[tokio::test]
async fn tags_that_iam_does_not_take_are_refused() {
    let aws = start(USERS).await;
    let before = aws.state().users.clone();
    let tag =
        |key: &str, value: &str| format!("UserName=ada&Tags.member.1.Key={key}&Tags.member.1.Value={value}");
    for (form, expected) in [
        (tag("AWS%3Ak", "v"), (400, "InvalidInput")),
        (format!("{}&Tags.member.2.Key=K&Tags.member.2.Value=v", tag("k", "v")), (400, "InvalidInput")),
        (tag("k", "v").replace("ada", "nobody"), (404, "NoSuchEntity")),
    ] {
        let answer = query(&aws, "iam", "TagUser", &form).await;
        let (status, code, _) = error(&answer);
        assert_eq!((status, code), expected, "{form}");
    }
    assert_eq!(aws.state().users, before);
}

#[tokio::test]
async fn a_user_is_deleted_after_its_password_and_keys() {
    let aws = start(
        r#"{"users": [{"userName": "Ada", "path": "/tests/", "createDate": "2024-01-01T00:00:00Z",
            "loginProfile": {"createDate": "2024-01-01T00:00:05Z"}, "tags": {"Team": "core", "b": "c"},
            "accessKeys": [{"accessKeyId": "AKIAEXAMPLE000000001", "createDate": "2024-01-01T00:00:01Z"}]}]}"#,
    )
    .await;
    for (operation, form, expected) in [
        ("UntagUser", "UserName=ada&TagKeys.member.1=team&TagKeys.member.2=none", 200),
        ("DeleteUser", "UserName=ada", 409),
        ("DeleteLoginProfile", "UserName=ada", 200),
        ("DeleteLoginProfile", "UserName=ada", 404),
        ("DeleteUser", "UserName=ada", 409),
        ("DeleteAccessKey", "UserName=ada&AccessKeyId=AKIAEXAMPLE000000001", 200),
    ] {
        let answer = query(&aws, "iam", operation, form).await;
        assert_eq!(answer.status, expected, "{operation} {answer:?}");
    }
    assert_eq!(aws.state().users[0].tags.keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(query(&aws, "iam", "DeleteUser", "UserName=ada").await.status, 200);
    assert_eq!(aws.state().users, []);
    assert_eq!(error(&query(&aws, "iam", "DeleteUser", "UserName=ada").await).1, "NoSuchEntity");
}
