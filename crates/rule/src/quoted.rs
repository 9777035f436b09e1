//! How a value from outside is shown in an error: on one line, and not for ever.

/// At most this many characters of a value are shown.
const MAX_CHARACTERS: usize = 100;

/// The value, cut, with a blank for everything that may break a line.
pub(crate) fn quoted(value: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    value.chars().take(MAX_CHARACTERS).map(|c| if breaks(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_stays_on_one_line_and_is_cut() {
        assert_eq!(quoted("a\r\nb\u{2028}c\u{2029}d\u{7f}é"), "a  b c d é");
        assert_eq!(quoted(&"é".repeat(101)).chars().count(), 100);
    }
}
