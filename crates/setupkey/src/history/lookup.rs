//! `--live`: the event history of the account itself, call by call, at the pace that CloudTrail allows. What was read is
//! saved page by page, so that a run that was interrupted goes on where it ended.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use setupkey_aws::{Caller, CloudTrail, Session};
use setupkey_history::split::MAX_RECORD_BYTES;
use setupkey_history::{Period, Trail};
use tokio::time::{MissedTickBehavior, interval};

use super::files::{NotRead, split};

/// The bar has this many parts for each call that is asked about.
const PARTS: u64 = 1_000;

/// Every note in a saved lookup begins so; no record does.
const NOTE: &[u8] = br#"{"setupkeyLookup":"#;

/// What was looked up.
#[derive(Debug)]
pub(super) struct LookedUp {
    /// The records.
    pub(super) trail: Trail,
    /// What was asked.
    pub(super) lookup: Lookup,
    /// What could not be read to its end.
    pub(super) not_read: Vec<NotRead>,
}

/// What is asked: the first note of a saved lookup.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lookup {
    /// The account.
    pub(super) account_id: String,
    /// The region that has the events of IAM.
    pub(super) region: String,
    /// The first second.
    since: DateTime<Utc>,
    /// The last second.
    until: DateTime<Utc>,
}

/// How far the events of one name are read: the note after each page.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reached {
    event_name: String,
    /// Everything after that second is read.
    oldest: Option<DateTime<Utc>>,
    is_done: bool,
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Note {
    Lookup(Lookup),
    Reached(Reached),
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct NoteLine {
    setupkey_lookup: Note,
}

/// Looks up every call that matters.
///
/// # Errors
///
/// The period is not in the event history, or the saved lookup cannot be read or written.
pub(super) async fn read(
    session: &Session,
    caller: Caller,
    asked: Period,
    save: Option<&Path>,
    pace: Duration,
    now: DateTime<Utc>,
) -> Result<LookedUp, String> {
    let region = CloudTrail::iam_region(&caller.partition).ok_or_else(|| {
        format!("the region of IAM's events is not known for the partition `{}`", caller.partition)
    })?;
    let now = now.trunc_subsecs(0);
    let oldest = now - TimeDelta::days(CloudTrail::DAYS);
    let mut lookup = Lookup {
        account_id: caller.account_id,
        region: region.to_owned(),
        since: asked.since.unwrap_or(oldest),
        until: asked.until.map_or(now, |until| until.min(now)),
    };
    let mut saved = save.map(|path| Saved::open(path, &mut lookup, asked)).transpose()?;
    // a run that goes on began a while ago
    if lookup.since < oldest - TimeDelta::days(1) || (save.is_none() && lookup.since < oldest) {
        return Err(format!(
            "the period begins {}, and CloudTrail's event history has {} days; read the log files of a trail",
            crate::text::time(lookup.since),
            CloudTrail::DAYS
        ));
    }
    let mut trail = Trail::new(Period { since: Some(lookup.since), until: Some(lookup.until) });
    let mut reached = HashMap::new();
    if let Some(saved) = &mut saved {
        saved.read(&mut trail, &mut reached)?;
    }
    let mut paced = interval(pace);
    paced.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let bar = bar();
    let client = session.cloud_trail(region);
    let mut not_read = Vec::new();
    'names: for (place, name) in Trail::EVENT_NAMES.into_iter().enumerate() {
        let before: Option<Reached> = reached.remove(name);
        if before.as_ref().is_some_and(|reached| reached.is_done) {
            continue;
        }
        bar.set_message(name);
        let until = before.and_then(|reached| reached.oldest).unwrap_or(lookup.until);
        let mut token = None;
        let mut seen = HashSet::new();
        loop {
            paced.tick().await;
            let page = match client.lookup_events(name, lookup.since, until, token).await {
                Ok(page) => page,
                Err(error) => {
                    // what follows would fail alike, and is not read either
                    let reason = format!("{error}; the events after it were not looked up");
                    not_read.push(NotRead { path: format!("events {name}"), reason });
                    break 'names;
                }
            };
            page.records.iter().for_each(|record| trail.add(record.as_bytes()));
            bar.set_position(place as u64 * PARTS + part(&lookup, page.oldest.unwrap_or(lookup.since)));
            let is_done = page.next_token.is_none();
            if let Some(saved) = &mut saved {
                saved.write(
                    &page.records,
                    Reached { event_name: name.to_owned(), oldest: page.oldest, is_done },
                )?;
            }
            if is_done {
                break;
            }
            if !page.next_token.clone().is_none_or(|token| seen.insert(token)) {
                not_read.push(NotRead {
                    path: format!("events {name}"),
                    reason: "the same page came twice".to_owned(),
                });
                break;
            }
            token = page.next_token;
        }
    }
    bar.finish_and_clear();
    Ok(LookedUp { trail, lookup, not_read })
}

