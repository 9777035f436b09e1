//! The operations of SNS (API version 2010-03-31), with the limits that its model does not have: those of the SNS API
//! reference (Publish) and of the guide's page on message attributes. FIFO topics are not played.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::ServiceError;
use crate::query::{Answer, leaf, node, text};
use crate::service::Service;
use crate::state::State;
use crate::topics::{Message, MessageAttribute, Topic};

/// Bytes of UTF-8, attributes included (SNS API reference, Publish).
const LARGEST_MESSAGE: usize = 262_144;

pub(crate) fn answer(operation: &str, parameters: &Value, state: &mut State, id: &str) -> Answer {
    match operation {
        "Publish" => publish(parameters, state, id),
        "GetTopicAttributes" => get_topic_attributes(parameters, state),
        _ => Err(ServiceError::unknown_operation(Service::Sns, operation)),
    }
}

fn get_topic_attributes(parameters: &Value, state: &mut State) -> Answer {
    let topic = topic(parameters, state)?;
    let owner = topic.topic_arn.split(':').nth(4).unwrap_or_default();
    let attributes = [
        ("TopicArn", topic.topic_arn.clone()),
        ("Owner", owner.to_owned()),
        ("SubscriptionsConfirmed", topic.subscriptions_confirmed.to_string()),
        ("SubscriptionsPending", topic.subscriptions_pending.to_string()),
        ("SubscriptionsDeleted", "0".to_owned()),
    ];
    let entry = |(key, value)| node("entry", vec![leaf("key", key), leaf("value", value)]);
    Ok(vec![node("Attributes", attributes.map(entry).into())])
}

fn topic<'a>(parameters: &Value, state: &'a mut State) -> Result<&'a mut Topic, ServiceError> {
    let topic_arn = text(parameters, "TopicArn").ok_or_else(|| invalid("TopicArn"))?;
    let mut topics = state.topics.iter_mut();
    let topic = topics.find(|topic| topic.topic_arn == topic_arn);
    topic.ok_or_else(|| ServiceError::new(404, "NotFound", "Topic does not exist"))
}

fn publish(parameters: &Value, state: &mut State, id: &str) -> Answer {
    let message = text(parameters, "Message").unwrap_or_default();
    if message.is_empty() {
        return Err(invalid("Empty message"));
    }
    let subject = text(parameters, "Subject");
    if subject.is_some_and(|subject| !is_subject(subject)) {
        return Err(invalid("Subject"));
    }
    let message_attributes = message_attributes(parameters)?;
    let attributes = message_attributes.iter();
    let size = message.len()
        + subject.map_or(0, str::len)
        + attributes
            .map(|(name, value)| name.len() + value.data_type.len() + value.string_value.len())
            .sum::<usize>();
    if size > LARGEST_MESSAGE {
        return Err(invalid("Message too long"));
    }
    topic(parameters, state)?.messages.push(Message {
        message_id: id.to_owned(),
        subject: subject.map(str::to_owned),
        message: message.to_owned(),
        message_attributes,
    });
    Ok(vec![leaf("MessageId", id)])
}

/// ASCII text, beginning with a letter, number or punctuation mark, without line breaks or control characters,
/// less than 100 characters (SNS API reference, Publish).
fn is_subject(subject: &str) -> bool {
    subject.len() < 100
        && subject.chars().next().is_some_and(|first| first.is_ascii_graphic())
        && subject.chars().all(|c| c.is_ascii_graphic() || c == ' ')
}

fn message_attributes(parameters: &Value) -> Result<BTreeMap<String, MessageAttribute>, ServiceError> {
    let mut attributes = BTreeMap::new();
    for place in 1.. {
        let member = |member: &str| text(parameters, &format!("MessageAttributes.entry.{place}.{member}"));
        let Some(name) = member("Name") else { break };
        let data_type = member("Value.DataType").unwrap_or_default();
        let value = member("Value.StringValue").unwrap_or_default();
        check_attribute(name, data_type, value)?;
        let attribute = MessageAttribute { data_type: data_type.to_owned(), string_value: value.to_owned() };
        attributes.insert(name.to_owned(), attribute);
    }
    Ok(attributes)
}

fn check_attribute(name: &str, data_type: &str, value: &str) -> Result<(), ServiceError> {
    let is_name = (1..=256).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..");
    let fits = match data_type {
        "Number" => value.parse::<f64>().is_ok_and(f64::is_finite),
        "String" => !value.is_empty(),
        _ => false,
    };
    if is_name && fits {
        return Ok(());
    }
    let message =
        format!("The message attribute '{name}' of type '{data_type}' has an invalid name or value.");
    Err(ServiceError::new(400, "ParameterValueInvalid", message))
}

fn invalid(what: &str) -> ServiceError {
    ServiceError::new(400, "InvalidParameter", format!("Invalid parameter: {what}"))
}

#[cfg(test)]
mod tests;
