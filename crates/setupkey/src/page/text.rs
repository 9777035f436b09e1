//! Words and figures as the page shows them: text from outside, durations, times, counts.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::text::visible;
pub(super) use crate::text::{DAY, HOUR, MINUTE, YEAR, duration};

/// Text from outside that keeps to itself: nothing in it is hidden, and its direction does not reach what stands
/// beside it. `html!` escapes markup.
pub(super) fn isolated(text: &str) -> Markup {
    html! { bdi { (visible(text)) } }
}

/// A time in UTC, to the second.
pub(super) fn time(time: DateTime<Utc>) -> Markup {
    html! { time datetime=(time.format("%Y-%m-%dT%H:%M:%SZ")) { (time.format("%Y-%m-%d %H:%M:%S")) } }
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
