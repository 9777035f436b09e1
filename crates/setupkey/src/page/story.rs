//! A lane in a sentence.

use chrono::{DateTime, Utc};
use setupkey_rule::iam::LastUsed;

use super::text::distance;
use crate::audit::model::{Key, User};
use crate::text::visible;

/// What happened to a user: what those hear who do not see it.
pub(super) fn in_words(user: &User) -> String {
    let since = |time: DateTime<Utc>| distance((time - user.create_date).num_seconds());
    let mut parts = vec![format!("created {}", user.create_date.format("%Y-%m-%d %H:%M:%S"))];
    parts.push(match (user.console_password, user.password_created, user.password_last_changed) {
        (Some(false), ..) => "no console password".to_owned(),
        (_, Some(created), _) => format!("password created {}", since(created)),
        (_, None, Some(changed)) => format!("password last changed {}", since(changed)),
        (Some(true), None, None) => "console password".to_owned(),
        (None, None, None) => "password not known".to_owned(),
    });
    match user.keys.as_deref() {
        None => parts.push("keys not known".to_owned()),
        Some([]) => parts.push("no access keys".to_owned()),
        Some(keys) => parts.extend(keys.iter().map(|key| key_in_words(user, key))),
    }
    parts.join("; ")
}

fn key_in_words(user: &User, key: &Key) -> String {
    let mut text = match &key.access_key_id {
        Some(id) => format!("key {}", visible(id.as_str())),
        None => "key".to_owned(),
    };
    if let Some(created) = key.create_date.or(key.last_rotated) {
        text += &format!(" {}", distance((created - user.create_date).num_seconds()));
    }
    if let Some(status) = key.status {
        text += &format!(", {status}");
    }
    match key.last_used {
        Some(LastUsed::Never) => text += ", never used",
        Some(LastUsed::At(time)) => text += &format!(", last used {}", time.format("%Y-%m-%d")),
        None => {}
    }
    if key.is_flagged() {
        text += ", flagged";
    }
    text
}