/// How much of the period is read, from its end.
fn part(lookup: &Lookup, oldest: DateTime<Utc>) -> u64 {
    let whole = (lookup.until - lookup.since).num_seconds().max(1);
    let read = (lookup.until - oldest).num_seconds().clamp(0, whole);
    u64::try_from(read).unwrap_or_default() * PARTS / u64::try_from(whole).unwrap_or(1)
}

/// A bar on standard error, if that is a terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::new(Trail::EVENT_NAMES.len() as u64 * PARTS);
    if let Ok(style) =
        ProgressStyle::with_template("{elapsed_precise} {bar:30} {percent}%, about {eta} left: {msg}")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_secs(1));
    bar
}

/// A lookup that is saved page by page: notes and records, a line each.
struct Saved {
    file: File,
    path: String,
}

impl Saved {
    /// Opens a saved lookup, or begins one. What an earlier run asked for is asked for again.
    fn open(path: &Path, lookup: &mut Lookup, asked: Period) -> Result<Self, String> {
        let name = path.display().to_string();
        let cannot = |error: std::io::Error| format!("cannot open `{name}`: {error}");
        let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(cannot)?;
        let is_new = file.metadata().map_err(cannot)?.len() == 0;
        let mut saved = Self { file, path: name };
        if is_new {
            let note = NoteLine { setupkey_lookup: Note::Lookup(lookup.clone()) };
            saved.append(&[], &note)?;
            return Ok(saved);
        }
        let earlier = saved.first_note()?;
        let differs = |asked: Option<DateTime<Utc>>, earlier| asked.is_some_and(|asked| asked != earlier);
        if (&earlier.account_id, &earlier.region) != (&lookup.account_id, &lookup.region) {
            return Err(format!(
                "`{}` is a lookup in account {}, and the credentials are of account {}; name another file",
                saved.path, earlier.account_id, lookup.account_id
            ));
        }
        if differs(asked.since, earlier.since) || differs(asked.until, earlier.until) {
            return Err(format!(
                "`{}` is a lookup of the period {} to {}; leave `--since` and `--until` out, or name another file",
                saved.path,
                crate::text::time(earlier.since),
                crate::text::time(earlier.until)
            ));
        }
        *lookup = earlier;
        saved.drop_cut_line()?;
        Ok(saved)
    }

    fn first_note(&mut self) -> Result<Lookup, String> {
        let mut start = Vec::new();
        let limit = MAX_RECORD_BYTES as u64;
        (&self.file).take(limit).read_to_end(&mut start).map_err(|error| self.cannot("read", &error))?;
        let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
        match serde_json::from_slice(line) {
            Ok(NoteLine { setupkey_lookup: Note::Lookup(lookup) }) => Ok(lookup),
            _ => Err(format!("`{}` is no saved lookup: its first line is not one of `--save`", self.path)),
        }
    }

    /// Cuts off a line that a run did not end.
    fn drop_cut_line(&mut self) -> Result<(), String> {
        let mut cut = || {
            let length = self.file.metadata()?.len();
            let start = length.saturating_sub(2 * MAX_RECORD_BYTES as u64);
            self.file.seek(SeekFrom::Start(start))?;
            let mut end = Vec::new();
            (&self.file).take(length - start).read_to_end(&mut end)?;
            let kept = memchr::memrchr(b'\n', &end).map_or(0, |place| place as u64 + 1);
            if start + kept < length { self.file.set_len(start + kept) } else { Ok(()) }
        };
        cut().map_err(|error| self.cannot("read", &error))
    }

    /// Reads what earlier runs have saved.
    fn read(&mut self, trail: &mut Trail, reached: &mut HashMap<String, Reached>) -> Result<(), String> {
        self.file.seek(SeekFrom::Start(0)).map_err(|error| self.cannot("read", &error))?;
        let read = split(BufReader::new(&self.file), &mut |record| {
            if !record.starts_with(NOTE) {
                trail.add(record);
            } else if let Ok(NoteLine { setupkey_lookup: Note::Reached(note) }) =
                serde_json::from_slice(record)
            {
                reached.insert(note.event_name.clone(), note);
            }
        });
        read.map_err(|reason| format!("cannot read `{}`: {reason}", self.path))
    }

    /// Saves a page.
    fn write(&mut self, records: &[String], reached: Reached) -> Result<(), String> {
        self.append(records, &NoteLine { setupkey_lookup: Note::Reached(reached) })
    }

    fn append(&mut self, records: &[String], note: &NoteLine) -> Result<(), String> {
        let mut page = String::new();
        for record in records {
            // a line each: in JSON, a line break lies between values
            page.extend(record.chars().map(|c| if c == '\n' || c == '\r' { ' ' } else { c }));
            page.push('\n');
        }
        let written = serde_json::to_string(note).map_err(std::io::Error::from).and_then(|note| {
            page.push_str(&note);
            page.push('\n');
            self.file.write_all(page.as_bytes())
        });
        written.map_err(|error| self.cannot("write", &error))
    }

    fn cannot(&self, what: &str, error: &std::io::Error) -> String {
        format!("cannot {what} `{}`: {error}", self.path)
    }
}
