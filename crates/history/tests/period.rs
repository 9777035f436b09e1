//! Periods from their records to their episodes: what happened, told by records in any order.
#![cfg(test)]

use proptest::prelude::*;
use serde_json::{Value, json};
use setupkey_history::episode::Fate;
use setupkey_history::{Episode, History, Period, Splitter, Trail};
use setupkey_rule::parameters::{RuleParameters, Scope};

/// The second of the period.
fn at(second: i64) -> String {
    let start: chrono::DateTime<chrono::Utc> = "2026-03-02T10:00:00Z".parse().unwrap();
    (start + chrono::TimeDelta::seconds(second)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A call at this second, by alice.
fn call(second: i64, name: &str, request: &Value, response: &Value) -> Value {
    json!({
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAALICE", "arn": "arn:aws:iam::111122223333:user/alice",
            "accountId": "111122223333", "userName": "alice",
        },
        "eventTime": at(second),
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "userAgent": "aws-cli/2.22.0",
        "requestParameters": request,
        "responseElements": response,
        "eventID": format!("{second}-{name}-{request}"),
        "recipientAccountId": "111122223333",
    })
}

fn create_user(second: i64, user: &str) -> Value {
    let answer = json!({"user": {
        "userName": user, "userId": format!("AIDA{}{second}", user.to_uppercase()),
        "arn": format!("arn:aws:iam::111122223333:user/{user}"),
    }});
    call(second, "CreateUser", &json!({"userName": user}), &answer)
}

fn create_password(second: i64, user: &str) -> Value {
    call(
        second,
        "CreateLoginProfile",
        &json!({"userName": user}),
        &json!({"loginProfile": {"userName": user}}),
    )
}

fn create_key(second: i64, user: &str, id: &str) -> Value {
    let answer = json!({"accessKey": {"userName": user, "accessKeyId": id}});
    call(second, "CreateAccessKey", &json!({"userName": user, "id": id}), &answer)
}

fn set_status(second: i64, user: &str, id: &str, status: &str) -> Value {
    call(
        second,
        "UpdateAccessKey",
        &json!({"userName": user, "accessKeyId": id, "status": status}),
        &Value::Null,
    )
}

fn delete_key(second: i64, user: &str, id: &str) -> Value {
    call(second, "DeleteAccessKey", &json!({"userName": user, "accessKeyId": id}), &Value::Null)
}

fn of_user(second: i64, name: &str, user: &str) -> Value {
    call(second, name, &json!({"userName": user}), &Value::Null)
}

fn rename(second: i64, user: &str, new: &str) -> Value {
    call(second, "UpdateUser", &json!({"userName": user, "newUserName": new}), &Value::Null)
}

fn with_identity(mut record: Value, identity: Value) -> Value {
    record["userIdentity"] = identity;
    record
}

/// The history of records that lie in log files of `file_size` records.
fn history_of(records: &[Value], file_size: usize, parameters: &RuleParameters) -> History {
    let mut trail = Trail::default();
    for file in records.chunks(file_size) {
        let text = json!({ "Records": file }).to_string();
        let mut splitter = Splitter::new();
        splitter.push(text.as_bytes(), &mut |record| trail.add(record)).unwrap();
        splitter.finish().unwrap();
    }
    trail.history(parameters)
}

fn history(records: &[Value]) -> History {
    history_of(records, 100, &RuleParameters::default())
}

fn only(history: &History) -> &Episode {
    assert_eq!(history.episodes.len(), 1, "{:?}", history.episodes);
    &history.episodes[0]
}

#[test]
fn rotated_key_does_not_erase_the_violation() {
    let history = history(&[
        create_user(0, "brandon"),
        create_password(0, "brandon"),
        create_key(17, "brandon", "AKIA1"),
        create_key(86_400, "brandon", "AKIA2"),
        set_status(86_410, "brandon", "AKIA1", "Inactive"),
        delete_key(90_000, "brandon", "AKIA1"),
    ]);

    let brandon = only(&history);
    assert!(brandon.violation && brandon.is_complete() && history.is_complete());
    assert_eq!(brandon.user_id.as_deref(), Some("AIDABRANDON0"));
    let keys: Vec<_> = brandon
        .keys
        .iter()
        .map(|key| (&*key.access_key_id, key.seconds_after_user, key.created_with_user, key.fate))
        .collect();
    assert_eq!(
        keys,
        [("AKIA1", Some(17), Some(true), Fate::Deleted), ("AKIA2", Some(86_400), Some(false), Fate::Present)]
    );
    assert_eq!((brandon.keys[0].same_actor, brandon.keys[0].self_made), (Some(true), Some(false)));
    let deleted = brandon.keys[0].fate_act.as_ref().unwrap();
    assert_eq!(
        (deleted.time.to_rfc3339(), deleted.actor.by.as_deref()),
        (at(90_000).replace('Z', "+00:00"), Some("arn:aws:iam::111122223333:user/alice"))
    );
    assert_eq!((history.coverage.records, history.coverage.records_used), (6, 6));
}

#[test]
fn violation_needs_a_password_at_any_time_and_a_key_within_the_window() {
    let key = |second: i64| [create_user(100, "b"), create_key(100 + second, "b", "AKIA1")];
    let all_users = RuleParameters { scope: Scope::AllUsers, ..RuleParameters::default() };
    for (second, expected) in [(0, true), (60, true), (61, false), (-60, true), (-61, false)] {
        let mut records = key(second).to_vec();
        assert_eq!(only(&history_of(&records, 1, &all_users)).violation, expected, "{second}");
        assert!(!only(&history(&records)).violation, "no password");
        records.push(create_password(1_000_000, "b"));
        assert_eq!(only(&history(&records)).violation, expected, "{second}");
    }
    // that a password was deleted or changed says that there was one
    for name in ["DeleteLoginProfile", "UpdateLoginProfile"] {
        let [user, key] = key(1);
        let history = history(&[user, key, of_user(109, name, "b")]);
        assert!(only(&history).violation && !history.is_complete(), "{name}");
    }
}

#[test]
fn names_are_used_again_and_renamed() {
    let history = history(&[
        create_user(0, "b"),
        create_password(1, "b"),
        rename(10, "b", "c"),
        // another user of that name, created with a key
        create_user(20, "B"),
        create_key(21, "B", "AKIA1"),
        delete_key(30, "b", "AKIA1"),
        of_user(31, "DeleteUser", "b"),
        // and a third
        create_user(40, "b"),
        create_key(140, "b", "AKIA2"),
        // of the first
        create_key(200, "c", "AKIA3"),
    ]);

    let found: Vec<_> = history
        .episodes
        .iter()
        .map(|episode| {
            let keys: Vec<_> = episode.keys.iter().map(|key| &*key.access_key_id).collect();
            (
                &*episode.user_name,
                keys.join(","),
                episode.console_password.is_some(),
                episode.deleted.is_some(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("c", "AKIA3".to_owned(), true, false),
            ("B", "AKIA1".to_owned(), false, true),
            ("b", "AKIA2".to_owned(), false, false)
        ]
    );
    assert_eq!(history.episodes[0].arn.as_deref(), Some("arn:aws:iam::111122223333:user/c"));
    assert_eq!(history.episodes[0].former_names.iter().map(|name| &**name).collect::<Vec<_>>(), ["b"]);
    assert!(history.is_complete());
}

#[test]
fn calls_of_one_second_are_taken_in_an_order_that_iam_would_take() {
    // a user who is there is replaced, and a user comes and goes, each within a second
    let replaced = [
        create_user(0, "b"),
        create_password(0, "b"),
        create_key(0, "b", "AKIA1"),
        delete_key(50, "b", "AKIA1"),
        of_user(50, "DeleteLoginProfile", "b"),
        of_user(50, "DeleteUser", "b"),
        create_user(50, "b"),
        create_password(50, "b"),
        create_key(50, "b", "AKIA2"),
        set_status(50, "b", "AKIA2", "Inactive"),
    ];
    let history = history(&replaced);
    let keys: Vec<Vec<_>> = history
        .episodes
        .iter()
        .map(|episode| episode.keys.iter().map(|key| (&*key.access_key_id, key.fate)).collect())
        .collect();
    assert_eq!(keys, [vec![("AKIA1", Fate::Deleted)], vec![("AKIA2", Fate::Deactivated)]]);
    assert!(history.is_complete() && history.episodes.iter().all(|episode| episode.violation));

    let gone = [
        create_user(0, "b"),
        of_user(1, "DeleteUser", "b"),
        create_user(2, "b"),
        create_password(2, "b"),
        create_key(2, "b", "AKIA1"),
        delete_key(2, "b", "AKIA1"),
        of_user(2, "DeleteLoginProfile", "b"),
        of_user(2, "DeleteUser", "b"),
    ];
    let history = self::history(&gone);
    assert!(
        history.is_complete()
            && history.episodes.iter().all(|episode| matches!(episode.deleted, Some(Some(_))))
    );
    assert!(history.episodes[1].violation);
}

#[test]
fn own_key_is_the_user_s() {
    let brandon = json!({"type": "IAMUser", "principalId": "AIDAB0", "userName": "b",
        "arn": "arn:aws:iam::111122223333:user/b", "accountId": "111122223333"});
    let mut own = with_identity(create_key(30, "b", "AKIA1"), brandon);
    own["requestParameters"] = Value::Null;
    let history = history(&[create_user(0, "b"), create_password(1, "b"), own]);
    let key = &only(&history).keys[0];
    assert_eq!((key.self_made, key.same_actor, key.created_with_user), (Some(true), Some(false), Some(true)));
}

#[test]
fn same_session_is_the_same_actor() {
    let session = |arn: &str| json!({"type": "AssumedRole", "arn": arn, "accessKeyId": "ASIA1", "accountId": "111122223333"});
    let user = with_identity(create_user(0, "b"), session("arn:aws:sts::111122223333:assumed-role/r/one"));
    let key =
        with_identity(create_key(0, "b", "AKIA1"), session("arn:aws:sts::111122223333:assumed-role/r/two"));
    assert_eq!(only(&history(&[user, key])).keys[0].same_actor, Some(true));
}

#[test]
fn exemption_tags_say_who_set_them() {
    let prefix = "setup-key-exception";
    let tags =
        json!([{"key": format!("{prefix}:owner"), "value": "payments"}, {"key": "team", "value": "x"}]);
    let history = history(&[
        create_user(0, "b"),
        call(10, "TagUser", &json!({"userName": "b", "tags": tags}), &Value::Null),
        call(11, "TagUser", &json!({"userName": "b", "tags": [{"key": "team", "value": "y"}]}), &Value::Null),
        call(
            20,
            "UntagUser",
            &json!({"userName": "b", "tagKeys": ["Setup-Key-Exception:Owner"]}),
            &Value::Null,
        ),
    ]);
    let changes: Vec<_> = only(&history)
        .exemptions
        .iter()
        .flat_map(|change| &change.tags)
        .map(|(key, value)| (&**key, value.as_deref()))
        .collect();
    assert_eq!(
        changes,
        [("setup-key-exception:owner", Some("payments")), ("Setup-Key-Exception:Owner", None)]
    );
}

#[test]
fn users_from_before_the_period_have_no_episode() {
    let history = history(&[
        create_key(0, "old", "AKIA1"),
        create_password(1, "old"),
        rename(2, "old", "new"),
        create_key(3, "new", "AKIA2"),
        of_user(4, "DeleteUser", "gone"),
        create_user(5, "gone"),
    ]);
    assert_eq!(&*only(&history).user_name, "gone");
    assert_eq!((history.coverage.records_used, history.coverage.other_users), (1, 5));
    assert!(history.is_complete());
}

#[test]
fn gap_in_the_trail_shows() {
    for (records, what) in [
        (vec![create_user(0, "b"), create_user(9, "b")], "a deletion"),
        (vec![create_user(0, "b"), create_user(1, "c"), rename(9, "c", "b")], "a deletion before a rename"),
        (vec![create_user(0, "b"), delete_key(9, "b", "AKIA1")], "a key"),
        (
            vec![create_user(0, "b"), create_key(1, "b", "AKIA1"), of_user(9, "DeleteUser", "b")],
            "its deletion",
        ),
    ] {
        let history = history(&records);
        assert!(!history.is_complete(), "{what}");
        assert!(history.episodes.iter().all(|episode| episode.console_password.is_none()), "{what}");
    }
}

#[test]
fn accounts_of_an_organization_are_apart() {
    let elsewhere = |mut record: Value| {
        record["recipientAccountId"] = json!("444455556666");
        record
    };
    let history = history(&[
        create_user(0, "b"),
        create_key(0, "b", "AKIA1"),
        elsewhere(create_user(1, "b")),
        elsewhere(create_password(1, "b")),
    ]);
    let found: Vec<_> =
        history.episodes.iter().map(|episode| (&*episode.account_id, episode.keys.len())).collect();
    assert_eq!(found, [("111122223333", 1), ("444455556666", 0)]);
    assert!(!history.episodes.iter().any(|episode| episode.violation));
}

#[test]
fn period_has_both_its_ends() {
    let parse = |second| Some(at(second).parse().unwrap());
    let period = Period { since: parse(10), until: parse(20) };
    let mut trail = Trail::new(period);
    for second in [9, 10, 20, 21] {
        trail.add(create_user(second, &format!("u{second}")).to_string().as_bytes());
    }
    let history = trail.history(&RuleParameters::default());
    let names: Vec<_> = history.episodes.iter().map(|episode| &*episode.user_name).collect();
    assert_eq!((names, history.coverage.outside_period), (vec!["u10", "u20"], 2));
}

/// A life of users under few names: what is done next, and after how many seconds.
fn lives() -> impl Strategy<Value = Vec<(u8, u8, i64)>> {
    prop::collection::vec((0..8_u8, 0..3_u8, prop::sample::select(vec![0, 0, 1, 30, 70])), 1..40)
}

/// The records of a life, each possible when it was made; and per user the name at the end, the keys created with it,
/// and whether it had a password.
type Truth = Vec<(String, Vec<String>, bool)>;
fn lived(steps: &[(u8, u8, i64)]) -> (Vec<Value>, Truth) {
    struct User {
        name: String,
        created: i64,
        keys: Vec<String>,
        setup: Vec<String>,
        password: bool,
        ever: bool,
        alive: bool,
    }
    let (mut now, mut records, mut users, mut number) = (0, Vec::new(), Vec::<User>::new(), 0);
    for (step, name, wait) in steps {
        now += wait;
        let name = format!("user{name}");
        let there = users.iter().position(|user| user.alive && user.name == name);
        number += 1;
        let Some(place) = there else {
            records.push(create_user(now, &name));
            users.push(User {
                name,
                created: now,
                keys: vec![],
                setup: vec![],
                password: false,
                ever: false,
                alive: true,
            });
            continue;
        };
        let taken = |new: &str| users.iter().any(|user| user.alive && user.name == new);
        let new_name = format!("{name}-{number}");
        let may_rename = !taken(&new_name);
        let user = &mut users[place];
        match step {
            0..=2 => {
                let id = format!("AKIA{number}");
                records.push(create_key(now, &name, &id));
                if now - user.created <= 60 {
                    user.setup.push(id.clone());
                }
                user.keys.push(id);
            }
            3 | 4 if !user.password => {
                records.push(create_password(now, &name));
                (user.password, user.ever) = (true, true);
            }
            5 if !user.keys.is_empty() => records.push(delete_key(now, &name, &user.keys.remove(0))),
            6 if may_rename => {
                // names move only between seconds: within one, no record tells who was meant
                now += 1;
                records.push(rename(now, &name, &new_name));
                user.name = new_name;
                now += 1;
            }
            // nor whether a key that came and went was of the user who went or of the one who came
            7 => {
                now += 1;
                for id in user.keys.drain(..) {
                    records.push(delete_key(now, &name, &id));
                }
                if std::mem::take(&mut user.password) {
                    records.push(of_user(now, "DeleteLoginProfile", &name));
                }
                records.push(of_user(now, "DeleteUser", &name));
                user.alive = false;
            }
            _ => {}
        }
    }
    let truth = users.into_iter().map(|user| (user.name, user.setup, user.ever)).collect();
    (records, truth)
}

fn told(history: &History) -> Truth {
    let of = |episode: &Episode| {
        let keys = episode.setup_keys().map(|key| key.access_key_id.to_string()).collect();
        (episode.user_name.to_string(), keys, episode.console_password.is_some())
    };
    let mut told: Truth = history.episodes.iter().map(of).collect();
    told.iter_mut().for_each(|(_, keys, _)| keys.sort());
    told.sort();
    told
}

proptest! {
    /// In any order, split over files in any way, and with copies, the records give what happened.
    #[test]
    fn episodes_are_what_happened(
        steps in lives(),
        seed in 1..u64::MAX,
        file_size in 1..10_usize,
    ) {
        let (records, mut truth) = lived(&steps);
        truth.iter_mut().for_each(|(_, keys, _)| keys.sort());
        truth.sort();
        let parameters = RuleParameters::default();
        let in_order = history(&records);
        prop_assert_eq!(told(&in_order), truth);
        prop_assert!(in_order.is_complete());
        let copies = records.iter().step_by(3);
        let mut shuffled: Vec<_> = records.iter().chain(copies).cloned().collect();
        shuffled.sort_by_cached_key(|record| {
            let mixed = record["eventID"].to_string().bytes().fold(seed, |mixed, byte| mixed.wrapping_mul(31) ^ u64::from(byte));
            mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        let history = history_of(&shuffled, file_size, &parameters);
        prop_assert_eq!(&history.episodes, &in_order.episodes);
        prop_assert_eq!(history.coverage.records_used, in_order.coverage.records_used);
    }
}
