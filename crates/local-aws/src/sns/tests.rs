use crate::client::{Answer, query, start};
use crate::server::LocalAws;

const TOPIC: &str = r#"{"topics": [{"topicArn": "arn:aws:sns:us-east-1:111122223333:alerts"}]}"#;

async fn publish(aws: &LocalAws, form: &str) -> Answer {
    query(aws, "sns", "Publish", &format!("TopicArn=arn:aws:sns:us-east-1:111122223333:alerts&{form}")).await
}

fn attribute(name: &str, data_type: &str, value: &str) -> String {
    let entry = "MessageAttributes.entry.1";
    format!(
        "Message=x&{entry}.Name={name}&{entry}.Value.DataType={data_type}&{entry}.Value.StringValue={value}"
    )
}

#[tokio::test]
async fn a_message_is_kept_with_its_attributes() {
    let aws = start(TOPIC).await;
    let form =
        format!("Subject=2+new&{}&MessageAttributes.entry.2.Name=rule", attribute("new", "Number", "2"));
    let rest =
        "&MessageAttributes.entry.2.Value.DataType=String&MessageAttributes.entry.2.Value.StringValue=keys";
    let answer = publish(&aws, &(form + rest)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let state = aws.state();
    let message = &state.topics[0].messages[0];
    assert_eq!(answer.element("MessageId"), Some(message.message_id.as_str()));
    assert_eq!((message.subject.as_deref(), message.message.as_str()), (Some("2 new"), "x"));
    let attribute = &message.message_attributes["new"];
    assert_eq!((attribute.data_type.as_str(), attribute.string_value.as_str()), ("Number", "2"));
    assert_eq!(message.message_attributes["rule"].string_value, "keys");
}

#[tokio::test]
async fn what_sns_does_not_take_is_refused_and_not_kept() {
    let aws = start(TOPIC).await;
    let long = "x".repeat(262_145);
    let full =
        attribute("new", "Number", "2").replace("Message=x", &format!("Message={}", "x".repeat(262_140)));
    for (form, code) in [
        ("Subject=x".to_owned(), "InvalidParameter"),
        ("Message=".to_owned(), "InvalidParameter"),
        (format!("Message={long}"), "InvalidParameter"),
        (full, "InvalidParameter"),
        (format!("Message=x&Subject={}", "s".repeat(100)), "InvalidParameter"),
        ("Message=x&Subject=".to_owned(), "InvalidParameter"),
        ("Message=x&Subject=a%0Ab".to_owned(), "InvalidParameter"),
        ("Message=x&Subject=+a".to_owned(), "InvalidParameter"),
        ("Message=x&Subject=%C3%A9".to_owned(), "InvalidParameter"),
        (attribute("a..b", "String", "v"), "ParameterValueInvalid"),
        (attribute("a+b", "String", "v"), "ParameterValueInvalid"),
        (attribute("a", "Text", "v"), "ParameterValueInvalid"),
        (attribute("a", "String", ""), "ParameterValueInvalid"),
        (attribute("a", "Number", "two"), "ParameterValueInvalid"),
        (attribute("a", "String.Array", "v"), "ParameterValueInvalid"),
    ] {
        let answer = publish(&aws, &form).await;
        let shown: String = form.chars().take(60).collect();
        assert_eq!(
            (answer.status, answer.element("Code")),
            (400, Some(code)),
            "{shown}: {:?}",
            answer.element("Message")
        );
    }
    assert!(aws.state().topics[0].messages.is_empty());
    for form in [format!("Message=x&Subject={}", "s".repeat(99)), format!("Message={}", "x".repeat(262_144))]
    {
        assert_eq!(publish(&aws, &form).await.status, 200);
    }
}

#[tokio::test]
async fn a_topic_has_to_exist() {
    let aws = start(TOPIC).await;
    let form = "Message=x&TopicArn=arn:aws:sns:us-east-1:111122223333:other";
    let answer = query(&aws, "sns", "Publish", form).await;
    assert_eq!((answer.status, answer.element("Code")), (404, Some("NotFound")));
    assert_eq!(answer.element("Message"), Some("Topic does not exist"));
    for operation in ["Publish", "GetTopicAttributes"] {
        let answer = query(&aws, "sns", operation, "Message=x").await;
        assert_eq!((answer.status, answer.element("Code")), (400, Some("InvalidParameter")), "{operation}");
    }
}

#[tokio::test]
async fn a_topic_says_how_many_subscriptions_are_confirmed() {
    let aws = start(TOPIC).await;
    {
        let topic = &mut aws.state().topics[0];
        assert_eq!(topic.subscriptions_confirmed, 1, "unless said otherwise");
        (topic.subscriptions_confirmed, topic.subscriptions_pending) = (0, 2);
    }
    let form = "TopicArn=arn:aws:sns:us-east-1:111122223333:alerts";
    let answer = query(&aws, "sns", "GetTopicAttributes", form).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    for (name, value) in
        [("SubscriptionsConfirmed", "0"), ("SubscriptionsPending", "2"), ("Owner", "111122223333")]
    {
        let entry = format!("<entry><key>{name}</key><value>{value}</value></entry>");
        assert!(answer.body.contains(&entry), "{entry}: {answer:?}");
    }
    let other = query(&aws, "sns", "GetTopicAttributes", &form.replace("alerts", "other")).await;
    assert_eq!((other.status, other.element("Code")), (404, Some("NotFound")));
}
