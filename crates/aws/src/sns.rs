//! SNS: publishes alerts, and what became of access keys. A message that certainly reaches no one is not published: the
//! caller learns that, and does not count it as sent.

use aws_sdk_sns::config::Region;
use aws_sdk_sns::error::BuildError;
use aws_sdk_sns::types::MessageAttributeValue;
use setupkey_rule::alert::{Alert, Severity};
use setupkey_rule::event::RuleName;
use setupkey_rule::iam::AccountId;
use setupkey_rule::remediation::notice::Notice;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::clients::Aws;
use crate::error::{AwsError, call};

impl Aws {
    /// Publishes an alert, with attributes that filter policies can use. Returns whether it was published: `false` if the
    /// topic has no confirmed subscription.
    ///
    /// # Errors
    ///
    /// SNS did not take it.
    pub async fn publish(
        &self,
        topic_arn: &str,
        account_id: &AccountId,
        config_rule_name: &RuleName,
        alert: &Alert,
        until: Instant,
    ) -> Result<bool, AwsError> {
        let attributes = [
            ("account", "String", account_id.to_string()),
            ("rule", "String", config_rule_name.to_string()),
            ("severity", "String", alert.severity.to_string()),
            ("new", "Number", alert.new.to_string()),
            ("flagged", "Number", alert.flagged.to_string()),
        ];
        self.send(topic_arn, &alert.subject, &alert.message, attributes, until).await
    }

    /// Whether a message to the topic certainly reaches no one: SNS takes it, and no subscription is confirmed. If the
    /// attributes of the topic cannot be read, this is not certain.
    async fn reaches_no_one(&self, topic_arn: &str, until: Instant) -> bool {
        match self.has_confirmed_subscription(topic_arn, until).await {
            Ok(true) => false,
            Ok(false) => {
                warn!(topic_arn, "no confirmed subscription: nothing published");
                true
            }
            Err(error) => {
                info!(topic_arn, %error, "could not read whether a subscription is confirmed: the message is published");
                false
            }
        }
    }

    /// Reads whether a subscription is confirmed (GetTopicAttributes). Takes half of the time until `until` at most: where
    /// there is no answer, the message can still be published.
    async fn has_confirmed_subscription(&self, topic_arn: &str, until: Instant) -> Result<bool, AwsError> {
        const OPERATION: &str = "sns:GetTopicAttributes";
        const CONFIRMED: &str = "SubscriptionsConfirmed";
        let now = Instant::now();
        let until = now + until.saturating_duration_since(now) / 2;
        let send = self.sns.get_topic_attributes().topic_arn(topic_arn).customize();
        let answer = call(OPERATION, until, send.config_override(in_region_of(topic_arn)).send()).await?;
        let confirmed = answer.attributes().and_then(|attributes| attributes.get(CONFIRMED));
        let confirmed = confirmed.and_then(|count| count.parse::<u64>().ok());
        let missing = || AwsError::unexpected(OPERATION, format!("no number in `{CONFIRMED}`"));
        Ok(confirmed.ok_or_else(missing)? > 0)
    }

    /// Publishes what became of access keys. Returns whether it was published: `false` if the topic has no confirmed
    /// subscription.
    ///
    /// # Errors
    ///
    /// SNS did not take it.
    pub async fn publish_notice(
        &self,
        topic_arn: &str,
        notice: &Notice<'_>,
        until: Instant,
    ) -> Result<bool, AwsError> {
        let attributes = [
            ("account", "String", notice.function.account_id.to_string()),
            ("severity", "String", Severity::Low.to_string()),
            ("remediation", "String", notice.mode().to_string()),
        ];
        self.send(topic_arn, &notice.subject(), &notice.message(), attributes, until).await
    }

    async fn send(
        &self,
        topic_arn: &str,
        subject: &str,
        message: &str,
        attributes: impl IntoIterator<Item = (&'static str, &'static str, String)>,
        until: Instant,
    ) -> Result<bool, AwsError> {
        const OPERATION: &str = "sns:Publish";
        if self.reaches_no_one(topic_arn, until).await {
            return Ok(false);
        }
        let mut publish = self.sns.publish().topic_arn(topic_arn).subject(subject).message(message);
        for (name, data_type, value) in attributes {
            let attribute = MessageAttributeValue::builder().data_type(data_type).string_value(value).build();
            let attribute =
                attribute.map_err(|error: BuildError| AwsError::unexpected(OPERATION, error.to_string()))?;
            publish = publish.message_attributes(name, attribute);
        }
        let send = publish.customize().config_override(in_region_of(topic_arn)).send();
        call(OPERATION, until, send).await.map(|_| true)
    }
}

/// A topic is called in its own region; a topic that is no ARN is for SNS to refuse.
fn in_region_of(topic_arn: &str) -> aws_sdk_sns::config::Builder {
    let region = topic_arn.split(':').nth(3).filter(|region| !region.is_empty());
    let config = aws_sdk_sns::config::Builder::new();
    match region {
        Some(region) => config.region(Region::new(region.to_owned())),
        None => config,
    }
}
