use super::*;
use crate::client::start;
#[tokio::test]
async fn scratch() {
    let aws = start(r#"{"users":[{"userName":"ada","createDate":"2024-01-01T00:00:00Z","loginProfile":{"createDate":"2024-01-01T00:00:00Z"},"tags":{"a b":"c"},"accessKeys":[{"accessKeyId":"AKIAEXAMPLE000000001","createDate":"2024-01-01T00:00:00Z"}]},{"userName":"bob","createDate":"2024-01-01T00:00:00Z"},{"userName":"cy","createDate":"2024-01-01T00:00:00Z"}],"configRules":[{"configRuleName":"keys","resultToken":"token"}],"topics":[{"topicArn":"arn:aws:sns:us-east-1:111122223333:alerts"}]}"#).await;
    let mut f = Function::start(FunctionSettings::new("/tmp/botofn.py", &aws), &aws).await.unwrap();
    let Outcome::Success(text) = f.invoke("x").await else { panic!("{}", f.log()) };
    println!("{text}\n{}", f.log());
    println!("{}", serde_json::to_string_pretty(&*aws.state()).unwrap());
}
