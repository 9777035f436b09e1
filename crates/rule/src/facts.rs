//! What is known of an IAM user: the user, the access keys, the console password.
//!
//! Facts are added as they are read, from whichever source; what they mean is decided in
//! [`decision`](crate::decision).

use std::fmt;

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::report::Reported;

/// A name or id that AWS could not have given.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{what} is `{value}`, expected {expected}")]
pub struct IdentifierError {
    what: &'static str,
    value: String,
    expected: &'static str,
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal, $length:expr, $also:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as AWS gives it.
            ///
            /// # Errors
            ///
            /// The length or a character is not what the IAM API reference allows.
            pub fn parse(text: impl Into<String>) -> Result<Self, IdentifierError> {
                let text = text.into();
                let allowed = |c: char| c.is_ascii_alphanumeric() || $also.contains(c);
                if $length.contains(&text.len()) && text.chars().all(allowed) {
                    Ok(Self(text))
                } else {
                    Err(IdentifierError { what: $what, value: text, expected: $expected })
                }
            }

            /// The text as AWS gave it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier!(
    /// The friendly name of an IAM user: what IAM calls take, and what can be given to another user later.
    UserName, "user name", (1..=128), "_+=,.@-",
    "1 to 128 characters of letters, digits and `_+=,.@-` (IAM API reference, User)"
);
identifier!(
    /// The unique id of an IAM user (`AIDA...`): what AWS Config stores, never given twice.
    UserId, "user id", (16..=128), "_",
    "16 to 128 letters, digits and `_` (IAM API reference, User)"
);
identifier!(
    /// The id of an access key (`AKIA...`). Not a secret, but not for every reader of AWS Config either.
    AccessKeyId, "access key id", (16..=128), "_",
    "16 to 128 letters, digits and `_` (IAM API reference, AccessKeyMetadata)"
);

impl AccessKeyId {
    /// The last four characters: enough to tell a user's keys apart, all that an annotation may show.
    #[must_use]
    pub fn last_four(&self) -> &str {
        // the characters are ASCII, so a byte offset is a character boundary
        self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default()
    }
}

/// An IAM user as ListUsers and GetUser give it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IamUser {
    /// The name.
    pub user_name: UserName,
    /// The unique id.
    pub user_id: UserId,
    /// The ARN, path included.
    pub arn: String,
    /// When the user was created; AWS gives whole seconds.
    pub create_date: DateTime<Utc>,
}

/// The status of an access key (IAM API reference, AccessKeyMetadata).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AccessKeyStatus {
    /// Can sign calls.
    Active,
    /// Cannot, until it is activated again.
    Inactive,
    /// Cannot any more.
    Expired,
}

impl fmt::Display for AccessKeyStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Expired => "expired",
        })
    }
}

/// An access key as ListAccessKeys gives it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccessKey {
    /// The id.
    pub access_key_id: AccessKeyId,
    /// The status.
    pub status: AccessKeyStatus,
    /// When the key was created; AWS gives whole seconds.
    pub create_date: DateTime<Utc>,
}

/// The last use of an access key, as far as AWS tracks it (since 2015-04-22; IAM API reference,
/// AccessKeyLastUsed).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LastUsed {
    /// AWS knows of no use.
    Never,
    /// The key was used then.
    At(DateTime<Utc>),
}

impl fmt::Display for LastUsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Never => "never used",
            Self::At(_) => "used",
        })
    }
}

/// Whether a user can sign in to the console (IAM API reference, GetLoginProfile).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConsolePassword {
    /// The user has a password, made at that time where the source tells.
    Enabled {
        /// When the password was created.
        since: Option<DateTime<Utc>>,
    },
    /// The user has none.
    Absent,
}

/// All that is known of one user so far.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UserFacts {
    pub(crate) user: IamUser,
    pub(crate) access_keys: Option<Vec<(AccessKey, Option<LastUsed>)>>,
    pub(crate) console_password: Option<ConsolePassword>,
    pub(crate) reported: Option<Reported>,
    pub(crate) tags: Option<Vec<(String, String)>>,
}

impl UserFacts {
    /// The user is known, and what the credential report says where it may be believed; the rest is to be
    /// read live.
    #[must_use]
    pub fn new(user: IamUser, reported: Option<Reported>) -> Self {
        Self { user, access_keys: None, console_password: None, reported, tags: None }
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> &IamUser {
        &self.user
    }

    /// The console password, where it was read.
    #[must_use]
    pub fn console_password(&self) -> Option<ConsolePassword> {
        self.console_password
    }

    /// The tags, where they were read.
    #[must_use]
    pub fn tags(&self) -> Option<&[(String, String)]> {
        self.tags.as_deref()
    }

    /// The access keys, as far as they were read.
    pub fn access_keys(&self) -> impl Iterator<Item = &AccessKey> {
        self.access_keys.iter().flatten().map(|(key, _)| key)
    }

    /// Adds all access keys of the user.
    pub fn learn_access_keys(&mut self, keys: Vec<AccessKey>) {
        self.access_keys = Some(keys.into_iter().map(|key| (key, None)).collect());
    }

    /// Adds the last use of a key; `None` says that the key is gone by now, and it is forgotten.
    pub fn learn_last_used(&mut self, id: &AccessKeyId, last_used: Option<LastUsed>) {
        let keys = self.access_keys.get_or_insert_default();
        match last_used {
            None => keys.retain(|(key, _)| key.access_key_id != *id),
            Some(_) => {
                for (_, known) in keys.iter_mut().filter(|(key, _)| key.access_key_id == *id) {
                    *known = last_used;
                }
            }
        }
    }

    /// Adds all tags of the user.
    pub fn learn_tags(&mut self, tags: Vec<(String, String)>) {
        self.tags = Some(tags);
    }

    /// Adds whether the user has a console password.
    pub fn learn_console_password(&mut self, console_password: ConsolePassword) {
        self.console_password = Some(console_password);
    }
}
