//! SNS: publishes alerts, and what became of access keys.

use aws_sdk_sns::config::Region;
use aws_sdk_sns::error::BuildError;
use aws_sdk_sns::types::MessageAttributeValue;
use setupkey_rule::alert::{Alert, Severity};
use setupkey_rule::remediation::notice::Notice;

use crate::clients::Aws;
use crate::error::AwsError;

impl Aws {
    /// Publishes an alert, with attributes that filter policies can use.
    ///
    /// # Errors
    ///
    /// SNS did not take it.
    pub async fn publish(
        &self,
        topic_arn: &str,
        account_id: &str,
        config_rule_name: &str,
        alert: &Alert,
    ) -> Result<(), AwsError> {
        let attributes = [
            ("account", "String", account_id.to_owned()),
            ("rule", "String", config_rule_name.to_owned()),
            ("severity", "String", alert.severity.to_string()),
            ("new", "Number", alert.new.to_string()),
            ("flagged", "Number", alert.flagged.to_string()),
        ];
        self.send(topic_arn, &alert.subject, &alert.message, attributes).await
    }

    /// Publishes what became of access keys.
    ///
    /// # Errors
    ///
    /// SNS did not take it.
    pub async fn publish_notice(&self, topic_arn: &str, notice: &Notice<'_>) -> Result<(), AwsError> {
        let attributes = [
            ("account", "String", notice.function.account_id.clone()),
            ("severity", "String", Severity::Low.to_string()),
            ("remediation", "String", notice.mode.to_string()),
        ];
        self.send(topic_arn, &notice.subject(), &notice.message(), attributes).await
    }

    async fn send(
        &self,
        topic_arn: &str,
        subject: &str,
        message: &str,
        attributes: impl IntoIterator<Item = (&'static str, &'static str, String)>,
    ) -> Result<(), AwsError> {
        const OPERATION: &str = "sns:Publish";
        let mut call = self.sns.publish().topic_arn(topic_arn).subject(subject).message(message);
        for (name, data_type, value) in attributes {
            let attribute = MessageAttributeValue::builder().data_type(data_type).string_value(value).build();
            let attribute =
                attribute.map_err(|error: BuildError| AwsError::unexpected(OPERATION, error.to_string()))?;
            call = call.message_attributes(name, attribute);
        }
        let call = call.customize();
        // a topic is published to in its own region; a topic that is no ARN is for SNS to refuse
        let region = topic_arn.split(':').nth(3).filter(|region| !region.is_empty());
        let call = match region {
            Some(region) => call
                .config_override(aws_sdk_sns::config::Builder::new().region(Region::new(region.to_owned()))),
            None => call,
        };
        call.send().await.map(drop).map_err(|error| AwsError::new(OPERATION, &error))
    }
}
