//! `setupkey diff`: what is new, resolved or changed between two JSON documents of `setupkey audit`, and what cannot be
//! compared.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::outcome::{Failure, Outcome, print};
use crate::text::{counted, visible};

/// No document is larger: 1,000 accounts of 5,000 users have 2 GiB, too many to compare at once.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// What `diff` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The older document of `setupkey audit --format json`
    old: PathBuf,
    /// The newer document
    new: PathBuf,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How the comparison is written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Table,
    /// For scripts: `new`, `resolved`, `changed`, `notComparable`
    Json,
}

/// The document of an audit, as far as it is compared.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    parameters: Value,
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    account_id: Option<String>,
    source: String,
    users: Vec<User>,
    unread: Vec<Unread>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    user_name: String,
    compliance_type: Option<String>,
    keys: Option<Vec<Key>>,
}

#[derive(Clone, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Key {
    access_key_id: Option<String>,
    status: Option<String>,
    create_date: Option<String>,
    remedy: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unread {
    user_name: Option<String>,
}

/// What something is about; without a user, an account as a whole.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
struct About {
    account_id: Option<String>,
    user_name: Option<String>,
    access_key_id: Option<String>,
}

/// The comparison.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Diff {
    new: Vec<About>,
    resolved: Vec<About>,
    changed: Vec<About>,
    not_comparable: Vec<About>,
}

/// Compares and writes the result.
pub(crate) fn run(args: &Args) -> Outcome {
    try_run(args).unwrap_or_else(Failure::said)
}

fn try_run(args: &Args) -> Result<Outcome, Failure> {
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    let diff = Diff::of(&old, &new);
    let text = match args.format {
        Format::Table => table(&diff, old.parameters != new.parameters),
        Format::Json => {
            let text = serde_json::to_string_pretty(&diff);
            text.map_err(|error| format!("cannot write the result: {error}"))? + "\n"
        }
    };
    print(text.as_bytes()).map_err(|error| format!("cannot write the result: {error}"))?;
    Ok(match diff {
        Diff { new, .. } if !new.is_empty() => Outcome::Flagged,
        Diff { not_comparable, .. } if !not_comparable.is_empty() => Outcome::Failed,
        _ => Outcome::NothingFlagged,
    })
}

fn read(path: &Path) -> Result<Document, String> {
    let name = path.display();
    let mut text = Vec::new();
    let file = File::open(path).map_err(|error| format!("cannot read `{name}`: {error}"))?;
    let read = file.take(MAX_BYTES + 1).read_to_end(&mut text);
    read.map_err(|error| format!("cannot read `{name}`: {error}"))?;
    if u64::try_from(text.len()).is_ok_and(|length| length > MAX_BYTES) {
        return Err(format!("`{name}` is larger than {MAX_BYTES} bytes"));
    }
    serde_json::from_slice(&text)
        .map_err(|error| format!("`{name}` is not a document of `setupkey audit --format json`: {error}"))
}

impl Diff {
    fn of(old: &Document, new: &Document) -> Self {
        let mut diff = Self::default();
        let (before, after) = (by_id(old), by_id(new));
        let is_same_question = old.parameters == new.parameters;
        let mut ids: Vec<_> = before.keys().chain(after.keys()).collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            match (before.get(id), after.get(id)) {
                (Some(old), Some(new)) if is_same_question && old.is_listed() && new.is_listed() => {
                    diff.account(old, new);
                }
                _ => {
                    let account_id = id.clone();
                    diff.not_comparable.push(About { account_id, user_name: None, access_key_id: None });
                }
            }
        }
        for list in [&mut diff.new, &mut diff.resolved, &mut diff.changed, &mut diff.not_comparable] {
            list.sort_unstable();
            list.dedup();
        }
        diff
    }

    fn account(&mut self, old: &Account, new: &Account) {
        // only a live account has key IDs; a report alone is compared by when keys were created
        let by_id = old.source == "live" && new.source == "live";
        let (before, after) = (old.flagged(by_id), new.flagged(by_id));
        for (key, found) in &after {
            match before.get(key) {
                _ if old.is_unknown(found.user_name) => self.not_comparable.push(new.user(found.user_name)),
                None => self.new.push(new.about(found)),
                Some(was) if was.key.remedy != found.key.remedy || was.key.status != found.key.status => {
                    self.changed.push(new.about(found));
                }
                Some(_) => {}
            }
        }
        for (key, was) in &before {
            if !after.contains_key(key) {
                if new.is_unknown(was.user_name) {
                    self.not_comparable.push(old.user(was.user_name));
                } else {
                    self.resolved.push(old.about(was));
                }
            }
        }
    }
}

