//! The event of AWS Config: wire text to types, once, at the door.
//!
//! The rule's parameters are in [`parameters`](crate::parameters); this module only hands on their text, because whose
//! event it is must be known before anything else is believed.

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::evaluation::{IAM_USER, OrderingTimestamp};
use crate::iam::{AccountId, UserId, UserName};
use crate::input::{Fields, InvalidInput, quoted, shown};

/// The name of a rule has at most this many characters (AWS Config API reference, ConfigRule).
const MAX_RULE_NAME: usize = 128;

/// The type and the ID of a resource have at most this many characters (AWS Config API reference, Evaluation).
const MAX_RESOURCE_TYPE: usize = 256;
const MAX_RESOURCE_ID: usize = 768;

/// One invocation by AWS Config.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RuleInvocation {
    /// The account that owns the rule.
    pub account_id: AccountId,
    /// The other accounts that the event names, by field; all must be the same.
    pub named_accounts: Vec<(&'static str, AccountId)>,
    /// The name of the rule as deployed: packs and organization rules add to it.
    pub config_rule_name: RuleName,
    /// What PutEvaluations wants back.
    pub result_token: ResultToken,
    /// The text of the rule's parameters.
    pub rule_parameters: Option<String>,
    /// What triggered the invocation.
    pub invoking_event: InvokingEvent,
}

/// The name of a rule: one line of at most 128 characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RuleName(String);

impl RuleName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What triggered an invocation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum InvokingEvent {
    /// `ScheduledNotification`: evaluate all users.
    Scheduled {
        /// When AWS Config sent it.
        created: DateTime<Utc>,
    },
    /// `ConfigurationItemChangeNotification` or its oversized form: evaluate one resource.
    Change(Change),
    /// Any other message type, cut.
    Unknown {
        /// The message type.
        message_type: String,
    },
}

/// A change of one resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// The resource type.
    pub resource_type: String,
    /// The resource ID.
    pub resource_id: String,
    /// When the configuration item was captured. It can be long before the event: AWS Config sends all items again when
    /// a rule is created.
    pub captured: OrderingTimestamp,
    /// When AWS Config sent the event, where it says so.
    pub created: Option<DateTime<Utc>>,
    /// What the change is about.
    pub subject: Subject,
}

/// What a change is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Subject {
    /// An IAM user who may exist.
    User {
        /// The ID.
        user_id: UserId,
        /// The name at the time of the item; the user may have another one by now.
        user_name: UserName,
    },
    /// Nothing to evaluate, and why.
    NotApplicable {
        /// The reason.
        reason: String,
    },
}

/// The message types that the rule understands (AWS Config API reference, MessageType).
pub const MESSAGE_TYPES: [&str; 3] = [
    "ScheduledNotification",
    "ConfigurationItemChangeNotification",
    "OversizedConfigurationItemChangeNotification",
];

/// The opaque token that ties evaluations to an invocation. Never logged: `Debug` hides it, and there is no `Display`.
#[derive(Clone, Eq, PartialEq)]
pub struct ResultToken(String);

impl ResultToken {
    /// The token, for PutEvaluations only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether this is a test: the token `TESTMODE` is the convention of the AWS Config Rules Development Kit, and stands
    /// for a call that stores nothing.
    #[must_use]
    pub fn is_test_mode(&self) -> bool {
        self.0 == "TESTMODE"
    }
}

impl fmt::Debug for ResultToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResultToken(hidden)")
    }
}

impl RuleInvocation {
    /// Reads the text that Lambda hands over.
    ///
    /// # Errors
    ///
    /// The text is no JSON object, or a field is missing or not accepted. An unknown message type is no error here.
    pub fn parse(text: &str) -> Result<Self, InvalidInput> {
        let event = Fields::parse("event", text)?;
        let account_id =
            account(&event, "accountId")?.ok_or_else(|| InvalidInput::missing("accountId", ACCOUNT_ID))?;
        let config_rule_name = RuleName(event.line("configRuleName", MAX_RULE_NAME)?);
        let result_token = ResultToken(result_token(&event)?);
        let left_scope = match event.0.get("eventLeftScope") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(left)) => *left,
            Some(other) => {
                return Err(InvalidInput::new("eventLeftScope", &shown(other), "`true` or `false`"));
            }
        };
        // a detective rule is never asked about resources that do not exist yet
        if let Some(mode) = event.optional("evaluationMode", DETECTIVE)?
            && mode != "DETECTIVE"
        {
            return Err(InvalidInput::new("evaluationMode", &mode, DETECTIVE));
        }
        let rule_parameters = match event.0.get("ruleParameters") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => {
                return Err(InvalidInput::new("ruleParameters", &shown(other), "a text that holds JSON"));
            }
        };

        let message = Fields::parse("invokingEvent", &event.required("invokingEvent", JSON_TEXT)?)?;
        let mut named_accounts = Vec::new();
        named_accounts.extend(account(&message, "awsAccountId")?.map(|id| ("awsAccountId", id)));
        let invoking_event = invoking_event(&message, left_scope, &mut named_accounts)?;
        Ok(Self {
            account_id,
            named_accounts,
            config_rule_name,
            result_token,
            rule_parameters,
            invoking_event,
        })
    }

    /// The first account that the event names and that is not `own`, with the field that names it.
    #[must_use]
    pub fn foreign_account(&self, own: &AccountId) -> Option<(&'static str, &AccountId)> {
        let named = self.named_accounts.iter().map(|(field, id)| (*field, id));
        [("accountId", &self.account_id)].into_iter().chain(named).find(|(_, id)| *id != own)
    }
}

