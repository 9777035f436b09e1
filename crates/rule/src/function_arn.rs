//! The ARN of the function: whose events it believes, and where people look at its rule.

use crate::event::RuleName;
use crate::iam::AccountId;
use crate::input::InvalidInput;

/// The ARN of the function, as far as the rule needs it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FunctionArn {
    /// `aws`, `aws-cn`, `aws-us-gov` or another.
    pub partition: String,
    /// The region.
    pub region: String,
    /// The account whose users the function evaluates.
    pub account_id: AccountId,
}

const EXPECTED: &str = "`arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME`";

impl FunctionArn {
    /// Reads the ARN that Lambda passes with each invocation.
    ///
    /// # Errors
    ///
    /// The text is no function ARN.
    pub fn parse(text: &str) -> Result<Self, InvalidInput> {
        let mut parts = text.split(':');
        match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("arn"), Some(partition), Some("lambda"), Some(region), Some(account), Some("function")) => {
                Ok(Self {
                    partition: partition.to_owned(),
                    region: region.to_owned(),
                    account_id: AccountId::parse(account)?,
                })
            }
            _ => Err(InvalidInput::new("invokedFunctionArn", text, EXPECTED)),
        }
    }

    /// The page of the rule in the AWS Config console.
    pub(crate) fn console_link(&self, config_rule_name: &RuleName) -> String {
        let region = &self.region;
        let host = match self.partition.as_str() {
            "aws-cn" => format!("{region}.console.amazonaws.cn"),
            "aws-us-gov" => "console.amazonaws-us-gov.com".to_owned(),
            _ => format!("{region}.console.aws.amazon.com"),
        };
        let name = percent_encoded(config_rule_name.as_str());
        format!("https://{host}/config/home?region={region}#/rules/details?configRuleName={name}")
    }
}

/// The text with everything encoded that is not unreserved in a URI (RFC 3986, section 2.3).
fn percent_encoded(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::rule_name;

    fn link(arn: &str, name: &str) -> String {
        FunctionArn::parse(arn).unwrap().console_link(&rule_name(name))
    }

    #[test]
    fn console_link_follows_the_partition() {
        for (arn, expected) in [
            (
                "arn:aws:lambda:us-east-1:111122223333:function:f",
                "https://us-east-1.console.aws.amazon.com/config/home?region=us-east-1#/rules/details?configRuleName=r",
            ),
            (
                "arn:aws-cn:lambda:cn-north-1:111122223333:function:f",
                "https://cn-north-1.console.amazonaws.cn/config/home?region=cn-north-1#/rules/details?configRuleName=r",
            ),
            (
                "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:f:live",
                "https://console.amazonaws-us-gov.com/config/home?region=us-gov-west-1#/rules/details?configRuleName=r",
            ),
        ] {
            assert_eq!(link(arn, "r"), expected);
        }
    }

    #[test]
    fn console_link_encodes_the_name_of_the_rule() {
        for (name, expected) in [
            ("iam-user_no.setup~access-key1", "iam-user_no.setup~access-key1"),
            ("two words", "two%20words"),
            ("a&b=c", "a%26b%3Dc"),
            ("#?/+%", "%23%3F%2F%2B%25"),
            ("\u{30ad}\u{30fc}", "%E3%82%AD%E3%83%BC"),
        ] {
            let link = link("arn:aws:lambda:us-east-1:111122223333:function:f", name);
            assert_eq!(link.split_once("?configRuleName=").unwrap().1, expected, "{name}");
        }
    }

    #[test]
    fn text_that_is_no_function_arn_is_refused() {
        for text in ["", "arn:aws:lambda:us-east-1", "arn:aws:iam::111122223333:user/elise"] {
            assert_eq!(
                FunctionArn::parse(text).unwrap_err().to_string(),
                format!(
                    "`invokedFunctionArn` is `{text}`, expected `arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME`"
                )
            );
        }
        let foreign = FunctionArn::parse("arn:aws:lambda:us-east-1:1234:function:f").unwrap_err().to_string();
        assert!(foreign.ends_with("is `1234`, expected an account ID of 12 digits"), "{foreign}");
    }
}
