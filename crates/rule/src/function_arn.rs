//! The ARN of the function: whose events it believes, and where people look at its rule.

use thiserror::Error;

/// The ARN of the function, as far as the rule needs it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FunctionArn {
    /// `aws`, `aws-cn`, `aws-us-gov` or another.
    pub partition: String,
    /// The region.
    pub region: String,
    /// The account that the function may speak about.
    pub account_id: String,
}

/// An ARN that is not a function's.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("the invoked function ARN is `{0}`, expected `arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME`")]
pub struct FunctionArnError(String);

impl FunctionArn {
    /// Reads the ARN that Lambda tells with each invocation.
    ///
    /// # Errors
    ///
    /// The text is no function ARN.
    pub fn parse(text: &str) -> Result<Self, FunctionArnError> {
        let mut parts = text.split(':');
        match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("arn"), Some(partition), Some("lambda"), Some(region), Some(account), Some("function")) => {
                Ok(Self {
                    partition: partition.to_owned(),
                    region: region.to_owned(),
                    account_id: account.to_owned(),
                })
            }
            _ => Err(FunctionArnError(text.to_owned())),
        }
    }

    /// The page of the rule in the AWS Config console.
    pub(crate) fn console_link(&self, config_rule_name: &str) -> String {
        let region = &self.region;
        let host = match self.partition.as_str() {
            "aws-cn" => format!("{region}.console.amazonaws.cn"),
            "aws-us-gov" => "console.amazonaws-us-gov.com".to_owned(),
            _ => format!("{region}.console.aws.amazon.com"),
        };
        format!("https://{host}/config/home?region={region}#/rules/details?configRuleName={config_rule_name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn function_arn_is_read_in_every_partition() {
        let link = |arn| FunctionArn::parse(arn).unwrap().console_link("r");
        assert_eq!(
            link("arn:aws-cn:lambda:cn-north-1:111122223333:function:f"),
            "https://cn-north-1.console.amazonaws.cn/config/home?region=cn-north-1#/rules/details?configRuleName=r"
        );
        assert_eq!(
            link("arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:f:live"),
            "https://console.amazonaws-us-gov.com/config/home?region=us-gov-west-1#/rules/details?configRuleName=r"
        );
        for text in ["", "arn:aws:lambda:us-east-1", "arn:aws:iam::111122223333:user/elise"] {
            let error = FunctionArn::parse(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("the invoked function ARN is `{text}`, expected")), "{error}");
        }
    }
}
