//! Reads `cases.csv`. Plain values only: the system suite reads the same table, for local AWS.

use std::collections::BTreeMap;
use std::path::Path;

/// One situation.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) console_password: ConsolePassword,
    pub(crate) include_inactive_keys: bool,
    pub(crate) keys: Vec<Key>,
    /// The letter in each column `scope: criterion`.
    pub(crate) verdicts: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ConsolePassword {
    Yes,
    No,
    Later,
}

#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// `active`, `inactive` or `expired`.
    pub(crate) status: String,
    pub(crate) seconds_after_user: i64,
    pub(crate) used: bool,
}

pub(crate) fn read(path: &Path) -> Vec<Case> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let row: BTreeMap<&str, &str> = headers.iter().zip(record.iter()).collect();
            Case {
                name: row["case"].to_owned(),
                console_password: match row["console_password"] {
                    "yes" => ConsolePassword::Yes,
                    "no" => ConsolePassword::No,
                    "later" => ConsolePassword::Later,
                    other => panic!("`console_password` is `{other}`"),
                },
                include_inactive_keys: row["includeInactiveKeys"].parse().unwrap(),
                keys: match row["keys"] {
                    "none" => Vec::new(),
                    keys => keys.split(" | ").map(key).collect(),
                },
                verdicts: row
                    .iter()
                    .filter(|(header, _)| header.contains(": "))
                    .map(|(header, letter)| ((*header).to_owned(), (*letter).to_owned()))
                    .collect(),
            }
        })
        .collect()
}

fn key(text: &str) -> Key {
    let [status, offset, used] = text.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let digits = offset.trim_end_matches(char::is_alphabetic);
    let unit = match offset.trim_start_matches(|c: char| !c.is_alphabetic()) {
        "s" => 1,
        "min" => 60,
        "day" => 86_400,
        other => panic!("`{other}` is no unit of time"),
    };
    assert!(used == "used" || used == "never", "`{used}` is no last use");
    Key {
        status: status.to_owned(),
        seconds_after_user: digits.parse::<i64>().unwrap() * unit,
        used: used == "used",
    }
}
