//! The IAM reads: users, access keys, last use, console password. Answers become types here, or errors. The writes
//! are in `iam_writes`.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use aws_sdk_iam::primitives::DateTime as SdkTime;
use aws_sdk_iam::types::{StatusType, Tag, User};
use chrono::{DateTime, Utc};
use setupkey_rule::facts::{
    AccessKey, AccessKeyId, AccessKeyStatus, ConsolePassword, IamUser, LastUsed, UserId, UserName,
};
use tokio::time::{Instant, timeout_at};

use crate::clients::Aws;
use crate::error::{AwsError, is_no_such_entity};
use crate::paging::Pages;

/// A page of ListUsers and ListAccessKeys holds at most this many (IAM API reference, ListUsers).
const MAX_ITEMS: i32 = 1000;

/// The users of the account, as far as they could be listed.
#[derive(Clone, Debug, Default)]
pub struct UserListing {
    /// The users, by id.
    pub users: BTreeMap<UserId, IamUser>,
    /// Why the listing did not reach its end, where it did not.
    pub incomplete: Option<AwsError>,
}

impl Aws {
    /// Lists all users (ListUsers). What was listed before an error, or before `until`, is kept, and the error
    /// with it.
    pub async fn list_users(&self, until: Instant) -> UserListing {
        let mut users = BTreeMap::new();
        let page = |page: Vec<IamUser>| {
            users.extend(page.into_iter().map(|user| (user.user_id.clone(), user)));
            ControlFlow::Continue(())
        };
        let incomplete = self.list_user_pages(until, page).await.err();
        UserListing { users, incomplete }
    }

    /// Lists all users (ListUsers), and hands over each page of at most a thousand as it arrives, until one breaks.
    ///
    /// # Errors
    ///
    /// The listing did not reach its end, or not before `until`, or an entry is no user; the others were handed
    /// over.
    pub async fn list_user_pages(
        &self,
        until: Instant,
        mut each_page: impl FnMut(Vec<IamUser>) -> ControlFlow<()>,
    ) -> Result<(), AwsError> {
        const OPERATION: &str = "iam:ListUsers";
        let mut pages = Pages::default();
        let mut marker = None;
        let mut no_user = None;
        loop {
            let call = self.iam.list_users().max_items(MAX_ITEMS).set_marker(marker);
            let page = timeout_at(until, call.send()).await.map_err(|_| AwsError::out_of_time(OPERATION))?;
            let page = page.map_err(|error| AwsError::new(OPERATION, &error))?;
            let mut users = Vec::with_capacity(page.users().len());
            for user in page.users() {
                match iam_user(OPERATION, user) {
                    Ok(user) => users.push(user),
                    Err(error) => no_user = Some(error),
                }
            }
            if each_page(users).is_break() {
                return Ok(());
            }
            match pages.next(OPERATION, page.is_truncated(), page.marker)? {
                None => return no_user.map_or(Ok(()), Err),
                next => marker = next,
            }
        }
    }