fn account(fields: &Fields, field: &'static str) -> Result<Option<AccountId>, InvalidInput> {
    let Some(id) = fields.optional(field, ACCOUNT_ID)? else { return Ok(None) };
    AccountId::parse(id).map(Some).map_err(|error| error.of(field))
}

fn result_token(event: &Fields) -> Result<String, InvalidInput> {
    const EXPECTED: &str = "the token that AWS Config gives";
    match event.0.get("resultToken") {
        Some(Value::String(_)) | None | Some(Value::Null) => event.required("resultToken", EXPECTED),
        Some(_) => Err(InvalidInput::new("resultToken", "hidden", EXPECTED)),
    }
}

fn invoking_event(
    message: &Fields,
    left_scope: bool,
    named_accounts: &mut Vec<(&'static str, AccountId)>,
) -> Result<InvokingEvent, InvalidInput> {
    let message_type = message.required("messageType", "a message type of AWS Config")?;
    let item = match message_type.as_str() {
        "ScheduledNotification" => {
            let created = message.required_time("notificationCreationTime")?;
            return Ok(InvokingEvent::Scheduled { created });
        }
        "ConfigurationItemChangeNotification" => "configurationItem",
        "OversizedConfigurationItemChangeNotification" => "configurationItemSummary",
        other => return Ok(InvokingEvent::Unknown { message_type: quoted(other) }),
    };
    let item = message.object(item)?;
    named_accounts.extend(account(&item, "awsAccountId")?.map(|id| ("configurationItem.awsAccountId", id)));
    let resource_type = item.line("resourceType", MAX_RESOURCE_TYPE)?;
    Ok(InvokingEvent::Change(Change {
        subject: subject(&item, &resource_type, left_scope)?,
        resource_type,
        resource_id: item.line("resourceId", MAX_RESOURCE_ID)?,
        captured: OrderingTimestamp(item.required_time("configurationItemCaptureTime")?),
        created: message.time("notificationCreationTime")?,
    }))
}

fn subject(item: &Fields, resource_type: &str, left_scope: bool) -> Result<Subject, InvalidInput> {
    let not_applicable = |reason: &str| Ok(Subject::NotApplicable { reason: reason.to_owned() });
    if resource_type != IAM_USER {
        return not_applicable(&format!("resource type {}", quoted(resource_type)));
    }
    if left_scope {
        return not_applicable("the user left the scope of the rule");
    }
    let status = item.required("configurationItemStatus", ITEM_STATUS)?;
    match status.as_str() {
        // An item that is not recorded says nothing about the user, who is judged live like any other. Taken for a
        // deletion, it let anyone who may stop the recorder clear a finding.
        "OK" | "ResourceDiscovered" | "ResourceNotRecorded" => {}
        "ResourceDeleted" | "ResourceDeletedNotRecorded" => return not_applicable("the user is deleted"),
        _ => return Err(InvalidInput::new("configurationItemStatus", &status, ITEM_STATUS)),
    }
    let id = item.required("resourceId", "a user ID")?;
    let user_id = UserId::parse(id).map_err(|error| error.of("resourceId"))?;
    let name = match item.optional("resourceName", USER_NAME)? {
        Some(name) => name,
        None => {
            let arn = item.required("ARN", "the ARN of an IAM user, because `resourceName` is missing")?;
            arn.rsplit('/').next().unwrap_or_default().to_owned()
        }
    };
    let user_name = UserName::parse(name).map_err(|error| error.of("resourceName"))?;
    Ok(Subject::User { user_id, user_name })
}

const ACCOUNT_ID: &str = "an account ID of 12 digits";
const DETECTIVE: &str = "`DETECTIVE`";
const ITEM_STATUS: &str = "`OK`, `ResourceDiscovered`, `ResourceNotRecorded`, `ResourceDeleted` or \
                           `ResourceDeletedNotRecorded`";
const JSON_TEXT: &str = "a text that holds a JSON object";
const USER_NAME: &str = "the name of an IAM user";

#[cfg(test)]
mod tests;
