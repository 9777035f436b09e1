//! The event of AWS Config: wire text to types, once, at the door.
//!
//! The rule's parameters are in [`parameters`](crate::parameters); this module only hands on their text,
//! because whose event it is has to be known before anything else is believed.

pub(crate) mod fields;

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use thiserror::Error;

use self::fields::{
    ACCOUNT_ID, DETECTIVE, ITEM_STATUS, JSON_TEXT, TIME, USER_NAME, account, object, optional, required,
    secret, time, unaccepted,
};
use crate::evaluation::{IAM_USER, OrderingTimestamp};
use crate::facts::{UserId, UserName};

/// An event that was not understood.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum EventError {
    /// A text that should hold a JSON object does not.
    #[error("`{field}` is `{value}`, expected a JSON object: {reason}")]
    NotAnObject {
        /// `event`, or the name of the field.
        field: &'static str,
        /// The text, cut.
        value: String,
        /// What the JSON reader says.
        reason: String,
    },
    /// A field is missing or empty.
    #[error("`{field}` is missing, expected {expected}")]
    Missing {
        /// The field.
        field: &'static str,
        /// What is accepted.
        expected: &'static str,
    },
    /// The value of a field is not accepted.
    #[error("`{field}` is `{value}`, expected {expected}")]
    Value {
        /// The field.
        field: &'static str,
        /// The value, cut.
        value: String,
        /// What is accepted.
        expected: &'static str,
    },
}

/// One invocation by AWS Config.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RuleInvocation {
    /// The account that owns the rule: 12 digits.
    pub account_id: String,
    /// The other accounts that the event names, by field; all have to be the same.
    pub named_accounts: Vec<(&'static str, String)>,
    /// The name of the rule as deployed: packs and organization rules add to it.
    pub config_rule_name: String,
    /// What PutEvaluations wants back.
    pub result_token: ResultToken,
    /// The text of the rule's parameters.
    pub rule_parameters: Option<String>,
    /// What triggered the invocation.
    pub invoking_event: InvokingEvent,
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
    /// Any other message type.
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
    /// The resource id.
    pub resource_id: String,
    /// When the configuration item was captured: can be long before the event, AWS Config sends all items
    /// again when a rule is created.
    pub captured: OrderingTimestamp,
    /// When AWS Config sent the event, where it says so.
    pub created: Option<DateTime<Utc>>,
    /// What the rule has to do.
    pub subject: Subject,
}

/// What a change is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Subject {
    /// An IAM user who existed when the item was captured.
    User {
        /// The id.
        user_id: UserId,
        /// The name then; the user may have another one by now.
        user_name: UserName,
    },
    /// Nothing that the rule speaks about, and why.
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

/// The opaque token that ties evaluations to an invocation. Never logged: `Debug` hides it, and there is
/// no `Display`.
#[derive(Clone, Eq, PartialEq)]
pub struct ResultToken(String);

impl ResultToken {
    /// The token, for PutEvaluations only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether this is a trial: the token `TESTMODE` is the convention of the AWS Config Rules
    /// Development Kit, and stands for a call that stores nothing.
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
    /// The text is no JSON object, or a field is missing or not accepted; the error names the field, the
    /// value and what is accepted. An unknown message type is no error here.
    pub fn parse(text: &str) -> Result<Self, EventError> {
        let event = object("event", text)?;
        let account_id = account(&event, "accountId")?
            .ok_or(EventError::Missing { field: "accountId", expected: ACCOUNT_ID })?;
        let config_rule_name = required(&event, "configRuleName", "the name of the rule")?;
        let result_token = ResultToken(secret(&event)?);
        let left_scope = match event.get("eventLeftScope") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(left)) => *left,
            Some(other) => return Err(unaccepted("eventLeftScope", other, "`true` or `false`")),
        };
        // a detective rule is never asked about resources that do not exist yet
        if let Some(mode) = optional(&event, "evaluationMode", DETECTIVE)?
            && mode != "DETECTIVE"
        {
            return Err(unaccepted("evaluationMode", &Value::String(mode), DETECTIVE));
        }
        let rule_parameters = match event.get("ruleParameters") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => return Err(unaccepted("ruleParameters", other, "a text that holds JSON")),
        };

        let message = object("invokingEvent", &required(&event, "invokingEvent", JSON_TEXT)?)?;
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
    pub fn foreign_account(&self, own: &str) -> Option<(&'static str, &str)> {
        let named = self.named_accounts.iter().map(|(field, id)| (*field, id.as_str()));
        [("accountId", self.account_id.as_str())].into_iter().chain(named).find(|(_, id)| *id != own)
    }
}

