//! CSV: a line for each user and key, one line for a user without keys. The columns are stable.

use std::collections::HashMap;
use std::io::{self, Write};

use super::names::{compliance_name, last_used, remedy_name, source_name, status_name};
use crate::audit::model::{Account, Key, Tagged, Unread, User};
use crate::text::{cell, time};

/// The columns: the names of the JSON document.
const COLUMNS: [&str; 19] = [
    "accountId",
    "source",
    "userName",
    "userId",
    "arn",
    "createDate",
    "complianceType",
    "consolePassword",
    "accessKeyId",
    "keyStatus",
    "keyCreateDate",
    "secondsAfterUser",
    "lastUsed",
    "createdWithUser",
    "remedy",
    "exceptionOwner",
    "exceptionExpires",
    "exceptionReason",
    "unread",
];

/// Lines that are being written.
pub(crate) struct Lines<W: Write>(csv::Writer<W>);

impl<W: Write> Lines<W> {
    /// Writes the header.
    pub(crate) fn begin(out: W) -> io::Result<Self> {
        let mut lines = csv::Writer::from_writer(out);
        lines.write_record(COLUMNS).map_err(io_error)?;
        Ok(Self(lines))
    }

    /// Writes the lines of an account.
    pub(crate) fn account(&mut self, account: &Account) -> io::Result<()> {
        let unread = account.unread.iter().filter_map(|unread| Some((unread.user_name.as_deref()?, unread)));
        let unread: HashMap<&str, &Unread> = unread.collect();
        for user in &account.users {
            let reason = match user.compliance_type {
                None => unread.get(user.user_name.as_str()).copied(),
                Some(_) => None,
            };
            match user.keys.as_deref().unwrap_or_default() {
                [] => self.line(account, Some(user), None, reason)?,
                keys => keys.iter().try_for_each(|key| self.line(account, Some(user), Some(key), reason))?,
            }
        }
        let unseen = |unread: &&Unread| unread.user_name.is_none();
        account
            .unread
            .iter()
            .filter(unseen)
            .try_for_each(|unread| self.line(account, None, None, Some(unread)))
    }

    fn line(
        &mut self,
        account: &Account,
        user: Option<&User>,
        key: Option<&Key>,
        unread: Option<&Unread>,
    ) -> io::Result<()> {
        let text = |text: Option<&str>| cell(text.unwrap_or_default()).into_owned();
        let flag = |flag: Option<bool>| flag.map_or_else(String::new, |flag| flag.to_string());
        let exception = match user.and_then(|user| user.exception.as_ref()) {
            Some(Tagged::InForce(exception)) => {
                [text(Some(&exception.owner)), text(Some(&exception.expires)), text(Some(&exception.reason))]
            }
            Some(Tagged::Void(void)) => [String::new(), String::new(), text(Some(&void.to_string()))],
            None => Default::default(),
        };
        let [owner, expires, reason] = exception;
        let fields = [
            text(account.account_id.as_deref()),
            source_name(account.source).to_owned(),
            text(user.map(|user| user.user_name.as_str())),
            text(user.and_then(|user| user.user_id.as_deref())),
            text(user.map(|user| user.arn.as_str())),
            user.map_or_else(String::new, |user| time(user.create_date)),
            user.and_then(|user| user.compliance_type).map_or("", compliance_name).to_owned(),
            flag(user.and_then(|user| user.console_password)),
            text(key.and_then(|key| key.access_key_id.as_deref())),
            key.and_then(|key| key.status).map_or("", status_name).to_owned(),
            key.and_then(|key| key.create_date).map_or_else(String::new, time),
            key.and_then(|key| key.seconds_after_user)
                .map_or_else(String::new, |seconds| seconds.to_string()),
            key.and_then(|key| key.last_used).map_or_else(String::new, last_used),
            flag(key.and_then(|key| key.created_with_user)),
            key.and_then(|key| key.remedy).map_or("", remedy_name).to_owned(),
            owner,
            expires,
            reason,
            text(unread.map(|unread| unread.reason.as_str())),
        ];
        self.0.write_record(fields).map_err(io_error)
    }

    /// Ends the lines.
    pub(crate) fn end(self) -> io::Result<W> {
        self.0.into_inner().map_err(|error| io::Error::new(error.error().kind(), error.to_string()))
    }
}

/// The error of the writer below: that nobody reads any more has to be told from the rest.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
