//! What IAM says, in IAM's own words: users, access keys, console passwords.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::input::InvalidInput;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $field:literal, $length:expr, $allowed:expr, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as AWS gives it.
            ///
            /// # Errors
            ///
            /// The length or a character is not what AWS allows.
            pub fn parse(text: impl Into<String>) -> Result<Self, InvalidInput> {
                let text = text.into();
                let allowed: fn(char) -> bool = $allowed;
                if $length.contains(&text.len()) && text.chars().all(allowed) {
                    Ok(Self(text))
                } else {
                    Err(InvalidInput::new($field, &text, $expected))
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
    /// The ID of an AWS account.
    AccountId, "accountId", (12..=12), |c| c.is_ascii_digit(), "an account ID of 12 digits"
);
identifier!(
    /// The friendly name of an IAM user: IAM's operations take it, and it can be given to another user later.
    UserName, "userName", (1..=128), |c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c),
    "1 to 128 characters of letters, digits and `_+=,.@-` (IAM API reference, User)"
);
identifier!(
    /// The unique ID of an IAM user (`AIDA...`): AWS Config stores it, and IAM never gives it twice.
    UserId, "userId", (16..=128), |c| c.is_ascii_alphanumeric() || c == '_',
    "16 to 128 letters, digits and `_` (IAM API reference, User)"
);
identifier!(
    /// The ID of an access key (`AKIA...`). It is no secret, but not for every reader of AWS Config either.
    AccessKeyId, "accessKeyId", (16..=128), |c| c.is_ascii_alphanumeric() || c == '_',
    "16 to 128 letters, digits and `_` (IAM API reference, AccessKeyMetadata)"
);

impl AccessKeyId {
    /// The last four characters: enough to distinguish a user's keys, and all that an annotation may show.
    #[must_use]
    pub fn last_four(&self) -> &str {
        // the characters are ASCII, so a byte offset is a character boundary
        self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default()
    }
}

/// An IAM user as ListUsers and GetUser return it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IamUser {
    /// The name.
    pub user_name: UserName,
    /// The unique ID.
    pub user_id: UserId,
    /// The ARN, path included.
    pub arn: String,
    /// When the user was created, in whole seconds.
    pub create_date: DateTime<Utc>,
}

/// The tags of a user: key and value.
pub type Tags = [(String, String)];

/// The status of an access key (IAM API reference, AccessKeyMetadata).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AccessKeyStatus {
    /// The key can sign calls.
    Active,
    /// The key cannot sign calls until it is activated again.
    Inactive,
    /// The key cannot sign calls any more.
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

/// An access key as ListAccessKeys returns it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccessKey {
    /// The ID.
    pub access_key_id: AccessKeyId,
    /// The status.
    pub status: AccessKeyStatus,
    /// When the key was created, in whole seconds.
    pub create_date: DateTime<Utc>,
}

/// The last use of an access key, as far as AWS tracks it (since 2015-04-22; IAM API reference,
/// AccessKeyLastUsed).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LastUsed {
    /// AWS knows of no use.
    Never,
    /// The key was used at this time.
    At(DateTime<Utc>),
}

impl LastUsed {
    /// Whether the key was ever used.
    #[must_use]
    pub fn is_used(self) -> bool {
        self != Self::Never
    }
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
    /// The user has a password.
    Enabled {
        /// When the password was created, where the source says so.
        since: Option<DateTime<Utc>>,
    },
    /// The user has no password.
    Absent,
}

impl ConsolePassword {
    /// Whether there is a password.
    #[must_use]
    pub fn is_enabled(self) -> bool {
        self != Self::Absent
    }
}
