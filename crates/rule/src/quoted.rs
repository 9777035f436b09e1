//! How a value from outside is shown in an error: on one line, and not for ever.

/// At most this many characters of a value are shown.
const MAX_CHARACTERS: usize = 100;

/// The value, cut, with a blank for every control character.
pub(crate) fn quoted(value: &str) -> String {
    value.chars().take(MAX_CHARACTERS).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
