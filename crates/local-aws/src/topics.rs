//! What SNS holds: topics with their subscriptions, and the messages published to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An SNS topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Topic {
    /// The topic's ARN.
    pub topic_arn: String,
    /// Confirmed subscriptions, which receive messages; 1 if left out.
    #[serde(default = "one")]
    pub subscriptions_confirmed: u32,
    /// Subscriptions that are not confirmed, for which messages are lost.
    #[serde(default)]
    pub subscriptions_pending: u32,
    /// What was published, in order, whether it arrived or not.
    #[serde(default)]
    pub messages: Vec<Message>,
}

impl Topic {
    /// A topic with one confirmed subscription.
    pub fn new(topic_arn: impl Into<String>) -> Self {
        Self {
            topic_arn: topic_arn.into(),
            subscriptions_confirmed: one(),
            subscriptions_pending: 0,
            messages: Vec::new(),
        }
    }
}

fn one() -> u32 {
    1
}

/// A published message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Message {
    /// The ID that `Publish` answered.
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
