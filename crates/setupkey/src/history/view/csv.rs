//! CSV: a line for each access key, one line for a user without keys. The columns are stable.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use setupkey_history::Episode;
use setupkey_history::episode::{Act, Done, Key};

use crate::history::report::Report;
use crate::text::{cell, time};

/// The columns.
const COLUMNS: [&str; 26] = [
    "accountId",
    "userName",
    "userId",
    "arn",
    "created",
    "createdBy",
    "createdSession",
    "createdTool",
    "consolePassword",
    "consolePasswordCreated",
    "consolePasswordBy",
    "accessKeyId",
    "keyCreated",
    "secondsAfterUser",
    "createdWithUser",
    "keyBy",
    "sameActor",
    "selfMade",
    "keyTool",
    "fate",
    "fateTime",
    "fateBy",
    "exemptionTags",
    "deletedTime",
    "deletedBy",
    "violation",
];

/// Writes all lines.
pub(super) fn write(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let mut lines = csv::Writer::from_writer(out);
    let mut line = |fields: &[String]| {
        lines.write_record(fields).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            other => io::Error::other(format!("{other:?}")),
        })
    };
    line(&COLUMNS.map(str::to_owned))?;
    for episode in &report.history.episodes {
        match episode.keys.as_slice() {
            [] => line(&fields(episode, None))?,
            keys => keys.iter().try_for_each(|key| line(&fields(episode, Some(key))))?,
        }
    }
    lines.flush()
}

fn fields(episode: &Episode, key: Option<&Key>) -> [String; 26] {
    fn text(text: Option<&str>) -> String {
        cell(text.unwrap_or_default()).into_owned()
    }
    fn flag(flag: Option<bool>) -> String {
        flag.map_or_else(String::new, |flag| flag.to_string())
    }
    fn when(when: Option<DateTime<Utc>>) -> String {
        when.map_or_else(String::new, time)
    }
    fn acted(act: Option<&Act>) -> [String; 2] {
        [when(act.map(|act| act.time)), text(act.and_then(|act| act.actor.by.as_deref()))]
    }
    fn tool(act: Option<&Act>) -> String {
        text(act.and_then(|act| act.actor.tool).map(|tool| tool.name()))
    }
    let created = Some(&episode.created);
    let [created_time, created_by] = acted(created);
    let password = episode.console_password.as_ref();
    let [password_time, password_by] = acted(password.and_then(|password| password.created.as_ref()));
    let key_created = key.and_then(|key| key.created.as_ref());
    let [key_time, key_by] = acted(key_created);
    let [fate_time, fate_by] = acted(key.and_then(|key| key.fate_act.as_ref()));
    let [deleted_time, deleted_by] = acted(episode.deleted.as_ref().and_then(Done::as_ref));
    let tags = episode.exemptions.iter().flat_map(|change| &change.tags).map(|(key, value)| match value {
        Some(value) => format!("{key}={value}"),
        None => format!("{key} removed"),
    });
    [
        text(Some(&episode.account_id)),
        text(Some(&episode.user_name)),
        text(episode.user_id.as_deref()),
        text(episode.arn.as_deref()),
        created_time,
        created_by,
        text(episode.created.actor.session.as_deref()),
        tool(created),
        flag(Some(password.is_some())),
        password_time,
        password_by,
        text(key.map(|key| &*key.access_key_id)),
        key_time,
        key.and_then(|key| key.seconds_after_user).map_or_else(String::new, |seconds| seconds.to_string()),
        flag(key.and_then(|key| key.created_with_user)),
        key_by,
        flag(key.and_then(|key| key.same_actor)),
        flag(key.and_then(|key| key.self_made)),
        tool(key_created),
        text(key.map(|key| key.fate.name())),
        fate_time,
        fate_by,
        text(Some(&tags.collect::<Vec<_>>().join("; "))),
        deleted_time,
        deleted_by,
        flag(Some(episode.violation)),
    ]
}
