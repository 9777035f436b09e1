use crate::client::{query, start};

const USERS: &str = r#"{
    "users": [
        {"userName": "cy", "path": "/ops/", "createDate": "2024-01-03T00:00:00.9Z"},
        {"userName": "Ada", "userId": "AIDAEXAMPLE0000000001", "createDate": "2024-01-01T00:00:00Z",
         "loginProfile": {"createDate": "2024-01-01T00:00:05Z"}, "tags": {"k1": "<v>", "k2": "v", "k3": "v"},
         "accessKeys": [
            {"accessKeyId": "AKIAEXAMPLE000000002", "createDate": "2024-01-01T00:00:01Z"},
            {"accessKeyId": "AKIAEXAMPLE000000001", "status": "Inactive", "createDate": "2024-02-01T00:00:00Z",
             "lastUsed": {"date": "2024-03-01T00:00:00Z", "serviceName": "s3", "region": "N/A"}}]},
        {"userName": "bob", "createDate": "2024-01-02T00:00:00Z"}]
}"#;

fn names(body: &str) -> Vec<&str> {
    body.split("<UserName>").skip(1).filter_map(|rest| rest.split('<').next()).collect()
}

#[tokio::test]
async fn users_are_listed_in_the_form_of_the_service() {
    let aws = start(USERS).await;
    let answer = query(&aws, "iam", "ListUsers", "").await;
    assert_eq!((answer.status, names(&answer.body)), (200, vec!["Ada", "bob", "cy"]));
    assert_eq!(answer.element("IsTruncated"), Some("false"));
    assert_eq!(
        answer
            .body
            .split_once("<member>")
            .and_then(|(_, rest)| rest.split_once("</member>"))
            .expect("a member")
            .0,
        "<Path>/</Path><UserName>Ada</UserName><UserId>AIDAEXAMPLE0000000001</UserId>\
         <Arn>arn:aws:iam::111122223333:user/Ada</Arn><CreateDate>2024-01-01T00:00:00Z</CreateDate>"
    );
    assert!(!answer.body.contains("<Tags>") && answer.head.contains("x-amzn-requestid"), "{answer:?}");
    let answer = query(&aws, "iam", "GetUser", "UserName=cy").await;
    assert_eq!(answer.element("Arn"), Some("arn:aws:iam::111122223333:user/ops/cy"));
    assert_eq!(answer.element("CreateDate"), Some("2024-01-03T00:00:00Z"), "whole seconds");
}

#[tokio::test]
async fn a_listing_has_pages() {
    let aws = start(USERS).await;
    let answer = query(&aws, "iam", "ListUsers", "MaxItems=2").await;
    assert_eq!((names(&answer.body), answer.element("IsTruncated")), (vec!["Ada", "bob"], Some("true")));
    let rest = format!("MaxItems=2&Marker={}", answer.element("Marker").expect("a marker"));
    let answer = query(&aws, "iam", "ListUsers", &rest).await;
    assert_eq!((names(&answer.body), answer.element("IsTruncated")), (vec!["cy"], Some("false")));
    assert_eq!(answer.element("Marker"), None);
    let answer = query(&aws, "iam", "ListUsers", "Marker=nonsense").await;
    assert_eq!((answer.status, answer.element("Code")), (400, Some("ValidationError")));
}

#[tokio::test]
async fn users_are_listed_by_path_and_created_at_one() {
    let aws = start(USERS).await;
    let created = query(&aws, "iam", "CreateUser", "UserName=dan&Path=%2Fops%2Ftests%2F").await;
    assert_eq!(created.element("Arn"), Some("arn:aws:iam::111122223333:user/ops/tests/dan"));
    for (prefix, expected) in
        [("%2Fops%2F", vec!["cy", "dan"]), ("%2Fops%2Ft", vec!["dan"]), ("%2Fno%2F", vec![])]
    {
        let answer = query(&aws, "iam", "ListUsers", &format!("PathPrefix={prefix}")).await;
        assert_eq!(names(&answer.body), expected, "{prefix}");
    }
}

#[tokio::test]
async fn pages_may_be_short_or_empty() {
    let aws = start(USERS).await;
    {
        let behaviour = &mut aws.state().behaviour;
        behaviour.page_sizes.insert("ListUsers".to_owned(), 1);
        behaviour.empty_pages.insert("ListUsers".to_owned(), 1);
    }
    let first = query(&aws, "iam", "ListUsers", "MaxItems=1000").await;
    assert_eq!((names(&first.body).len(), first.element("IsTruncated")), (0, Some("true")));
    let marker = format!("Marker={}", first.element("Marker").expect("a marker"));
    let second = query(&aws, "iam", "ListUsers", &marker).await;
    assert_eq!((names(&second.body), second.element("IsTruncated")), (vec!["Ada"], Some("true")));
}

