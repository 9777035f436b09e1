//! The IAM reads: users, access keys, last use, console password, tags. Answers become types here, or errors. The writes
//! are in `iam_writes`. Every call gives up at `until`.

use std::collections::BTreeMap;

use aws_sdk_iam::primitives::DateTime as SdkTime;
use aws_sdk_iam::types::{StatusType, Tag, User};
use chrono::{DateTime, Utc};
use setupkey_rule::iam::{
    AccessKey, AccessKeyId, AccessKeyStatus, ConsolePassword, IamUser, LastUsed, UserId, UserName,
};
use setupkey_rule::input::{InvalidInput, is_in_range};
use tokio::time::Instant;

use crate::clients::Aws;
use crate::error::{AwsError, call, if_exists};
use crate::paging::Pages;

/// A page of ListUsers and ListAccessKeys holds at most this many (IAM API reference, ListUsers).
const MAX_ITEMS: i32 = 1000;

/// The users of the account, as far as they could be listed.
#[derive(Clone, Debug, Default)]
pub struct UserListing {
    /// The users, by ID.
    pub users: BTreeMap<UserId, IamUser>,
    /// Why the listing is incomplete, where it is.
    pub incomplete: Option<AwsError>,
}

impl Aws {
    /// Lists all users (ListUsers). Users listed before an error are kept, and the error with them.
    pub async fn list_users(&self, until: Instant) -> UserListing {
        let mut users = BTreeMap::new();
        let mut add = |user: IamUser| {
            users.insert(user.user_id.clone(), user);
            false
        };
        let incomplete = self.each_user(until, &mut add).await.err();
        UserListing { users, incomplete }
    }

    /// Finds a user by ID, where no name is known (ListUsers, no further than the user). `None` says that no user has
    /// this ID.
    ///
    /// # Errors
    ///
    /// The listing ended before the user was found.
    pub async fn find_user_by_id(&self, id: &UserId, until: Instant) -> Result<Option<IamUser>, AwsError> {
        let mut found = None;
        let mut is_found = |user: IamUser| {
            let is_found = user.user_id == *id;
            found = is_found.then_some(user);
            is_found
        };
        self.each_user(until, &mut is_found).await?;
        Ok(found)
    }

    /// Hands over user after user until one is enough. An entry that is no user makes the listing incomplete, and the
    /// users after it are handed over all the same.
    async fn each_user(
        &self,
        until: Instant,
        is_enough: &mut impl FnMut(IamUser) -> bool,
    ) -> Result<(), AwsError> {
        const OPERATION: &str = "iam:ListUsers";
        let stream = self.iam.list_users().max_items(MAX_ITEMS).into_paginator().send();
        let mut pages = Pages::new(OPERATION, until, stream);
        let mut no_user = None;
        while let Some(page) = pages.next(|page| (page.is_truncated(), page.marker())).await? {
            for user in page.users() {
                match iam_user(OPERATION, user) {
                    Ok(user) => {
                        if is_enough(user) {
                            return Ok(());
                        }
                    }
                    Err(error) => no_user = Some(error),
                }
            }
        }
        no_user.map_or(Ok(()), Err)
    }

    /// Finds a user by ID. The name is where to look first: it may belong to another user by now, and the user may have
    /// another one. `None` says that no user has this ID.
    ///
    /// # Errors
    ///
    /// GetUser or ListUsers failed.
    pub async fn find_user(
        &self,
        id: &UserId,
        name: &UserName,
        until: Instant,
    ) -> Result<Option<IamUser>, AwsError> {
        match self.user(name, until).await? {
            Some((user, _)) if user.user_id == *id => Ok(Some(user)),
            _ => self.find_user_by_id(id, until).await,
        }
    }

    /// Reads the user who has a name now, with all tags (GetUser). `None` says that no user has it.
    ///
    /// # Errors
    ///
    /// The call failed.
    pub async fn user(
        &self,
        name: &UserName,
        until: Instant,
    ) -> Result<Option<(IamUser, Vec<(String, String)>)>, AwsError> {
        const OPERATION: &str = "iam:GetUser";
        let answer = call(OPERATION, until, self.iam.get_user().user_name(name.as_str()).send()).await;
        let Some(answer) = if_exists(answer)? else { return Ok(None) };
        let user = answer.user().ok_or_else(|| AwsError::unexpected(OPERATION, "no user in the answer"))?;
        Ok(Some((iam_user(OPERATION, user)?, tags(user.tags()))))
    }

    /// Lists all access keys of a user (ListAccessKeys): usually two at most, more where calls to CreateAccessKey
    /// overlapped. `None` says that no user has this name.
    ///
    /// # Errors
    ///
    /// The call failed, or a key is not what the API reference says.
    pub async fn list_access_keys(
        &self,
        name: &UserName,
        until: Instant,
    ) -> Result<Option<Vec<AccessKey>>, AwsError> {
        const OPERATION: &str = "iam:ListAccessKeys";
        let call = self.iam.list_access_keys().user_name(name.as_str()).max_items(MAX_ITEMS);
        let mut pages = Pages::new(OPERATION, until, call.into_paginator().send());
        let mut keys = Vec::new();
        loop {
            let page = pages.next(|page| (page.is_truncated(), page.marker())).await;
            let Some(page) = if_exists(page)? else { return Ok(None) };
            let Some(page) = page else { return Ok(Some(keys)) };
            for key in page.access_key_metadata() {
                let missing = |what| AwsError::unexpected(OPERATION, format!("an access key has no {what}"));
                let id = key.access_key_id().ok_or_else(|| missing("ID"))?;
                keys.push(AccessKey {
                    access_key_id: AccessKeyId::parse(id).map_err(|error| invalid(OPERATION, &error))?,
                    status: status(OPERATION, key.status())?,
                    create_date: time(OPERATION, key.create_date().ok_or_else(|| missing("create date"))?)?,
                });
            }
        }
    }