fn invoking_event(
    message: &Map<String, Value>,
    left_scope: bool,
    named_accounts: &mut Vec<(&'static str, String)>,
) -> Result<InvokingEvent, EventError> {
    let message_type = required(message, "messageType", "a message type of AWS Config")?;
    let item = match message_type.as_str() {
        "ScheduledNotification" => {
            let created = time(message, "notificationCreationTime")?
                .ok_or(EventError::Missing { field: "notificationCreationTime", expected: TIME })?;
            return Ok(InvokingEvent::Scheduled { created });
        }
        "ConfigurationItemChangeNotification" => "configurationItem",
        "OversizedConfigurationItemChangeNotification" => "configurationItemSummary",
        _ => return Ok(InvokingEvent::Unknown { message_type }),
    };
    let item = match message.get(item) {
        Some(Value::Object(fields)) => fields,
        None | Some(Value::Null) => {
            return Err(EventError::Missing { field: item, expected: "a JSON object" });
        }
        Some(other) => return Err(unaccepted(item, other, "a JSON object")),
    };
    named_accounts.extend(account(item, "awsAccountId")?.map(|id| ("configurationItem.awsAccountId", id)));
    Ok(InvokingEvent::Change(Change {
        resource_type: required(item, "resourceType", "a resource type of AWS Config")?,
        resource_id: required(item, "resourceId", "a resource id")?,
        captured: OrderingTimestamp(
            time(item, "configurationItemCaptureTime")?
                .ok_or(EventError::Missing { field: "configurationItemCaptureTime", expected: TIME })?,
        ),
        created: time(message, "notificationCreationTime")?,
        subject: subject(item, left_scope)?,
    }))
}

fn subject(item: &Map<String, Value>, left_scope: bool) -> Result<Subject, EventError> {
    let not_applicable = |reason: String| Ok(Subject::NotApplicable { reason });
    let resource_type = required(item, "resourceType", "a resource type of AWS Config")?;
    if resource_type != IAM_USER {
        return not_applicable(format!("resource type {resource_type}"));
    }
    if left_scope {
        return not_applicable("the user left the scope".to_owned());
    }
    let status = required(item, "configurationItemStatus", ITEM_STATUS)?;
    match status.as_str() {
        "OK" | "ResourceDiscovered" => {}
        "ResourceDeleted" | "ResourceDeletedNotRecorded" => {
            return not_applicable("the user is deleted".to_owned());
        }
        "ResourceNotRecorded" => return not_applicable("the user is not recorded".to_owned()),
        _ => return Err(unaccepted("configurationItemStatus", &Value::String(status), ITEM_STATUS)),
    }
    let user_id = UserId::parse(required(item, "resourceId", "a user id")?)
        .map_err(|_| unaccepted("resourceId", item.get("resourceId").unwrap_or(&Value::Null), "a user id"))?;
    let name = match optional(item, "resourceName", USER_NAME)? {
        Some(name) => name,
        None => {
            let arn = required(item, "ARN", "the ARN of an IAM user, as `resourceName` is missing")?;
            arn.rsplit('/').next().unwrap_or_default().to_owned()
        }
    };
    let user_name = UserName::parse(name.clone())
        .map_err(|_| unaccepted("resourceName", &Value::String(name), USER_NAME))?;
    Ok(Subject::User { user_id, user_name })
}

#[cfg(test)]
mod tests;
