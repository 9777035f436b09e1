//! SNS (API version 2010-03-31): topics, the messages published to them, and `Publish` with its limits,
//! which are those of the SNS API reference (Publish) and the guide's page on message attributes. Nothing is
//! delivered; FIFO topics are not played.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ServiceError;
use crate::query::{Element, leaf, text};
use crate::request::Service;
use crate::state::State;

/// An SNS topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Topic {
    /// The topic's ARN.
    pub topic_arn: String,
    /// What was published, in order.
    #[serde(default)]
    pub messages: Vec<Message>,
}

/// A published message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Message {
    /// The id that `Publish` answered.
    pub message_id: String,
    /// The subject of an email.
    #[serde(default)]
    pub subject: Option<String>,
    /// The body.
    pub message: String,
    /// The attributes by name.
    #[serde(default)]
    pub message_attributes: BTreeMap<String, MessageAttribute>,
}

/// An attribute of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MessageAttribute {
    /// String, String.Array, Number or Binary.
    pub data_type: String,
    /// The value; base64 text if it is binary.
    pub string_value: String,
}

/// Bytes of UTF-8, attributes included (SNS API reference, Publish).
const LARGEST_MESSAGE: usize = 262_144;

pub(crate) fn answer(
    operation: &str,
    parameters: &Value,
    state: &mut State,
    id: &str,
) -> Result<Vec<Element>, ServiceError> {
    match operation {
        "Publish" => publish(parameters, state, id),
        _ => Err(ServiceError::unknown_operation(Service::Sns, operation)),
    }
}

fn publish(parameters: &Value, state: &mut State, id: &str) -> Result<Vec<Element>, ServiceError> {
    let Some(topic_arn) = text(parameters, "TopicArn").or_else(|| text(parameters, "TargetArn")) else {
        return Err(invalid("TopicArn or TargetArn Reason: no value for required parameter"));
    };
    let is_topic = topic_arn.starts_with("arn:aws") && topic_arn.split(':').nth(2) == Some("sns");
    if !is_topic || topic_arn.split(':').count() != 6 {
        return Err(invalid("TopicArn"));
    }
    let message =
        text(parameters, "Message").ok_or_else(|| ServiceError::missing(Service::Sns, "message"))?;
    if message.is_empty() {
        return Err(invalid("Empty message"));
    }
    let subject = text(parameters, "Subject");
    if subject.is_some_and(|subject| !is_subject(subject)) {
        return Err(invalid("Subject"));
    }
    check_structure(text(parameters, "MessageStructure"), message)?;
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
    let Some(topic) = state.topics.iter_mut().find(|topic| topic.topic_arn == topic_arn) else {
        return Err(ServiceError::new(404, "NotFound", "Topic does not exist"));
    };
    topic.messages.push(Message {
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

fn check_structure(structure: Option<&str>, message: &str) -> Result<(), ServiceError> {
    match structure {
        None => Ok(()),
        Some("json") => match serde_json::from_str::<Value>(message) {
            Err(_) => Err(invalid("Message Structure - JSON message body failed to parse")),
            Ok(body) if !body.get("default").is_some_and(Value::is_string) => {
                Err(invalid("Message Structure - No default entry in JSON message body"))
            }
            Ok(_) => Ok(()),
        },
        Some(_) => Err(invalid("MessageStructure")),
    }
}

fn message_attributes(parameters: &Value) -> Result<BTreeMap<String, MessageAttribute>, ServiceError> {
    let mut attributes = BTreeMap::new();
    for place in 1.. {
        let member = |member: &str| text(parameters, &format!("MessageAttributes.entry.{place}.{member}"));
        let Some(name) = member("Name") else { break };
        let data_type = member("Value.DataType").unwrap_or_default();
        let value = match data_type {
            "Binary" => member("Value.BinaryValue"),
            _ => member("Value.StringValue"),
        };
        let value = value.unwrap_or_default();
        check_attribute(name, data_type, value)?;
        let attribute = MessageAttribute { data_type: data_type.to_owned(), string_value: value.to_owned() };
        if attributes.insert(name.to_owned(), attribute).is_some() {
            return Err(refused(format!("Duplicate message attribute name '{name}'.")));
        }
    }
    Ok(attributes)
}

fn check_attribute(name: &str, data_type: &str, value: &str) -> Result<(), ServiceError> {
    let lower = name.to_ascii_lowercase();
    let is_name = (1..=256).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !lower.starts_with("aws.")
        && !lower.starts_with("amazon.");
    if !is_name {
        return Err(refused(format!("The message attribute name '{name}' is invalid.")));
    }
    if !["String", "String.Array", "Number", "Binary"].contains(&data_type) {
        return Err(refused(format!(
            "The message attribute '{name}' has an invalid message attribute type '{data_type}'."
        )));
    }
    if value.is_empty() {
        return Err(refused(format!(
            "The message attribute '{name}' must contain non-empty message attribute value for message attribute type '{data_type}'."
        )));
    }
    let fits = match data_type {
        "Number" => value.parse::<f64>().is_ok_and(f64::is_finite),
        "String.Array" => serde_json::from_str::<Vec<Value>>(value).is_ok(),
        _ => true,
    };
    if fits {
        Ok(())
    } else {
        Err(refused(format!("Could not cast message attribute '{name}' value to {data_type}.")))
    }
}

fn invalid(what: &str) -> ServiceError {
    ServiceError::new(400, "InvalidParameter", format!("Invalid parameter: {what}"))
}

fn refused(message: String) -> ServiceError {
    ServiceError::new(400, "ParameterValueInvalid", message)
}

#[cfg(test)]
mod tests;
