//! CSV: a line for each user and key, one line for a user without keys. The columns are stable.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};

use chrono::{DateTime, Utc};

use super::names::{last_used, source_name, status_name};
use crate::audit::evidence::Evidence;
use crate::audit::model::{Account, Audit, Key, Tagged, Unread, User};
use crate::text::{cell, time};
use setupkey_history::actor::Tool;
use setupkey_rule::iam::{AccessKeyId, UserId};
use setupkey_rule::remedy::Remedy;
use setupkey_rule::verdict::ComplianceType;

/// The columns: the names of the JSON document.
const COLUMNS: [&str; 39] = [
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
    "accountName",
    "accountAlias",
    "callerArn",
    "startedAt",
    "finishedAt",
    "reportGeneratedTime",
    "reportSha256",
    "reportRows",
    "usersListed",
    "accountSummaryUsers",
    "accountComplete",
    "criterion",
    "scope",
    "setupWindowSeconds",
    "includeInactiveKeys",
    "version",
    "command",
    "createdBy",
    "createdByTool",
    "createdByCreatorOfUser",
];

/// What programs for spreadsheets need to see that a file is UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// Lines that are being written.
pub(crate) struct Lines<W: Write> {
    out: csv::Writer<W>,
    // what ends every line
    asked: [String; 6],
}

impl<W: Write> Lines<W> {
    /// Writes the header.
    pub(crate) fn begin(mut out: W, audit: &Audit) -> io::Result<Self> {
        out.write_all(MARK)?;
        let mut out = csv::Writer::from_writer(out);
        out.write_record(COLUMNS).map_err(io_error)?;
        let parameters = &audit.parameters;
        let asked = [
            parameters.criterion.name().to_owned(),
            parameters.scope.name().to_owned(),
            parameters.setup_window.num_seconds().to_string(),
            parameters.include_inactive_keys.to_string(),
            audit.version.to_owned(),
            cell(&audit.command).into_owned(),
        ];
        Ok(Self { out, asked })
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
        // most of a line is borrowed: an audit has thousands
        type Field<'a> = Cow<'a, str>;
        fn text(text: Option<&str>) -> Field<'_> {
            cell(text.unwrap_or_default())
        }
        fn flag(flag: Option<bool>) -> Field<'static> {
            Cow::Borrowed(flag.map_or("", |flag| if flag { "true" } else { "false" }))
        }
        fn when(when: Option<DateTime<Utc>>) -> Field<'static> {
            when.map_or(Cow::Borrowed(""), |when| Cow::Owned(time(when)))
        }
        let void = user.and_then(|user| match user.exemption.as_ref() {
            Some(Tagged::Void(void)) => Some(void.to_string()),
            _ => None,
        });
        let (owner, expires, reason) = match user.and_then(|user| user.exemption.as_ref()) {
            Some(Tagged::InForce(exception)) => (
                Some(exception.owner.as_str()),
                Some(exception.expires.as_str()),
                Some(exception.reason.as_str()),
            ),
            _ => (None, None, void.as_deref()),
        };
        let seconds = key.and_then(|key| key.seconds_after_user);
        let Evidence { caller_arn, account_alias, account_name, .. } = &account.evidence;
        let report = account.evidence.report.as_ref();
        let count = |count: Option<String>| Cow::Owned(count.unwrap_or_default());
        let fields = [
            account.account_id.as_deref().map_or(Cow::Borrowed(""), kept_whole),
            Cow::Borrowed(source_name(account.source)),
            text(user.map(|user| user.user_name.as_str())),
            text(user.and_then(|user| user.user_id.as_ref().map(UserId::as_str))),
            text(user.map(|user| user.arn.as_str())),
            when(user.map(|user| user.create_date)),
            Cow::Borrowed(user.and_then(|user| user.compliance_type).map_or("", ComplianceType::name)),
            flag(user.and_then(|user| user.console_password)),
            text(key.and_then(|key| key.access_key_id.as_ref().map(AccessKeyId::as_str))),
            Cow::Borrowed(key.and_then(|key| key.status).map_or("", status_name)),
            when(key.and_then(|key| key.create_date)),
            seconds.map_or(Cow::Borrowed(""), |seconds| Cow::Owned(seconds.to_string())),
            key.and_then(|key| key.last_used).map_or(Cow::Borrowed(""), |used| Cow::Owned(last_used(used))),
            flag(key.and_then(|key| key.created_with_user)),
            Cow::Borrowed(key.and_then(|key| key.remedy).map_or("", Remedy::name)),
            text(owner),
            text(expires),
            text(reason),
            text(unread.map(|unread| unread.reason.as_str())),
            text(account_name.as_deref()),
            text(account_alias.as_deref()),
            text(caller_arn.as_deref()),
            when(account.evidence.started_at),
            when(account.evidence.finished_at),
            when(account.report_time),
            text(report.map(|report| report.sha256.as_str())),
            count(report.map(|report| report.rows.to_string())),
            count(account.evidence.users_listed.map(|users| users.to_string())),
            count(account.evidence.account_summary_users.map(|users| users.to_string())),
            flag(Some(account.unread.is_empty())),
        ];
        let creation = key.and_then(|key| key.creation.as_ref());
        let creators = [
            text(creation.and_then(|creation| creation.actor.by.as_deref())),
            Cow::Borrowed(creation.and_then(|creation| creation.actor.tool).map_or("", Tool::name)),
            flag(creation.and_then(|creation| creation.same_actor)),
        ];
        let fields = fields.iter().map(|field| field.as_bytes());
        let asked = self.asked.iter().map(String::as_bytes);
        let creators = creators.iter().map(|field| field.as_bytes());
        self.out.write_record(fields.chain(asked).chain(creators)).map_err(io_error)
    }

    /// Ends the lines.
    pub(crate) fn end(self) -> io::Result<W> {
        self.out.into_inner().map_err(|error| io::Error::new(error.error().kind(), error.to_string()))
    }
}

/// An account ID as text: a spreadsheet would take the zeros off its front.
fn kept_whole(account_id: &str) -> Cow<'_, str> {
    if account_id.starts_with('0') { Cow::Owned(format!("'{account_id}")) } else { cell(account_id) }
}

/// The error of the writer below: a closed pipe must be distinguishable from other errors.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
