//! Text from outside on its way to a terminal or a spreadsheet: nothing in it may act there.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};

/// Whether a character can move a cursor, hide text or turn its direction.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether the text is ASCII that shows itself: nearly every text is, and it is seen at a glance.
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The text with everything invisible written out, as `\u{1b}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if is_plain(text) || !text.chars().any(is_invisible) {
        return Cow::Borrowed(text);
    }
    let escaped =
        text.chars().map(|c| if is_invisible(c) { c.escape_unicode().to_string() } else { c.to_string() });
    Cow::Owned(escaped.collect())
}

/// The text as a cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe.
pub(crate) fn cell(text: &str) -> Cow<'_, str> {
    if is_plain(text) && !text.starts_with([' ', '=', '+', '-', '@']) {
        return Cow::Borrowed(text);
    }
    let text = visible(text);
    // also the full-width forms, which spreadsheets take for the same
    let formula =
        text.trim_start().starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    if formula { Cow::Owned(format!("'{text}")) } else { text }
}

/// A time as AWS writes it: RFC 3339, whole seconds, `Z`.
pub(crate) fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub(crate) const MINUTE: u64 = 60;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;
pub(crate) const YEAR: u64 = 365 * DAY;

/// A duration in at most two units, not rounded up: `17 s`, `60 s`, `38 min`, `2 h 5 min`, `1 y 12 d`.
pub(crate) fn duration(seconds: u64) -> String {
    const UNITS: [(u64, &str); 5] = [(YEAR, "y"), (DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1, "s")];
    if seconds < 2 * MINUTE {
        return format!("{seconds} s");
    }
    let large = UNITS.iter().zip(UNITS.iter().skip(1)).find(|((unit, _), _)| seconds >= *unit);
    let Some(((unit, name), (smaller, its_name))) = large else { return format!("{seconds} s") };
    let (count, rest) = (seconds / unit, seconds % unit / smaller);
    if rest == 0 { format!("{count} {name}") } else { format!("{count} {name} {rest} {its_name}") }
}

/// A count and what is counted.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// How long after the user a key was created, in words.
pub(crate) fn after_user(seconds: i64) -> String {
    let words = duration(seconds.unsigned_abs());
    if seconds < 0 { format!("{words} before") } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_a_terminal() {
        assert_eq!(visible("brandon+1@example.com"), "brandon+1@example.com");
        assert_eq!(visible("a\u{1b}[2Jb\r\n\u{9b}c\u{202e}d"), r"a\u{1b}[2Jb\u{d}\u{a}\u{9b}c\u{202e}d");
    }

    #[test]
    fn nothing_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\u{ff1d}1"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        assert_eq!(cell("\t=1"), r"\u{9}=1", "written out, it is a text");
        assert_eq!(cell("a=1"), "a=1");
    }
}
