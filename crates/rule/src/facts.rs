//! What is known about one IAM user so far.
//!
//! Facts are added as they are read, from whichever source; what they mean is decided in
//! [`decision`](crate::decision).

use crate::iam::{AccessKey, AccessKeyId, ConsolePassword, IamUser, LastUsed, Tags};
use crate::report::{Reported, ReportedKey};

/// What is known about one user so far. Unknown facts are `None`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UserFacts {
    user: IamUser,
    keys: Option<Vec<KeyFacts>>,
    console_password: Option<ConsolePassword>,
    reported: Option<Reported>,
    tags: Option<Vec<(String, String)>>,
}

/// An access key and its last use, where that was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyFacts {
    /// The key.
    pub access_key: AccessKey,
    /// The last use (GetAccessKeyLastUsed).
    pub last_used: Option<LastUsed>,
}

impl UserFacts {
    /// Starts with the user, and with what the credential report says where it may be believed.
    #[must_use]
    pub fn new(user: IamUser, reported: Option<Reported>) -> Self {
        Self { user, keys: None, console_password: None, reported, tags: None }
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> &IamUser {
        &self.user
    }

    /// What the credential report says about the user.
    #[must_use]
    pub fn reported(&self) -> Option<&Reported> {
        self.reported.as_ref()
    }

    /// The console password.
    #[must_use]
    pub fn console_password(&self) -> Option<ConsolePassword> {
        self.console_password
    }

    /// All tags of the user.
    #[must_use]
    pub fn tags(&self) -> Option<&Tags> {
        self.tags.as_deref()
    }

    /// All access keys of the user.
    #[must_use]
    pub fn keys(&self) -> Option<&[KeyFacts]> {
        self.keys.as_deref()
    }

    /// Adds all access keys of the user.
    pub fn learn_access_keys(&mut self, keys: Vec<AccessKey>) {
        let unread = |access_key| KeyFacts { access_key, last_used: None };
        self.keys = Some(keys.into_iter().map(unread).collect());
    }

    /// Adds the last use of a key. `None` says that the key does not exist any more: it is forgotten.
    pub fn learn_last_used(&mut self, id: &AccessKeyId, last_used: Option<LastUsed>) {
        let keys = self.keys.get_or_insert_default();
        match last_used {
            None => keys.retain(|key| key.access_key.access_key_id != *id),
            Some(_) => {
                for key in keys.iter_mut().filter(|key| key.access_key.access_key_id == *id) {
                    key.last_used = last_used;
                }
            }
        }
    }

    /// Adds all tags of the user.
    pub fn learn_tags(&mut self, tags: Vec<(String, String)>) {
        self.tags = Some(tags);
    }

    /// Adds whether the user has a console password.
    pub fn learn_console_password(&mut self, console_password: ConsolePassword) {
        self.console_password = Some(console_password);
    }

    /// Returns the slots of the report that can hold a listed key: those for which all listed keys fit, by their dates
    /// and by what is known of their use.
    ///
    /// A report has no key IDs, and its date is that of the last change, which is never before the creation. A key that
    /// was never used is not the one that the report shows as used. Empty says that the report shows nothing certain
    /// about the key.
    #[must_use]
    pub fn slots(&self, key: &KeyFacts) -> Vec<&ReportedKey> {
        let (Some(reported), Some(listed)) = (&self.reported, &self.keys) else { return Vec::new() };
        let is_shown = |key: &KeyFacts| key.access_key.create_date <= reported.shows_keys_until;
        let is_other = |other: &&KeyFacts| other.access_key.access_key_id != key.access_key.access_key_id;
        let others: Vec<&KeyFacts> = listed.iter().filter(|other| is_shown(other)).filter(is_other).collect();
        if !is_shown(key) || others.len() > 1 || reported.row.has_additional_credentials {
            return Vec::new();
        }
        let fits = |slot: &ReportedKey, key: &KeyFacts| {
            let was_there =
                slot.last_rotated.value().is_none_or(|changed| key.access_key.create_date <= changed);
            let shows_more_use =
                key.last_used == Some(LastUsed::Never) && slot.last_used().is_some_and(LastUsed::is_used);
            slot.is_taken() && was_there && !shows_more_use
        };
        let [first, second] = &reported.row.keys;
        [(first, second), (second, first)]
            .into_iter()
            .filter(|(slot, rest)| fits(slot, key) && others.iter().all(|other| fits(rest, other)))
            .map(|(slot, _)| slot)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{NO_KEY, active_key, report_row, reported, reported_key, user};
    use crate::report::{ReportAge, ReportRow};

    const DAY: i64 = 86_400;

    /// The slots, A and B, that can hold each listed key; - where there is none.
    fn slots(row: ReportRow, created: &[i64]) -> String {
        let mut facts = UserFacts::new(user("elise"), Some(reported(row, ReportAge::Fresh)));
        let keys: Vec<_> =
            created.iter().enumerate().map(|(number, seconds)| active_key(number, *seconds)).collect();
        facts.learn_access_keys(keys);
        let [first, _] = &facts.reported().unwrap().row.keys;
        let letter = |slot: &ReportedKey| if std::ptr::eq(slot, first) { 'A' } else { 'B' };
        let of_key = |key| match facts.slots(key) {
            slots if slots.is_empty() => "-".to_owned(),
            slots => slots.into_iter().map(letter).collect(),
        };
        facts.keys().unwrap().iter().map(of_key).collect::<Vec<String>>().join(" ")
    }

    /// The row shows every key of the first 30 days. Its slots were changed 10 s and 9 days after the user.
    #[test]
    fn key_is_of_a_slot_only_where_the_dates_of_all_keys_fit() {
        let changed = |first, second| report_row([first, second].map(|at| reported_key(true, true, at)));
        let row = changed(10, 9 * DAY);
        let one_key = report_row([reported_key(true, true, 9 * DAY), NO_KEY]);
        let no_date = report_row([ReportedKey { active: true, ..NO_KEY }, NO_KEY]);
        let more = ReportRow { has_additional_credentials: true, ..row };
        #[rustfmt::skip]
        let cases = [
            // what is reported and listed                   row                     keys created           slots
            ("as created",                                   row,                    vec![10, 9 * DAY],     "A B"),
            ("listed in another order",                      row,                    vec![9 * DAY, 10],     "B A"),
            ("both keys changed after they were created",    row,                    vec![0, 5 * DAY],      "A B"),
            ("one key, changed after it was created",        one_key,                vec![10],              "A"),
            ("two slots of one date",                        changed(10, 10),        vec![0, 10],           "AB AB"),
            ("two slots of one date, before a key",          changed(10, 10),        vec![10, 9 * DAY],     "- -"),
            ("two keys of one date",                         row,                    vec![10, 10],          "AB AB"),
            ("the other key was deleted",                    row,                    vec![10],              "AB"),
            ("both keys were deleted, and one created",      row,                    vec![20 * DAY],        "-"),
            ("a key that no slot can hold",                  row,                    vec![10, 20 * DAY],    "- -"),
            ("a slot that shows no key",                     one_key,                vec![10, 9 * DAY],     "- -"),
            ("a slot without a date",                        no_date,                vec![10],              "A"),
            ("the latest key that the row shows",            changed(10, 30 * DAY),  vec![10, 30 * DAY],    "A B"),
            ("three keys",                                   row,                    vec![0, 5, 9 * DAY],   "- - -"),
            ("additional credentials",                       more,                   vec![10, 9 * DAY],     "- -"),
        ];
        for (situation, row, created, expected) in cases {
            assert_eq!(slots(row, &created), expected, "{situation}");
        }
    }

    /// Rows are read over the 15 minutes before the report is ready, so a row can be older than such a key.
    #[test]
    fn key_of_the_15_minutes_before_the_report_is_not_mapped() {
        let row = report_row([reported_key(true, true, 10), reported_key(true, true, 40 * DAY)]);
        assert_eq!(slots(row, &[10, 30 * DAY + 1]), "AB -", "slot B can be of a key that was deleted");

        let row = report_row([reported_key(true, true, 10), NO_KEY]);
        assert_eq!(slots(row, &[10, 30 * DAY + 1]), "A -");
        assert_eq!(slots(row, &[0, 30 * DAY + 1, 30 * DAY + 2]), "A - -");
    }

    #[test]
    fn without_report_or_listing_there_are_no_slots() {
        let row = report_row([reported_key(true, true, 10), NO_KEY]);
        let not_listed = UserFacts::new(user("elise"), Some(reported(row, ReportAge::Fresh)));
        let mut not_reported = UserFacts::new(user("elise"), None);
        not_reported.learn_access_keys(vec![active_key(1, 10)]);

        for facts in [not_listed, not_reported] {
            let key = KeyFacts { access_key: active_key(1, 10), last_used: None };
            assert_eq!(facts.slots(&key), Vec::<&ReportedKey>::new());
        }
    }

    #[test]
    fn key_that_does_not_exist_any_more_is_forgotten() {
        let mut facts = UserFacts::new(user("elise"), None);
        let (first, second) = (active_key(1, 0), active_key(2, 0));
        facts.learn_access_keys(vec![first.clone(), second.clone()]);
        facts.learn_last_used(&first.access_key_id, None);
        facts.learn_last_used(&second.access_key_id, Some(LastUsed::Never));

        let last_used = Some(LastUsed::Never);
        assert_eq!(facts.keys(), Some([KeyFacts { access_key: second, last_used }].as_slice()));
    }
}
