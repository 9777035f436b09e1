//! Words and figures as the page shows them: text from outside, durations, times, counts.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::audit::model::Account;
use crate::text::visible;
pub(super) use crate::text::{DAY, HOUR, MINUTE, YEAR, duration};

/// Text from outside that keeps to itself: nothing in it is hidden, and its direction does not reach what stands
/// beside it. `html!` escapes markup.
pub(super) fn isolated(text: &str) -> Markup {
    html! { bdi { (visible(text)) } }
}

/// A text with code between backticks, as notes and errors have it, isolated. A backtick without its second stays.
pub(super) fn code_in(text: &str) -> Markup {
    if text.matches('`').count() % 2 == 1 {
        return isolated(text);
    }
    html! {
        bdi {
            @for (place, part) in text.split('`').enumerate() {
                @if place % 2 == 0 { (visible(part)) } @else { code { (visible(part)) } }
            }
        }
    }
}

/// The twelve digits of an account, or that they are unknown.
pub(super) fn account_id(account: &Account) -> &str {
    account.account_id.as_deref().unwrap_or("unknown account")
}

/// The account, with its name if it has one.
pub(super) fn account(account: &Account) -> Markup {
    html! {
        @if let Some(name) = account.evidence.name() { (isolated(name)) " (" (isolated(account_id(account))) ")" }
        @else { (isolated(account_id(account))) }
    }
}

/// A fact in a list of them.
pub(super) fn fact(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

/// A time in UTC, to the second.
pub(super) fn time(time: DateTime<Utc>) -> Markup {
    html! { time { (time.format("%Y-%m-%d %H:%M:%S")) } }
}

/// How far apart a user and its key were created.
pub(super) fn distance(seconds: i64) -> String {
    match seconds {
        0 => "same second".to_owned(),
        1.. => format!("{} after", duration(seconds.unsigned_abs())),
        ..0 => format!("{} before", duration(seconds.unsigned_abs())),
    }
}

/// The part of the whole that is drawn.
#[expect(clippy::cast_precision_loss, reason = "counts, drawn to a tenth of a pixel or of a per cent")]
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
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
        assert_eq!([0, 17, -1].map(distance), ["same second", "17 s after", "1 s before"]);
    }

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), text);
        }
    }
}
