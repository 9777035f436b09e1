//! What IAM holds of an account: users, passwords, access keys, tags, roles, and the IDs that are derived when a state
//! file leaves them out.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// An IAM user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    /// The friendly name; IAM compares it without case.
    pub user_name: String,
    /// The unique ID; derived from the name if left out.
    #[serde(default)]
    pub user_id: String,
    /// The path, beginning and ending with a slash.
    #[serde(default = "root_path")]
    pub path: String,
    /// When the user was created.
    pub create_date: DateTime<Utc>,
    /// The console password, if there is one.
    #[serde(default)]
    pub login_profile: Option<LoginProfile>,
    /// The tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The access keys. IAM answers them by ascending ID, not by age.
    #[serde(default)]
    pub access_keys: Vec<AccessKey>,
}

/// A console password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoginProfile {
    /// When the password was created.
    pub create_date: DateTime<Utc>,
}

/// An access key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessKey {
    /// The key's ID; derived from the user's name and the key's place if left out.
    #[serde(default)]
    pub access_key_id: String,
    /// Whether the key may be used.
    #[serde(default)]
    pub status: AccessKeyStatus,
    /// When the key was created.
    pub create_date: DateTime<Utc>,
    /// The last use on record, if there is one.
    #[serde(default)]
    pub last_used: Option<LastUsed>,
}

/// An IAM role that can be assumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    /// The name, behind the path if it has one: what an ARN has behind `role/`.
    pub role_name: String,
    /// What a caller has to know, if the trust policy asks for it.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// What the access key of a role's session begins with here; the account follows.
pub(crate) const SESSION_KEY: &str = "ASIALOCA";

/// The states of an access key (IAM API reference, AccessKeyMetadata).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum AccessKeyStatus {
    /// The key may be used.
    #[default]
    Active,
    /// The key was deactivated.
    Inactive,
    /// The key has expired.
    Expired,
}

/// The last use of an access key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LastUsed {
    /// When the key was used.
    pub date: DateTime<Utc>,
    /// The service's namespace.
    pub service_name: String,
    /// The region; "N/A" for services that have none.
    pub region: String,
}

impl LastUsed {
    /// A use of S3 at this time; IAM knows no region of it.
    pub fn at(date: DateTime<Utc>) -> Self {
        Self { date, service_name: "s3".to_owned(), region: "N/A".to_owned() }
    }
}

fn root_path() -> String {
    "/".to_owned()
}

impl User {
    /// A user at the root path with a derived ID, without password, tags and keys.
    pub fn new(user_name: impl Into<String>, create_date: DateTime<Utc>) -> Self {
        let mut user = Self {
            user_name: user_name.into(),
            user_id: String::new(),
            path: root_path(),
            create_date,
            login_profile: None,
            tags: BTreeMap::new(),
            access_keys: Vec::new(),
        };
        user.derive_ids();
        user
    }

    /// The same user with this unique ID.
    #[must_use]
    pub fn with_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = user_id.into();
        self
    }

    /// The same user with a console password, created two minutes after the user.
    #[must_use]
    pub fn with_password(mut self) -> Self {
        self.login_profile = Some(LoginProfile { create_date: self.create_date + TimeDelta::minutes(2) });
        self
    }

    /// The same user with one more access key, created this many seconds after the user, active and never used; its
    /// ID is derived.
    #[must_use]
    pub fn with_key(mut self, seconds: i64) -> Self {
        let create_date = self.create_date + TimeDelta::seconds(seconds);
        let status = AccessKeyStatus::Active;
        self.access_keys.push(AccessKey {
            access_key_id: String::new(),
            status,
            create_date,
            last_used: None,
        });
        self.derive_ids();
        self
    }

    /// The same user with this ID for the last key.
    #[must_use]
    pub fn key_id(self, access_key_id: &str) -> Self {
        self.last_key(|key| key.access_key_id = access_key_id.to_owned())
    }

    /// The same user with the last key in this status.
    #[must_use]
    pub fn status(self, status: AccessKeyStatus) -> Self {
        self.last_key(|key| key.status = status)
    }

    /// The same user with the last key inactive.
    #[must_use]
    pub fn inactive(self) -> Self {
        self.status(AccessKeyStatus::Inactive)
    }

    /// The same user with the last key used once, an hour after it was created.
    #[must_use]
    pub fn used(self) -> Self {
        self.last_key(|key| key.last_used = Some(LastUsed::at(key.create_date + TimeDelta::hours(1))))
    }

    /// The same user with one more tag.
    #[must_use]
    pub fn with_tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    fn last_key(mut self, change: impl FnOnce(&mut AccessKey)) -> Self {
        if let Some(key) = self.access_keys.last_mut() {
            change(key);
        }
        self
    }

    /// The ARN, which holds the path.
    pub(crate) fn arn(&self, account_id: &str) -> String {
        format!("arn:aws:iam::{account_id}:user{}{}", self.path, self.user_name)
    }

    pub(crate) fn derive_ids(&mut self) {
        if self.user_id.is_empty() {
            self.user_id = derived_id("AIDA", 17, &self.user_name);
        }
        for (place, key) in self.access_keys.iter_mut().enumerate() {
            if key.access_key_id.is_empty() {
                key.access_key_id = derived_id("AKIA", 16, &format!("{}/{place}", self.user_name));
            }
        }
    }
}

/// `prefix` and as many characters of the alphabet of IAM's IDs as asked for, always the same for one text.
pub(crate) fn derived_id(prefix: &str, length: usize, text: &str) -> String {
    const ALPHABET: [char; 32] = [
        'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T',
        'U', 'V', 'W', 'X', 'Y', 'Z', '2', '3', '4', '5', '6', '7',
    ];
    let (mut id, mut state) = (prefix.to_owned(), 0xcbf2_9ce4_8422_2325_u64);
    for byte in text.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    for _ in 0..length {
        // one step of splitmix64 a character: neighbouring names must not give neighbouring ids
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let place = usize::try_from(mixed >> 59).unwrap_or_default();
        id.extend(ALPHABET.get(place));
    }
    id
}
