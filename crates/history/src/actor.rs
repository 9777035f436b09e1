//! Who acted: the principal, its session, and the program that made the call.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::text::text;

/// Who made a call.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Actor {
    /// The ARN of the identity, for a role that of the role's session. Where the record has none: the service that
    /// acted by itself, or else the principal ID.
    pub by: Option<Arc<str>>,
    /// The temporary access key (`ASIA...`) of the session, if it was one.
    pub session: Option<Arc<str>>,
    /// `sourceIPAddress`: an address, or the service through which the call came.
    pub source_ip_address: Option<Arc<str>>,
    /// `userAgent`.
    pub user_agent: Option<Arc<str>>,
    /// `userIdentity.invokedBy`: the service that made the call on behalf of the identity.
    pub invoked_by: Option<Arc<str>>,
    /// The program.
    pub tool: Option<Tool>,
    /// The IAM user that acted, if it was one.
    pub(crate) user: Option<ActingUser>,
}

/// The IAM user that acted.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct ActingUser {
    pub(crate) user_id: Option<Arc<str>>,
    pub(crate) user_name: Option<Arc<str>>,
}

/// The program that made a call, if the record names it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Tool {
    /// AWS CloudFormation, for a stack.
    CloudFormation,
    /// AWS CloudFormation, for an app of the AWS CDK.
    Cdk,
    /// Terraform or OpenTofu.
    Terraform,
    /// Pulumi.
    Pulumi,
    /// The AWS CLI.
    AwsCli,
    /// The AWS Management Console.
    Console,
    /// An AWS SDK, in a program that does not name itself.
    AwsSdk,
}

impl Tool {
    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CloudFormation => "cloudformation",
            Self::Cdk => "cdk",
            Self::Terraform => "terraform",
            Self::Pulumi => "pulumi",
            Self::AwsCli => "aws-cli",
            Self::Console => "console",
            Self::AwsSdk => "aws-sdk",
        }
    }
}

/// Who acted, and with what: `arn:aws:iam::111122223333:user/alice with terraform`. Text from outside, not escaped.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.by.as_deref().unwrap_or("an unknown identity"))?;
        self.tool.map_or(Ok(()), |tool| write!(f, " with {}", tool.name()))
    }
}

impl Actor {
    /// Reads who acted from a record.
    pub(crate) fn read(record: &Value) -> Self {
        let identity = record.get("userIdentity").unwrap_or(&Value::Null);
        let named = |name| text(identity, name);
        let invoked_by = named("invokedBy");
        let is_user = identity.get("type").and_then(Value::as_str) == Some("IAMUser");
        let mut actor = Self {
            by: named("arn").or_else(|| invoked_by.clone()).or_else(|| named("principalId")),
            session: named("accessKeyId").filter(|id| id.starts_with("ASIA")),
            source_ip_address: text(record, "sourceIPAddress"),
            user_agent: text(record, "userAgent"),
            invoked_by,
            tool: None,
            user: is_user.then(|| ActingUser {
                user_id: named("principalId").filter(|id| id.starts_with("AIDA")),
                user_name: named("userName"),
            }),
        };
        let from_console = match record.get("sessionCredentialFromConsole") {
            Some(Value::String(text)) => text == "true",
            Some(Value::Bool(value)) => *value,
            _ => false,
        };
        actor.tool = actor.tool(from_console);
        actor
    }

    /// The program, from what it says of itself. What a user agent says is the caller's own word.
    fn tool(&self, from_console: bool) -> Option<Tool> {
        let says = |field: &Option<Arc<str>>, service: &str| field.as_deref() == Some(service);
        let through = |service: &str| {
            says(&self.invoked_by, service)
                || says(&self.user_agent, service)
                || says(&self.source_ip_address, service)
        };
        if through("cloudformation.amazonaws.com") {
            // the role that the CDK's bootstrap stack makes for deployments
            let role = self.by.as_deref().and_then(|arn| arn.split_once(":assumed-role/cdk-"));
            let is_cdk = role.is_some_and(|(_, role)| role.contains("-cfn-exec-role-"));
            return Some(if is_cdk { Tool::Cdk } else { Tool::CloudFormation });
        }
        let agent = self.user_agent.as_deref().unwrap_or_default();
        // CloudTrail puts the user agent of some calls in brackets
        let agent = agent.trim_start_matches('[');
        let has = |names: &[&str]| names.iter().any(|name| agent.contains(name));
        if has(&["Terraform/", "terraform-provider-aws", "OpenTofu/"]) {
            Some(Tool::Terraform)
        } else if has(&["Pulumi/", "pulumi/"]) {
            Some(Tool::Pulumi)
        } else if agent.starts_with("aws-cli/") {
            Some(Tool::AwsCli)
        } else if from_console
            || ["console.amazonaws.com", "console.aws.amazon.com", "signin.amazonaws.com"]
                .contains(&agent.trim_end_matches(']'))
        {
            Some(Tool::Console)
        } else if has(&["aws-sdk-", "Boto3/", "Botocore/"]) {
            Some(Tool::AwsSdk)
        } else {
            None
        }
    }

    /// Whether both calls were made by one principal, or in one session.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let same = |one: &Option<Arc<str>>, two: &Option<Arc<str>>| one.is_some() && one == two;
        same(&self.by, &other.by) || same(&self.session, &other.session)
    }
}
