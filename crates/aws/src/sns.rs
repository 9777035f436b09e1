//! SNS: publishes alerts.

use aws_sdk_sns::config::Region;
use aws_sdk_sns::error::BuildError;
use aws_sdk_sns::types::MessageAttributeValue;
use setupkey_rule::alert::Alert;

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
        const OPERATION: &str = "sns:Publish";
        let attribute = |data_type: &str, value: String| {
            MessageAttributeValue::builder()
                .data_type(data_type)
                .string_value(value)
                .build()
                .map_err(|error: BuildError| AwsError::unexpected(OPERATION, error.to_string()))
        };
        let call = self
            .sns
            .publish()
            .topic_arn(topic_arn)
            .subject(&alert.subject)
            .message(&alert.message)
            .message_attributes("account", attribute("String", account_id.to_owned())?)
            .message_attributes("rule", attribute("String", config_rule_name.to_owned())?)
            .message_attributes("severity", attribute("String", alert.severity.to_string())?)
            .message_attributes("new", attribute("Number", alert.new.to_string())?)
            .message_attributes("flagged", attribute("Number", alert.flagged.to_string())?)
            .customize();
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
