//! JSON: one document. `schemas/history.schema.json` says what is in it.

use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use setupkey_history::Episode;
use setupkey_history::actor::{Actor, Tool};
use setupkey_history::episode::{Act, Done, Fate, Key, Password, TagChange};

use crate::history::members::{coverage, summary};
use crate::history::report::Report;
use crate::text::{is_invisible, is_plain, time};

/// Writes the document, an episode a line.
pub(super) fn write(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let parameters = &report.parameters;
    let version = env!("CARGO_PKG_VERSION");
    write!(out, r#"{{"version":"{version}","tool":"setupkey history","parameters":"#)?;
    value(
        out,
        &json!({
            "scope": parameters.scope.name(),
            "setupWindowSeconds": parameters.setup_window.num_seconds(),
            "exceptionTagPrefix": parameters.exception_tag_prefix.as_deref().unwrap_or("none"),
        }),
    )?;
    out.write_all(b",\n\"coverage\":")?;
    value(out, &coverage(report))?;
    out.write_all(b",\n\"episodes\":[")?;
    for (place, episode) in report.history.episodes.iter().enumerate() {
        out.write_all(if place == 0 { b"\n" } else { b",\n" })?;
        value(out, &EpisodeMember::from(episode))?;
    }
    out.write_all(b"],\n\"summary\":")?;
    value(out, &summary(report))?;
    out.write_all(b"}\n")
}

/// Writes a value with everything invisible as an escape: nothing in a name acts on the terminal of a reader.
fn value(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string(value)?;
    if is_plain(&text) || !text.chars().any(is_invisible) {
        return out.write_all(text.as_bytes());
    }
    // outside of strings there is nothing invisible
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_invisible(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                shown += &format!("\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    out.write_all(shown.as_bytes())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EpisodeMember<'a> {
    account_id: &'a str,
    user_name: &'a str,
    former_names: Vec<&'a str>,
    user_id: Option<&'a str>,
    arn: Option<&'a str>,
    created: CreatedMember<'a>,
    console_password: Option<PasswordMember<'a>>,
    keys: Vec<KeyMember<'a>>,
    exemptions: Vec<ExemptionMember<'a>>,
    deleted: Option<DoneMember<'a>>,
    violation: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedMember<'a> {
    time: String,
    by: Option<&'a str>,
    session: Option<&'a str>,
    tool: Option<&'static str>,
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: Option<&'a str>,
    user_agent: Option<&'a str>,
    invoked_by: Option<&'a str>,
}

#[derive(Serialize)]
struct DoneMember<'a> {
    time: Option<String>,
    by: Option<&'a str>,
}

#[derive(Serialize)]
struct PasswordMember<'a> {
    #[serde(flatten)]
    created: DoneMember<'a>,
    deleted: Option<DoneMember<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyMember<'a> {
    access_key_id: &'a str,
    time: Option<String>,
    seconds_after_user: Option<i64>,
    created_with_user: Option<bool>,
    by: Option<&'a str>,
    same_actor: Option<bool>,
    self_made: Option<bool>,
    tool: Option<&'static str>,
    fate: &'static str,
    fate_time: Option<String>,
    fate_by: Option<&'a str>,
}

#[derive(Serialize)]
struct ExemptionMember<'a> {
    time: String,
    by: Option<&'a str>,
    tags: Vec<TagMember<'a>>,
}

#[derive(Serialize)]
struct TagMember<'a> {
    key: &'a str,
    value: Option<&'a str>,
}

fn identity(actor: &Actor) -> Option<&str> {
    actor.by.as_deref()
}

impl<'a> From<&'a Done> for DoneMember<'a> {
    fn from(done: &'a Done) -> Self {
        Self {
            time: done.as_ref().map(|act| time(act.time)),
            by: done.as_ref().and_then(|act| identity(&act.actor)),
        }
    }
}

impl<'a> From<&'a Episode> for EpisodeMember<'a> {
    fn from(episode: &'a Episode) -> Self {
        let Act { time: created, actor } = &episode.created;
        Self {
            account_id: &episode.account_id,
            user_name: &episode.user_name,
            former_names: episode.former_names.iter().map(|name| &**name).collect(),
            user_id: episode.user_id.as_deref(),
            arn: episode.arn.as_deref(),
            created: CreatedMember {
                time: time(*created),
                by: identity(actor),
                session: actor.session.as_deref(),
                tool: actor.tool.map(Tool::name),
                source_ip_address: actor.source_ip_address.as_deref(),
                user_agent: actor.user_agent.as_deref(),
                invoked_by: actor.invoked_by.as_deref(),
            },
            console_password: episode.console_password.as_ref().map(|Password { created, deleted }| {
                PasswordMember { created: created.into(), deleted: deleted.as_ref().map(DoneMember::from) }
            }),
            keys: episode.keys.iter().map(KeyMember::from).collect(),
            exemptions: episode.exemptions.iter().map(ExemptionMember::from).collect(),
            deleted: episode.deleted.as_ref().map(DoneMember::from),
            violation: episode.violation,
        }
    }
}

impl<'a> From<&'a Key> for KeyMember<'a> {
    fn from(key: &'a Key) -> Self {
        let DoneMember { time, by } = (&key.created).into();
        let DoneMember { time: fate_time, by: fate_by } = (&key.fate_act).into();
        Self {
            access_key_id: &key.access_key_id,
            time,
            seconds_after_user: key.seconds_after_user,
            created_with_user: key.created_with_user,
            by,
            same_actor: key.same_actor,
            self_made: key.self_made,
            tool: key.created.as_ref().and_then(|act| act.actor.tool).map(Tool::name),
            fate: Fate::name(key.fate),
            fate_time,
            fate_by,
        }
    }
}

impl<'a> From<&'a TagChange> for ExemptionMember<'a> {
    fn from(TagChange { act, tags }: &'a TagChange) -> Self {
        let tag = |(key, value): &'a (Arc<str>, Option<Arc<str>>)| TagMember { key, value: value.as_deref() };
        Self { time: time(act.time), by: identity(&act.actor), tags: tags.iter().map(tag).collect() }
    }
}