    /// Finds a user by id, where no name is known (ListUsers, no further than the user). `None` says that no user
    /// has this id.
    ///
    /// # Errors
    ///
    /// The listing ended before the user was found.
    pub async fn find_user_by_id(&self, id: &UserId, until: Instant) -> Result<Option<IamUser>, AwsError> {
        let mut found = None;
        let listed = self.list_user_pages(until, |page| {
            found = page.into_iter().find(|user| user.user_id == *id);
            if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        listed.await?;
        Ok(found)
    }

    /// Finds a user by id. The name is where to look first: it may belong to another user by now, and the
    /// user may have another one. `None` says that no user has this id.
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
        match self.user_named(name).await? {
            Some((user, _)) if user.user_id == *id => Ok(Some(user)),
            _ => self.find_user_by_id(id, until).await,
        }
    }

    /// Asks for a user by name (GetUser). `None` says that no user has it.
    ///
    /// # Errors
    ///
    /// The call failed.
    pub async fn user(&self, name: &UserName) -> Result<Option<IamUser>, AwsError> {
        Ok(self.user_named(name).await?.map(|(user, _)| user))
    }

    /// Reads the user who has a name now, with all tags (GetUser). `None` says that nobody has it.
    ///
    /// # Errors
    ///
    /// The call failed.
    pub async fn user_named(
        &self,
        name: &UserName,
    ) -> Result<Option<(IamUser, Vec<(String, String)>)>, AwsError> {
        const OPERATION: &str = "iam:GetUser";
        match self.iam.get_user().user_name(name.as_str()).send().await {
            Ok(answer) => {
                let user =
                    answer.user().ok_or_else(|| AwsError::unexpected(OPERATION, "no user in the answer"))?;
                Ok(Some((iam_user(OPERATION, user)?, tags(user.tags()))))
            }
            Err(error) if is_no_such_entity(&error) => Ok(None),
            Err(error) => Err(AwsError::new(OPERATION, &error)),
        }
    }

    /// Lists all access keys of a user (ListAccessKeys): two as a rule, more where calls to
    /// CreateAccessKey overlapped. `None` says that no user has this name.
    ///
    /// # Errors
    ///
    /// The call failed, or a key is not what the API reference says.
    pub async fn list_access_keys(&self, name: &UserName) -> Result<Option<Vec<AccessKey>>, AwsError> {
        const OPERATION: &str = "iam:ListAccessKeys";
        let mut keys = Vec::new();
        let mut pages = Pages::default();
        let mut marker = None;
        loop {
            let call = self.iam.list_access_keys().user_name(name.as_str()).max_items(MAX_ITEMS);
            let page = match call.set_marker(marker).send().await {
                Ok(page) => page,
                Err(error) if is_no_such_entity(&error) => return Ok(None),
                Err(error) => return Err(AwsError::new(OPERATION, &error)),
            };
            for key in page.access_key_metadata() {
                let missing = |what| AwsError::unexpected(OPERATION, format!("an access key has no {what}"));
                let id = key.access_key_id().ok_or_else(|| missing("id"))?;
                keys.push(AccessKey {
                    access_key_id: AccessKeyId::parse(id)
                        .map_err(|error| AwsError::unexpected(OPERATION, error.to_string()))?,
                    status: status(OPERATION, key.status())?,
                    create_date: time(OPERATION, key.create_date().ok_or_else(|| missing("create date"))?)?,
                });
            }
            match pages.next(OPERATION, page.is_truncated(), page.marker)? {
                None => return Ok(Some(keys)),
                next => marker = next,
            }
        }
    }

    /// Asks for the last use of a key (GetAccessKeyLastUsed). `None` says that the key is gone.
    ///
    /// # Errors
    ///
    /// The call failed, or the answer says neither that the key was used nor that it never was.
    pub async fn last_used(&self, id: &AccessKeyId) -> Result<Option<LastUsed>, AwsError> {
        const OPERATION: &str = "iam:GetAccessKeyLastUsed";
        match self.iam.get_access_key_last_used().access_key_id(id.as_str()).send().await {
            Ok(answer) => {
                let last_used = answer
                    .access_key_last_used()
                    .ok_or_else(|| AwsError::unexpected(OPERATION, "no last use in the answer"))?;
                match (last_used.last_used_date(), last_used.service_name()) {
                    (Some(date), _) => Ok(Some(LastUsed::At(time(OPERATION, date)?))),
                    // how the API says `never` (IAM API reference, AccessKeyLastUsed)
                    (None, "N/A") => Ok(Some(LastUsed::Never)),
                    (None, service) => Err(AwsError::unexpected(
                        OPERATION,
                        format!("no date of use beside the service `{service}`"),
                    )),
                }
            }
            Err(error) if is_no_such_entity(&error) => Ok(None),
            Err(error) => Err(AwsError::new(OPERATION, &error)),
        }
    }

    /// Asks for a user's console password (GetLoginProfile).
    ///
    /// # Errors
    ///
    /// The call failed. NoSuchEntity is no error: it says that there is no password, or no such user.
    pub async fn console_password(&self, name: &UserName) -> Result<ConsolePassword, AwsError> {
        const OPERATION: &str = "iam:GetLoginProfile";
        match self.iam.get_login_profile().user_name(name.as_str()).send().await {
            Ok(answer) => {
                let profile = answer
                    .login_profile()
                    .ok_or_else(|| AwsError::unexpected(OPERATION, "no login profile in the answer"))?;
                Ok(ConsolePassword::Enabled { since: Some(time(OPERATION, profile.create_date())?) })
            }
            Err(error) if is_no_such_entity(&error) => Ok(ConsolePassword::Absent),
            Err(error) => Err(AwsError::new(OPERATION, &error)),
        }
    }
}

impl Aws {
    /// Lists all tags of a user (ListUserTags). `None` says that no user has this name.
    ///
    /// # Errors
    ///
    /// The call failed.
    pub async fn list_user_tags(&self, name: &UserName) -> Result<Option<Vec<(String, String)>>, AwsError> {
        const OPERATION: &str = "iam:ListUserTags";
        let mut listed = Vec::new();
        let mut pages = Pages::default();
        let mut marker = None;
        loop {
            let call = self.iam.list_user_tags().user_name(name.as_str()).set_marker(marker);
            let page = match call.send().await {
                Ok(page) => page,
                Err(error) if is_no_such_entity(&error) => return Ok(None),
                Err(error) => return Err(AwsError::new(OPERATION, &error)),
            };
            listed.extend(tags(page.tags()));
            match pages.next(OPERATION, page.is_truncated(), page.marker)? {
                None => return Ok(Some(listed)),
                next => marker = next,
            }
        }
    }

    /// Asks for the alias of the account (ListAccountAliases): an account has one or none.
    ///
    /// # Errors
    ///
    /// The call failed.
    pub async fn account_alias(&self) -> Result<Option<String>, AwsError> {
        let answer = self.iam.list_account_aliases().send().await;
        let answer = answer.map_err(|error| AwsError::new("iam:ListAccountAliases", &error))?;
        Ok(answer.account_aliases.into_iter().next())
    }
}

fn iam_user(operation: &'static str, user: &User) -> Result<IamUser, AwsError> {
    let unexpected =
        |error: setupkey_rule::facts::IdentifierError| AwsError::unexpected(operation, error.to_string());
    Ok(IamUser {
        user_name: UserName::parse(user.user_name()).map_err(unexpected)?,
        user_id: UserId::parse(user.user_id()).map_err(unexpected)?,
        arn: user.arn().to_owned(),
        create_date: time(operation, user.create_date())?,
    })
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
            let status = other.map_or("missing", StatusType::as_str);
            Err(AwsError::unexpected(
                operation,
                format!(
                    "the status of an access key is `{status}`, expected `Active`, `Inactive` or `Expired`"
                ),
            ))
        }
    }
}

pub(crate) fn time(operation: &'static str, time: &SdkTime) -> Result<DateTime<Utc>, AwsError> {
    // the SDK puts the epoch where a required time is missing from an answer
    DateTime::from_timestamp(time.secs(), time.subsec_nanos())
        .filter(|parsed| parsed.timestamp() > 0)
        .ok_or_else(|| AwsError::unexpected(operation, format!("`{time:?}` is no time in the answer")))
}