fn by_id(document: &Document) -> BTreeMap<Option<String>, &Account> {
    document.accounts.iter().map(|account| (account.account_id.clone(), account)).collect()
}

/// A flagged key.
struct Flagged<'a> {
    user_name: &'a str,
    key: &'a Key,
}

impl Account {
    /// Whether all users of the account were seen.
    fn is_listed(&self) -> bool {
        self.unread.iter().all(|unread| unread.user_name.is_some())
    }

    /// Whether nothing is known about the verdict of a user who was seen.
    fn is_unknown(&self, user_name: &str) -> bool {
        self.users.iter().any(|user| user.user_name == user_name && user.compliance_type.is_none())
    }

    fn flagged(&self, by_id: bool) -> BTreeMap<(&str, &str), Flagged<'_>> {
        let noncompliant =
            self.users.iter().filter(|user| user.compliance_type.as_deref() == Some("NON_COMPLIANT"));
        let keys = noncompliant.flat_map(|user| user.keys.iter().flatten().map(move |key| (user, key)));
        keys.filter(|(_, key)| key.remedy.is_some())
            .map(|(user, key)| {
                let id = if by_id { &key.access_key_id } else { &key.create_date };
                let name = user.user_name.as_str();
                ((name, id.as_deref().unwrap_or_default()), Flagged { user_name: name, key })
            })
            .collect()
    }

    fn about(&self, flagged: &Flagged<'_>) -> About {
        About {
            account_id: self.account_id.clone(),
            user_name: Some(flagged.user_name.to_owned()),
            access_key_id: flagged.key.access_key_id.clone(),
        }
    }

    fn user(&self, user_name: &str) -> About {
        let account_id = self.account_id.clone();
        About { account_id, user_name: Some(user_name.to_owned()), access_key_id: None }
    }
}

fn table(diff: &Diff, asks_otherwise: bool) -> String {
    let mut lines = Vec::new();
    let lists = [
        ("new", &diff.new),
        ("resolved", &diff.resolved),
        ("changed", &diff.changed),
        ("not comparable", &diff.not_comparable),
    ];
    for (what, list) in lists {
        for About { account_id, user_name, access_key_id } in list {
            let account = account_id.as_deref().unwrap_or("unknown");
            let user =
                user_name.as_ref().map_or_else(String::new, |name| format!("  user {}", visible(name)));
            let key =
                access_key_id.as_ref().map_or_else(String::new, |id| format!("  access key {}", visible(id)));
            lines.push(format!("{what:<15} account {}{user}{key}", visible(account)));
        }
    }
    let [new, resolved, changed, not_comparable] = lists.map(|(_, list)| list.len());
    lines.push(format!(
        "{}, {resolved} resolved, {changed} changed, {not_comparable} not comparable",
        counted(new, "new finding", "new findings")
    ));
    if asks_otherwise {
        lines.push(
            "note: the two audits have other parameters, so nothing in them can be compared".to_owned(),
        );
    } else if not_comparable > 0 {
        lines.push("note: what is not comparable is missing or was not read in one of the audits".to_owned());
    }
    lines.join("\n") + "\n"
}