#[tokio::test]
async fn a_user_is_found_without_case_and_has_tags() {
    let aws = start(USERS).await;
    let answer = query(&aws, "iam", "GetUser", "UserName=aDA").await;
    assert_eq!((answer.status, answer.element("UserName")), (200, Some("Ada")));
    assert!(
        answer.body.contains("<Tags><member><Key>k1</Key><Value>&lt;v&gt;</Value></member>"),
        "{answer:?}"
    );
    let answer = query(&aws, "iam", "GetUser", "UserName=bob").await;
    assert!(!answer.body.contains("<Tags"), "{answer:?}");
    let answer = query(&aws, "iam", "ListUserTags", "UserName=ada&MaxItems=2").await;
    assert_eq!((answer.body.matches("<Key>").count(), answer.element("IsTruncated")), (2, Some("true")));
    let rest = format!("UserName=ada&Marker={}", answer.element("Marker").expect("a marker"));
    assert_eq!(query(&aws, "iam", "ListUserTags", &rest).await.element("Key"), Some("k3"));
    for operation in ["GetUser", "ListUserTags", "ListAccessKeys", "GetLoginProfile"] {
        let answer = query(&aws, "iam", operation, "UserName=nobody").await;
        assert_eq!((answer.status, answer.element("Code")), (404, Some("NoSuchEntity")), "{operation}");
        assert_eq!(answer.element("Message"), Some("The user with name nobody cannot be found."));
        let answer = query(&aws, "iam", operation, "").await;
        assert_eq!((answer.status, answer.element("Code")), (400, Some("ValidationError")), "{operation}");
    }
}

#[tokio::test]
async fn keys_come_by_id_with_their_last_use() {
    let aws = start(USERS).await;
    let answer = query(&aws, "iam", "ListAccessKeys", "UserName=ada").await;
    let first = "<member><UserName>Ada</UserName><AccessKeyId>AKIAEXAMPLE000000001</AccessKeyId>\
                 <Status>Inactive</Status><CreateDate>2024-02-01T00:00:00Z</CreateDate></member>";
    assert!(answer.body.contains(&format!("<AccessKeyMetadata>{first}<member>")), "{answer:?}");
    let answer = query(&aws, "iam", "GetAccessKeyLastUsed", "AccessKeyId=AKIAEXAMPLE000000001").await;
    assert!(
        answer.body.contains(
            "<UserName>Ada</UserName><AccessKeyLastUsed><LastUsedDate>2024-03-01T00:00:00Z</LastUsedDate>\
             <ServiceName>s3</ServiceName><Region>N/A</Region></AccessKeyLastUsed>"
        ),
        "{answer:?}"
    );
    let answer = query(&aws, "iam", "GetAccessKeyLastUsed", "AccessKeyId=AKIAEXAMPLE000000002").await;
    assert!(
        answer
            .body
            .contains("<AccessKeyLastUsed><ServiceName>N/A</ServiceName><Region>N/A</Region></AccessKey"),
        "{answer:?}"
    );
    let answer = query(&aws, "iam", "GetAccessKeyLastUsed", "AccessKeyId=AKIAEXAMPLE000000009").await;
    assert_eq!((answer.status, answer.element("Code")), (404, Some("NoSuchEntity")));
}

#[tokio::test]
async fn a_password_is_there_or_not() {
    let aws = start(USERS).await;
    let answer = query(&aws, "iam", "GetLoginProfile", "UserName=ada").await;
    assert_eq!((answer.status, answer.element("CreateDate")), (200, Some("2024-01-01T00:00:05Z")));
    let answer = query(&aws, "iam", "GetLoginProfile", "UserName=bob").await;
    assert_eq!((answer.status, answer.element("Code")), (404, Some("NoSuchEntity")));
    assert_eq!(answer.element("Message"), Some("Login Profile for User bob cannot be found."));
}

#[tokio::test]
async fn an_account_has_an_alias_or_none() {
    let aws = start("{}").await;
    let answer = query(&aws, "iam", "ListAccountAliases", "").await;
    assert!(answer.body.contains("<AccountAliases></AccountAliases><IsTruncated>false"), "{answer:?}");
    aws.state().account_aliases.push("example-corp".to_owned());
    let answer = query(&aws, "iam", "ListAccountAliases", "").await;
    assert!(
        answer.body.contains(
            "<AccountAliases><member>example-corp</member></AccountAliases><IsTruncated>false</IsTruncated>"
        ),
        "{answer:?}"
    );
}
