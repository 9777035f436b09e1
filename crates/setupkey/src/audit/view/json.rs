//! JSON: one document, written account by account. `schemas/audit.schema.json` says what is in it.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::json;
use serde_json::ser::{Formatter, Serializer};
use setupkey_history::actor;

use super::names::{last_used, source_name, status_name};
use crate::audit::evidence::{COMMIT, Evidence};
use crate::audit::model::{Account, Audit, Creation, Key, Summary, Tagged, Unread, User};
use crate::history::members::{coverage, summary as period_summary};
use crate::text::{is_invisible, is_plain, time};
use setupkey_rule::iam::{AccessKeyId, UserId};
use setupkey_rule::remedy::Remedy;
use setupkey_rule::verdict::ComplianceType;

/// The version of `schemas/audit.schema.json`: grows when a member changes its meaning or is added.
pub(crate) const SCHEMA_VERSION: u32 = 3;

/// A document that is being written.
pub(crate) struct Document<W> {
    out: W,
    has_accounts: bool,
}

impl<W: Write> Document<W> {
    /// Writes what comes before the accounts.
    pub(crate) fn begin(mut out: W, audit: &Audit) -> io::Result<Self> {
        out.write_all(br#"{"schemaVersion":"#)?;
        write(&mut out, &SCHEMA_VERSION)?;
        out.write_all(br#","version":"#)?;
        write(&mut out, &audit.version)?;
        out.write_all(br#","tool":"#)?;
        write(&mut out, &Tool::of(audit))?;
        out.write_all(br#","parameters":"#)?;
        write(&mut out, &Parameters::of(audit))?;
        out.write_all(br#","accounts":["#)?;
        Ok(Self { out, has_accounts: false })
    }

    /// Writes an account.
    pub(crate) fn account(&mut self, account: &Account) -> io::Result<()> {
        if std::mem::replace(&mut self.has_accounts, true) {
            self.out.write_all(b",")?;
        }
        // a line each: a document of thousands of users stays one that tools for lines can look at
        self.out.write_all(b"\n{\"accountId\":")?;
        write(&mut self.out, &account.account_id)?;
        self.out.write_all(b",\"source\":")?;
        write(&mut self.out, source_name(account.source))?;
        self.out.write_all(b",\"evidence\":")?;
        write(&mut self.out, &EvidenceMember::from(&account.evidence))?;
        self.out.write_all(b",\"users\":[")?;
        for (position, user) in account.users.iter().enumerate() {
            self.out.write_all(if position == 0 { b"\n" } else { b",\n" })?;
            write(&mut self.out, &UserMember::from(user))?;
        }
        self.out.write_all(b"],\"unread\":")?;
        let unread: Vec<_> = account.unread.iter().map(UnreadMember::from).collect();
        write(&mut self.out, &unread)?;
        self.out.write_all(b"}")
    }

    /// Writes what comes after the accounts.
    pub(crate) fn end(mut self, audit: &Audit, summary: &Summary) -> io::Result<W> {
        self.out.write_all(b"],\n\"history\":")?;
        let history = audit.history.as_ref();
        let history =
            history.map(|report| json!({"coverage": coverage(report), "summary": period_summary(report)}));
        write(&mut self.out, &history)?;
        self.out.write_all(b",\n\"summary\":")?;
        let complete = audit.is_complete(summary);
        write(
            &mut self.out,
            &SummaryMember { time: time(audit.time), complete, summary, notes: &audit.notes },
        )?;
        self.out.write_all(b"}\n")?;
        Ok(self.out)
    }
}

/// Writes everything invisible as an escape: a name must not act on the terminal of a reader of the file.
struct Visible;

impl Formatter for Visible {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if is_plain(fragment) || !fragment.chars().any(is_invisible) {
            return writer.write_all(fragment.as_bytes());
        }
        for c in fragment.chars() {
            if is_invisible(c) {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                write!(writer, "{c}")?;
            }
        }
        Ok(())
    }
}

pub(super) fn write<W: Write>(out: &mut W, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Visible)).map_err(io::Error::from)
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'static str,
    commit: Option<&'static str>,
    command: &'a str,
}

impl<'a> Tool<'a> {
    fn of(audit: &'a Audit) -> Self {
        Self { name: "setupkey", version: audit.version, commit: COMMIT, command: &audit.command }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EvidenceMember<'a> {
    caller_arn: Option<&'a str>,
    account_alias: Option<&'a str>,
    account_name: Option<&'a str>,
    started_at: Option<String>,
    finished_at: Option<String>,
    credential_report: Option<ReportMember<'a>>,
    users_listed: Option<usize>,
    account_summary_users: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportMember<'a> {
    generated_time: Option<String>,
    sha256: &'a str,
    rows: usize,
}

impl<'a> From<&'a Evidence> for EvidenceMember<'a> {
    fn from(evidence: &'a Evidence) -> Self {
        let report = evidence.report.as_ref();
        Self {
            caller_arn: evidence.caller_arn.as_deref(),
            account_alias: evidence.account_alias.as_deref(),
            account_name: evidence.account_name.as_deref(),
            started_at: evidence.started_at.map(time),
            finished_at: evidence.finished_at.map(time),
            credential_report: report.map(|report| ReportMember {
                generated_time: report.generated_time.map(time),
                sha256: &report.sha256,
                rows: report.rows,
            }),
            users_listed: evidence.users_listed,
            account_summary_users: evidence.account_summary_users,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    criterion: &'static str,
    scope: &'static str,
    setup_window_seconds: i64,
    include_inactive_keys: bool,
    exception_tag_prefix: &'a str,
}

impl<'a> Parameters<'a> {
    fn of(audit: &'a Audit) -> Self {
        let parameters = &audit.parameters;
        Self {
            criterion: parameters.criterion.name(),
            scope: parameters.scope.name(),
            setup_window_seconds: parameters.setup_window.num_seconds(),
            include_inactive_keys: parameters.include_inactive_keys,
            exception_tag_prefix: parameters.exception_tag_prefix.as_deref().unwrap_or("none"),
        }
    }
}

/// A user, as in the document of an audit.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserMember<'a> {
    user_name: &'a str,
    user_id: Option<&'a str>,
    arn: &'a str,
    create_date: String,
    compliance_type: Option<&'static str>,
    console_password: Option<bool>,
    keys: Option<Vec<KeyMember<'a>>>,
    exception: Option<ExceptionMember<'a>>,
}

impl<'a> From<&'a User> for UserMember<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            user_name: user.user_name.as_str(),
            user_id: user.user_id.as_ref().map(UserId::as_str),
            arn: &user.arn,
            create_date: time(user.create_date),
            compliance_type: user.compliance_type.map(ComplianceType::name),
            console_password: user.console_password,
            keys: user.keys.as_ref().map(|keys| keys.iter().map(KeyMember::from).collect()),
            exception: user.exemption.as_ref().map(ExceptionMember::from),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyMember<'a> {
    access_key_id: Option<&'a str>,
    status: Option<&'static str>,
    create_date: Option<String>,
    seconds_after_user: Option<i64>,
    last_used: Option<String>,
    created_with_user: Option<bool>,
    remedy: Option<&'static str>,
    created_by: Option<CreationMember<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreationMember<'a> {
    by: Option<&'a str>,
    tool: Option<&'static str>,
    same_actor: Option<bool>,
    self_made: Option<bool>,
}

impl<'a> From<&'a Creation> for CreationMember<'a> {
    fn from(creation: &'a Creation) -> Self {
        Self {
            by: creation.actor.by.as_deref(),
            tool: creation.actor.tool.map(actor::Tool::name),
            same_actor: creation.same_actor,
            self_made: creation.self_made,
        }
    }
}

impl<'a> From<&'a Key> for KeyMember<'a> {
    fn from(key: &'a Key) -> Self {
        Self {
            access_key_id: key.access_key_id.as_ref().map(AccessKeyId::as_str),
            status: key.status.map(status_name),
            create_date: key.create_date.map(time),
            seconds_after_user: key.seconds_after_user,
            last_used: key.last_used.map(last_used),
            created_with_user: key.created_with_user,
            remedy: key.remedy.map(Remedy::name),
            created_by: key.creation.as_ref().map(CreationMember::from),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExceptionMember<'a> {
    in_force: bool,
    owner: Option<&'a str>,
    expires: Option<&'a str>,
    reason: Option<&'a str>,
    problem: Option<String>,
}

impl<'a> From<&'a Tagged> for ExceptionMember<'a> {
    fn from(tagged: &'a Tagged) -> Self {
        match tagged {
            Tagged::InForce(exception) => Self {
                in_force: true,
                owner: Some(&exception.owner),
                expires: Some(&exception.expires),
                reason: Some(&exception.reason),
                problem: None,
            },
            Tagged::Void(void) => Self {
                in_force: false,
                owner: None,
                expires: None,
                reason: None,
                problem: Some(void.to_string()),
            },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UnreadMember<'a> {
    user_name: Option<&'a str>,
    reason: &'a str,
}

impl<'a> From<&'a Unread> for UnreadMember<'a> {
    fn from(unread: &'a Unread) -> Self {
        Self { user_name: unread.user_name.as_deref(), reason: &unread.reason }
    }
}

#[derive(Serialize)]
struct SummaryMember<'a> {
    time: String,
    complete: bool,
    #[serde(flatten)]
    summary: &'a Summary,
    notes: &'a [String],
}