    /// Reads the last use of a key (GetAccessKeyLastUsed). `None` says that the key does not exist any more.
    ///
    /// # Errors
    ///
    /// The call failed, or the answer says neither that the key was used nor that it never was.
    pub async fn last_used(&self, id: &AccessKeyId, until: Instant) -> Result<Option<LastUsed>, AwsError> {
        const OPERATION: &str = "iam:GetAccessKeyLastUsed";
        let send = self.iam.get_access_key_last_used().access_key_id(id.as_str()).send();
        let Some(answer) = if_exists(call(OPERATION, until, send).await)? else { return Ok(None) };
        let last_used = answer
            .access_key_last_used()
            .ok_or_else(|| AwsError::unexpected(OPERATION, "no last use in the answer"))?;
        match (last_used.last_used_date(), last_used.service_name()) {
            (Some(date), _) => Ok(Some(LastUsed::At(time(OPERATION, date)?))),
            // how the API says `never` (IAM API reference, AccessKeyLastUsed)
            (None, "N/A") => Ok(Some(LastUsed::Never)),
            (None, service) => {
                let reason = format!("no date of use beside the service `{service}`");
                Err(AwsError::unexpected(OPERATION, reason))
            }
        }
    }

    /// Reads whether a user has a console password (GetLoginProfile).
    ///
    /// # Errors
    ///
    /// The call failed. NoSuchEntity is no error: it says that there is no password, or no such user.
    pub async fn console_password(
        &self,
        name: &UserName,
        until: Instant,
    ) -> Result<ConsolePassword, AwsError> {
        const OPERATION: &str = "iam:GetLoginProfile";
        let send = self.iam.get_login_profile().user_name(name.as_str()).send();
        let Some(answer) = if_exists(call(OPERATION, until, send).await)? else {
            return Ok(ConsolePassword::Absent);
        };
        let profile = answer.login_profile();
        let profile =
            profile.ok_or_else(|| AwsError::unexpected(OPERATION, "no login profile in the answer"))?;
        Ok(ConsolePassword::Enabled { since: Some(time(OPERATION, profile.create_date())?) })
    }

    /// Lists all tags of a user (ListUserTags). `None` says that no user has this name.
    ///
    /// # Errors
    ///
    /// The call failed.
    pub async fn list_user_tags(
        &self,
        name: &UserName,
        until: Instant,
    ) -> Result<Option<Vec<(String, String)>>, AwsError> {
        let stream = self.iam.list_user_tags().user_name(name.as_str()).into_paginator().send();
        let mut pages = Pages::new("iam:ListUserTags", until, stream);
        let mut listed = Vec::new();
        loop {
            let page = pages.next(|page| (page.is_truncated(), page.marker())).await;
            let Some(page) = if_exists(page)? else { return Ok(None) };
            let Some(page) = page else { return Ok(Some(listed)) };
            listed.extend(tags(page.tags()));
        }
    }

    /// Reads the alias of the account (ListAccountAliases): an account has one or none.
    ///
    /// # Errors
    ///
    /// The call failed.
    pub async fn account_alias(&self, until: Instant) -> Result<Option<String>, AwsError> {
        let send = self.iam.list_account_aliases().send();
        Ok(call("iam:ListAccountAliases", until, send).await?.account_aliases.into_iter().next())
    }
}

fn iam_user(operation: &'static str, user: &User) -> Result<IamUser, AwsError> {
    let invalid = |error: InvalidInput| invalid(operation, &error);
    Ok(IamUser {
        user_name: UserName::parse(user.user_name()).map_err(invalid)?,
        user_id: UserId::parse(user.user_id()).map_err(invalid)?,
        arn: user.arn().to_owned(),
        create_date: time(operation, user.create_date())?,
    })
}

fn invalid(operation: &'static str, error: &InvalidInput) -> AwsError {
    AwsError::unexpected(operation, error.to_string())
}

fn tags(tags: &[Tag]) -> Vec<(String, String)> {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

fn status(operation: &'static str, status: Option<&StatusType>) -> Result<AccessKeyStatus, AwsError> {
    match status {
        Some(StatusType::Active) => Ok(AccessKeyStatus::Active),
        Some(StatusType::Inactive) => Ok(AccessKeyStatus::Inactive),
        Some(StatusType::Expired) => Ok(AccessKeyStatus::Expired),
        other => {
            let status = other.map_or("", StatusType::as_str);
            Err(invalid(operation, &InvalidInput::new("status", status, "`Active`, `Inactive` or `Expired`")))
        }
    }
}

/// The time in an answer.
pub(crate) fn time(operation: &'static str, time: &SdkTime) -> Result<DateTime<Utc>, AwsError> {
    // the SDK puts the epoch where a required time is missing from an answer
    DateTime::from_timestamp(time.secs(), time.subsec_nanos())
        .filter(|parsed| is_in_range(*parsed) && parsed.timestamp() > 0)
        .ok_or_else(|| AwsError::unexpected(operation, format!("`{time:?}` is no time in the answer")))
}
