//! Texts of a record, bounded.

use std::sync::Arc;

use serde_json::Value;

/// The longest text of a record that is kept. A user agent is cut by CloudTrail at about 1,000 characters, and IAM's
/// own texts are shorter.
pub(crate) const MAX_TEXT_BYTES: usize = 2_048;

/// A text of an object that is not empty.
pub(crate) fn text(object: &Value, name: &str) -> Option<Arc<str>> {
    let text = object.get(name)?.as_str().filter(|text| !text.is_empty())?;
    let mut end = text.len().min(MAX_TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).map(Arc::from)
}
