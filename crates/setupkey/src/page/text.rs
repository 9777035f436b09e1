//! Words and figures as the page shows them: text from outside made visible, durations, times, counts.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

pub(super) const MINUTE: u64 = 60;
pub(super) const HOUR: u64 = 60 * MINUTE;
pub(super) const DAY: u64 = 24 * HOUR;
pub(super) const YEAR: u64 = 365 * DAY;

/// Text from outside. Characters that show nothing, or turn the order of others around, are named in place of
/// being obeyed; markup is escaped by `html!`.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || shows_nothing(c) {
            shown.push_str(&format!("\u{27e8}U+{:04X}\u{27e9}", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Marks of direction, separators of lines, blanks without width, and tags (Unicode 16, general categories Cf,
/// Zl and Zp). The joiners U+200C and U+200D belong to words of some languages and stay.
fn shows_nothing(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text from outside that keeps to itself: its direction does not reach what stands beside it.
pub(super) fn isolated(text: &str) -> Markup {
    html! { bdi { (shown(text)) } }
}

/// A time in UTC, to the second.
pub(super) fn time(time: DateTime<Utc>) -> Markup {
    html! { time datetime=(time.format("%Y-%m-%dT%H:%M:%SZ")) { (time.format("%Y-%m-%d %H:%M:%S")) } }
}

/// A duration in at most two units, not rounded up: `17 s`, `60 s`, `38 min`, `2 h 5 min`, `1 y 12 d`.
pub(super) fn duration(seconds: u64) -> String {
    const UNITS: [(u64, &str); 5] = [(YEAR, "y"), (DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1, "s")];
    if seconds < 2 * MINUTE {
        return format!("{seconds} s");
    }
    let large = UNITS.iter().zip(UNITS.iter().skip(1)).find(|((unit, _), _)| seconds >= *unit);
    let Some(((unit, name), (smaller, its_name))) = large else { return format!("{seconds} s") };
    let (count, rest) = (seconds / unit, seconds % unit / smaller);
    if rest == 0 { format!("{count} {name}") } else { format!("{count} {name} {rest} {its_name}") }
}

/// How long after the user something happened, signed.
pub(super) fn after_user(seconds: i64) -> String {
    let sign = if seconds < 0 { '\u{2212}' } else { '+' };
    format!("{sign}{}", duration(seconds.unsigned_abs()))
}

/// A count with a comma between thousands.
pub(super) fn count(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and what is counted.
pub(super) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_named() {
        assert_eq!(shown("a\u{202e}b\u{2028}c\0d"), "a⟨U+202E⟩b⟨U+2028⟩c⟨U+0000⟩d");
        assert_eq!(shown("<b>\"é\" می\u{200c}خواهم"), "<b>\"é\" می\u{200c}خواهم");
    }

    #[test]
    fn durations_have_two_units() {
        let table = [
            (0, "0 s"),
            (59, "59 s"),
            (119, "119 s"),
            (120, "2 min"),
            (121, "2 min 1 s"),
            (2_280, "38 min"),
            (7_500, "2 h 5 min"),
            (86_400, "1 d"),
            (366 * DAY, "1 y 1 d"),
            (365 * DAY + 1, "1 y"),
        ];
        for (seconds, text) in table {
            assert_eq!(duration(seconds), text);
        }
        assert_eq!(after_user(-1), "−1 s");
    }

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), text);
        }
    }
}
