use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::answer::{Action, ActionKind, Answer};
use super::attempt::{Attempt, AttemptStep, Seen, WriteError};
use super::check::{Act, MAX_TAGS, Reason, check};
use super::guards::{Environment, Guards};
use super::notice::Notice;
use super::request::Mode;
use super::tags::rfc3339;
use super::*;
use crate::fixtures::{active_key, tags, user};
use crate::function_arn::FunctionArn;
use crate::iam::{AccessKeyStatus, ConsolePassword, IamUser, LastUsed, UserId};
use crate::input::InvalidInput;
use crate::parameters::{Criterion, Scope};

const DAY: i64 = 24;
const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alerts";
const TAG: &str = "setup-key-deactivated:AKIAEXAMPLE000000001";
const NOTICE: &str = "setup-key-notice:AKIAEXAMPLE000000001";
const REQUEST: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const OWN: &str = "2026-11-22T06:00:00Z 8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const EXECUTION: &str = "4105a4fc-f944-11e6-9d32-8fb2db27a909";

fn now() -> DateTime<Utc> {
    "2026-11-22T06:00:00Z".parse().unwrap()
}

fn ago(hours: i64) -> DateTime<Utc> {
    now() - TimeDelta::hours(hours)
}

fn anitha(hours: i64) -> IamUser {
    IamUser { create_date: ago(hours), ..user("anitha") }
}

fn key_of(user: &IamUser, status: AccessKeyStatus) -> AccessKey {
    AccessKey { status, create_date: user.create_date, ..active_key(1, 0) }
}

/// The guards of a stack that sets nothing but the topic.
fn stack() -> Guards {
    Guards::parse(&Environment { topic_arn: Some(TOPIC.to_owned()), ..Environment::default() }).unwrap()
}

fn with_notice(days: i64) -> Guards {
    Guards { minimum_notice: TimeDelta::days(days), ..stack() }
}

fn request(request: &serde_json::Value) -> Result<Remediation, InvalidInput> {
    Remediation::parse(&request.to_string(), &stack())
}

fn under(guards: &Guards, mode: &str) -> Remediation {
    let text = json!({"resourceId": user("anitha").user_id.as_str(), "mode": mode}).to_string();
    Remediation::parse(&text, guards).unwrap()
}

fn remediation(mode: &str) -> Remediation {
    under(&stack(), mode)
}

/// A key that was created with the user, is unused and a year old, and what each mode does with it.
struct Case {
    after_user: i64,
    age_hours: i64,
    used: bool,
    status: AccessKeyStatus,
    tags: Vec<(String, String)>,
}

impl Case {
    fn new() -> Self {
        Self {
            after_user: 0,
            age_hours: 365 * DAY,
            used: false,
            status: AccessKeyStatus::Active,
            tags: vec![],
        }
    }

    fn tagged(pairs: &[(&str, &str)]) -> Self {
        Self { tags: tags(pairs), ..Self::new() }
    }

    fn inactive_since(hours: i64) -> Self {
        let status = AccessKeyStatus::Inactive;
        Self { status, tags: vec![(TAG.to_owned(), rfc3339(ago(hours)))], ..Self::new() }
    }

    fn check(&self, remediation: &Remediation) -> Result<Act, String> {
        let create_date = ago(self.age_hours);
        let user = IamUser { create_date: create_date - TimeDelta::seconds(self.after_user), ..anitha(0) };
        let key = AccessKey { create_date, status: self.status, ..active_key(1, 0) };
        let last_used = if self.used { LastUsed::At(ago(1)) } else { LastUsed::Never };
        let known = Known { user: &user, key: &key, last_used, tags: &self.tags, now: now() };
        check(remediation, &known).map_err(|reason| reason.to_string())
    }

    #[track_caller]
    fn refused(&self, mode: &str, expected: &str) {
        let reason = self.check(&remediation(mode)).unwrap_err();
        assert!(reason.starts_with(expected), "{reason}");
        assert!(!reason.contains('\n'), "{reason}");
    }
}

fn exempt_until(prefix: &str, expires: &str) -> Vec<(String, String)> {
    [("owner", "payments"), ("expires", expires), ("reason", "TICKET-17")]
        .map(|(ending, value)| (format!("{prefix}:{ending}"), value.to_owned()))
        .to_vec()
}

#[test]
fn unused_setup_key_is_deactivated_and_an_inactive_one_deleted() {
    for (mode, active, inactive) in [
        ("dry-run", Ok(Act::Deactivate), Ok(Act::Delete)),
        ("deactivate", Ok(Act::Deactivate), Err("inactive already".to_owned())),
        ("delete", Err("active: only an inactive key is deleted".to_owned()), Ok(Act::Delete)),
    ] {
        assert_eq!(Case::new().check(&remediation(mode)), active, "{mode}");
        assert_eq!(Case::inactive_since(8 * DAY).check(&remediation(mode)), inactive, "{mode}");
    }
}

#[test]
fn used_key_is_never_changed() {
    for mode in ["dry-run", "deactivate", "delete"] {
        Case { used: true, ..Case::new() }.refused(mode, "used: rotate it");
        Case { used: true, ..Case::inactive_since(8 * DAY) }.refused(mode, "used: rotate it");
    }
}

#[test]
fn setup_window_has_both_ends_included_and_the_criterion_does_not_matter() {
    for (after_user, allowed) in [(-61, false), (-60, true), (0, true), (60, true), (61, false)] {
        for (name, criterion) in Criterion::NAMES {
            let mut remediation = remediation("deactivate");
            remediation.guards.parameters.criterion = criterion;
            let result = Case { after_user, ..Case::new() }.check(&remediation);
            assert_eq!(result.is_ok(), allowed, "{after_user} {name}: {result:?}");
        }
    }
    let expected = "not created with the user: created -61 s after it, the setup window is 60 s";
    Case { after_user: -61, ..Case::new() }.refused("deactivate", expected);
}

#[test]
fn key_must_be_of_the_minimum_age() {
    let cases = [
        (23, 24, false),
        (24, 24, true),
        (0, 0, true),
        (-1, 0, false),
        (999, 1000, false),
        (1000, 1000, true),
    ];
    for (age_hours, minimum, allowed) in cases {
        let guards = Guards { minimum_key_age: TimeDelta::hours(minimum), ..stack() };
        let result = Case { age_hours, ..Case::new() }.check(&under(&guards, "deactivate"));
        assert_eq!(result.is_ok(), allowed, "{age_hours} of {minimum}: {result:?}");
    }
    let expected = "too young: created 2026-11-21T07:00:00Z, the minimum age is 24 h";
    Case { age_hours: 23, ..Case::new() }.refused("dry-run", expected);
}

#[test]
fn exempt_user_keeps_every_key_under_the_prefix_of_stack_or_request() {
    let exempt = Case { tags: exempt_until("setup-key-exception", "2026-12-12"), ..Case::new() };
    for mode in ["dry-run", "deactivate", "delete"] {
        exempt.refused(mode, "the user is exempt: owner payments, until 2026-12-12, TICKET-17");
    }
    let expired = Case { tags: exempt_until("setup-key-exception", "2026-11-21"), ..Case::new() };
    assert_eq!(expired.check(&remediation("deactivate")), Ok(Act::Deactivate));

    let by_pack = Case { tags: exempt_until("pack", "2026-12-12"), ..Case::new() };
    assert_eq!(by_pack.check(&remediation("deactivate")), Ok(Act::Deactivate));
    let id = user("anitha").user_id.to_string();
    let given = json!({"resourceId": id, "mode": "deactivate", "exceptionTagPrefix": "pack"});
    let of_pack = request(&given).unwrap();
    assert!(by_pack.check(&of_pack).is_err() && exempt.check(&of_pack).is_err(), "one more, not another");
}

/// A value of any kind was an exemption without owner and end; now it is reported each time.
#[test]
fn key_with_the_tag_is_not_deactivated_again_whatever_the_tag_says() {
    for value in ["2026-01-01T00:00:00Z", "", "yesterday", "2126-01-01T00:00:00Z"] {
        let case = Case::tagged(&[(TAG, value)]);
        case.refused(
            "deactivate",
            &format!("active, and tagged `{TAG}` = `{value}`: it was activated again"),
        );
        case.refused("dry-run", "active, and tagged");
        case.refused(
            "delete",
            &format!("active: only an inactive key is deleted; tagged `{TAG}` = `{value}`"),
        );
    }
    let of_another = Case::tagged(&[("setup-key-deactivated:AKIAEXAMPLE000000002", "")]);
    assert_eq!(of_another.check(&remediation("deactivate")), Ok(Act::Deactivate));
}

#[test]
fn only_what_a_remediation_deactivated_long_enough_ago_is_deleted() {
    let minimum = 7 * DAY;
    for (hours, allowed) in [(minimum - 1, false), (minimum, true), (minimum + 1, true), (-1, false)] {
        assert_eq!(Case::inactive_since(hours).check(&remediation("delete")).is_ok(), allowed, "{hours}");
    }
    let too_recent =
        format!("deactivated too recently: `{TAG}` = `2026-11-21T06:00:00Z`, the minimum is 7 days");
    Case::inactive_since(DAY).refused("delete", &too_recent);
    let by_hand = format!("inactive, but not by a remediation: tag `{TAG}` is missing");
    Case { tags: vec![], ..Case::inactive_since(0) }.refused("delete", &by_hand);
    // a key that was activated again and deactivated by a person was deleted on the strength of the old tag
    for value in ["", "yesterday", "2026-01-01", "2026-01-01T00:00:00", "reactivated 2026-01-01T00:00:00Z"] {
        let case = Case { tags: tags(&[(TAG, value)]), ..Case::inactive_since(0) };
        case.refused("delete", "inactive, but not by a remediation");
    }
    for value in ["2026-11-15T08:00:00+02:00", "2026-11-15T06:00:00Z 8476a536-e9f4-11e8-9739-2dfe598c3fcd"] {
        let case = Case { tags: tags(&[(TAG, value)]), ..Case::inactive_since(0) };
        assert_eq!(case.check(&remediation("delete")), Ok(Act::Delete), "{value}");
    }
}

#[test]
fn expired_key_is_left_alone() {
    for mode in ["dry-run", "deactivate", "delete"] {
        Case { status: AccessKeyStatus::Expired, ..Case::inactive_since(8 * DAY) }.refused(mode, "expired");
    }
}

#[test]
fn notice_comes_before_a_deactivation() {
    let three_days = under(&with_notice(3), "deactivate");
    let announced =
        |hours: i64, topic: &str| Case::tagged(&[(NOTICE, &format!("{} {topic}", rfc3339(ago(hours))))]);
    for (situation, case, expected) in [
        ("never announced", Case::new(), Ok(Act::Announce)),
        ("announced long enough ago", announced(3 * DAY, TOPIC), Ok(Act::Deactivate)),
        (
            "announced too recently",
            announced(3 * DAY - 1, TOPIC),
            Err("announced 2026-11-19T07:00:00Z, not deactivated before 2026-11-22T07:00:00Z".to_owned()),
        ),
        (
            "announced on another topic",
            announced(9 * DAY, "arn:aws:sns:us-east-1:111122223333:old"),
            Ok(Act::Announce),
        ),
        ("announced in the future", announced(-1, TOPIC), Ok(Act::Announce)),
        ("announced by hand", Case::tagged(&[(NOTICE, "long ago")]), Ok(Act::Announce)),
        ("announced without a topic", Case::tagged(&[(NOTICE, "2026-01-01T00:00:00Z")]), Ok(Act::Announce)),
    ] {
        assert_eq!(case.check(&three_days), expected, "{situation}");
    }
    let without_topic = Guards { topic_arn: None, ..with_notice(3) };
    let refused = Case::new().check(&under(&without_topic, "deactivate")).unwrap_err();
    assert_eq!(refused, "a notice of 3 days comes before the deactivation, and no alert topic is set");
    assert_eq!(Case::new().check(&remediation("deactivate")), Ok(Act::Deactivate), "no notice by default");
}

#[test]
fn notice_on_a_topic_with_a_long_name_fits_a_tag_and_counts() {
    let long = format!("{TOPIC}{}", "s".repeat(256));
    let remediation = under(&Guards { topic_arn: Some(long.clone()), ..with_notice(3) }, "deactivate");
    let (key, value) = notice_tag(&active_key(1, 0).access_key_id, ago(3 * DAY), &long);
    assert_eq!(value.chars().count(), 256);
    assert_eq!(Case::tagged(&[(&key, &value)]).check(&remediation), Ok(Act::Deactivate));
}

/// The key of a user whose exemption ended was deactivated on the same day, on a notice from before the exemption.
#[test]
fn lapsed_exemption_starts_a_new_notice() {
    let mut case = Case { tags: exempt_until("setup-key-exception", "2026-11-20"), ..Case::new() };
    let remediation = under(&with_notice(1), "deactivate");
    // the exemption ended with 2026-11-20, 30 hours ago
    for (hours, expected) in [(31, Act::Announce), (30, Act::Deactivate), (29, Act::Deactivate)] {
        case.tags.retain(|(key, _)| key != NOTICE);
        case.tags.push((NOTICE.to_owned(), format!("{} {TOPIC}", rfc3339(ago(hours)))));
        assert_eq!(case.check(&remediation), Ok(expected), "{hours}");
    }
}

/// An end without owner and reason has no effect, and made every remediation start a new notice.
#[test]
fn end_of_an_exemption_that_is_not_in_force_puts_nothing_off() {
    let mut case = Case::tagged(&[("setup-key-exception:expires", "2027-01-31")]);
    case.tags.push((NOTICE.to_owned(), format!("{} {TOPIC}", rfc3339(ago(25)))));
    assert_eq!(case.check(&under(&with_notice(1), "deactivate")), Ok(Act::Deactivate));
}

#[test]
fn without_room_for_the_tag_nothing_is_deactivated() {
    let others = |count: usize| (0..count).map(|n| (format!("k{n}"), String::new())).collect();
    let full = Case { tags: others(MAX_TAGS), ..Case::new() };
    full.refused("deactivate", "the user has 50 tags, the most that IAM allows: no room for the tag");
    let room = Case { tags: others(MAX_TAGS - 1), ..Case::new() };
    assert_eq!(room.check(&remediation("deactivate")), Ok(Act::Deactivate));

    // the first key takes the last place
    let mut facts = flagged(&anitha(999), 2, others(MAX_TAGS - 1));
    for (mode, failed) in [("deactivate", true), ("dry-run", false)] {
        let RemediationStep::Planned(plan) = remediation(mode).next(&facts, now()) else { panic!() };
        assert_eq!(plan.candidates.len(), 1);
        assert_eq!(
            plan.refusals.iter().map(|refusal| refusal.failed).collect::<Vec<_>>(),
            [failed],
            "{mode}"
        );
    }
    facts.learn_tags(others(MAX_TAGS - 2));
    let RemediationStep::Planned(plan) = remediation("deactivate").next(&facts, now()) else { panic!() };
    assert_eq!(plan.candidates.len(), 2);
}

/// All facts about a user with unused keys that were created with the user.
fn flagged(user: &IamUser, keys: usize, tags: Vec<(String, String)>) -> UserFacts {
    let mut facts = UserFacts::new(user.clone(), None);
    facts.learn_console_password(ConsolePassword::Enabled { since: None });
    let keys: Vec<_> =
        (1..=keys).map(|n| AccessKey { create_date: user.create_date, ..active_key(n, 0) }).collect();
    facts.learn_access_keys(keys.clone());
    for key in &keys {
        facts.learn_last_used(&key.access_key_id, Some(LastUsed::Never));
    }
    facts.learn_tags(tags);
    facts
}

#[test]
fn only_a_user_who_is_noncompliant_under_the_parameters_of_the_stack_has_a_plan() {
    let user = anitha(999);
    let is_planned = |remediation: &Remediation, facts: &UserFacts| match remediation.next(facts, now()) {
        RemediationStep::Planned(plan) => !plan.candidates.is_empty(),
        RemediationStep::NotFlagged => false,
        RemediationStep::Read(fact) => panic!("{fact:?}"),
    };
    let default = remediation("deactivate");
    let mut facts = flagged(&user, 1, vec![]);
    assert!(is_planned(&default, &facts));

    facts.learn_last_used(&active_key(1, 0).access_key_id, Some(LastUsed::At(ago(1))));
    assert_eq!(default.next(&facts, now()), RemediationStep::NotFlagged, "compliant");

    let mut facts = flagged(&user, 1, vec![]);
    facts.learn_console_password(ConsolePassword::Absent);
    assert_eq!(default.next(&facts, now()), RemediationStep::NotFlagged, "out of scope");
    let mut all_users = stack();
    all_users.parameters.scope = Scope::AllUsers;
    assert!(is_planned(&under(&all_users, "deactivate"), &facts), "in scope by the parameters of the stack");
}

#[test]
fn notice_without_a_topic_fails_the_invocation() {
    let without_topic = Guards { topic_arn: None, ..with_notice(3) };
    let facts = flagged(&anitha(999), 1, vec![]);
    for (mode, failed) in [("deactivate", true), ("dry-run", false)] {
        let RemediationStep::Planned(plan) = under(&without_topic, mode).next(&facts, now()) else {
            panic!()
        };
        assert_eq!((plan.candidates.len(), plan.refusals[0].failed), (0, failed), "{mode}");
    }
}

/// Facts are read as the rule reads them, then the last use of the keys that the rule did not need.
#[test]
fn every_key_of_a_flagged_user_is_looked_at() {
    let user = anitha(999);
    let setup = key_of(&user, AccessKeyStatus::Active);
    let later = AccessKey {
        create_date: user.create_date + TimeDelta::hours(3),
        status: AccessKeyStatus::Inactive,
        ..active_key(2, 0)
    };
    let mut facts = UserFacts::new(user, None);
    let mut asked = Vec::new();
    let plan = loop {
        match remediation("deactivate").next(&facts, now()) {
            RemediationStep::Read(fact) => {
                match &fact {
                    Fact::AccessKeys => facts.learn_access_keys(vec![setup.clone(), later.clone()]),
                    Fact::ConsolePassword => {
                        facts.learn_console_password(ConsolePassword::Enabled { since: None })
                    }
                    Fact::Tags => facts.learn_tags(Vec::new()),
                    Fact::LastUsed(id) => facts.learn_last_used(id, Some(LastUsed::Never)),
                }
                asked.push(fact);
            }
            RemediationStep::Planned(plan) => break plan,
            RemediationStep::NotFlagged => panic!(),
        }
    };
    let of = |key: &AccessKey| Fact::LastUsed(key.access_key_id.clone());
    assert_eq!(asked, [Fact::ConsolePassword, Fact::AccessKeys, of(&setup), Fact::Tags, of(&later)]);
    assert_eq!(plan.candidates, [setup]);
    assert_eq!(plan.refusals[0].access_key_id, later.access_key_id);
    assert!(!plan.refusals[0].failed, "a guard is no failure");
}

/// Without exemptions the rule reads no tags; a deactivation needs them all the same.
#[test]
fn tags_are_read_even_where_there_are_no_exemptions() {
    let mut remediation = remediation("deactivate");
    remediation.guards.parameters.exception_tag_prefix = None;
    let user = anitha(999);
    let mut facts = UserFacts::new(user.clone(), None);
    facts.learn_console_password(ConsolePassword::Enabled { since: None });
    let key = key_of(&user, AccessKeyStatus::Active);
    facts.learn_access_keys(vec![key.clone()]);
    facts.learn_last_used(&key.access_key_id, Some(LastUsed::Never));
    assert_eq!(remediation.next(&facts, now()), RemediationStep::Read(Fact::Tags));
}

#[test]
fn every_key_of_an_exempt_user_is_refused() {
    let facts = flagged(&anitha(999), 2, exempt_until("setup-key-exception", "2026-12-12"));
    let RemediationStep::Planned(plan) = remediation("deactivate").next(&facts, now()) else { panic!() };
    assert_eq!(plan.candidates, []);
    let reasons: Vec<_> = plan.refusals.iter().map(|refusal| refusal.reason.as_str()).collect();
    assert_eq!(reasons, ["the user is exempt: owner payments, until 2026-12-12, TICKET-17"; 2]);
}

fn look(seconds: i64) -> AttemptStep {
    AttemptStep::Look { wait: TimeDelta::seconds(seconds), keys_last: false }
}

fn seen(user: &IamUser, key: &AccessKey, tags: Vec<(String, String)>) -> Seen {
    Seen { user: Some((user.clone(), tags)), keys: vec![key.clone()], last_used: Some(LastUsed::Never) }
}

fn done(action: ActionKind, at: DateTime<Utc>) -> AttemptStep {
    AttemptStep::Done { action, at, not_before: None }
}

/// Takes an attempt to deactivate to the point where the status is written.
fn tagged<'a>(remediation: &'a Remediation, user: &'a IamUser, key: &'a AccessKey) -> Attempt<'a> {
    let mut attempt = Attempt::new(remediation, user, &key.access_key_id, REQUEST);
    assert_eq!(attempt.next(now()), look(0));
    attempt.saw(seen(user, key, Vec::new()));
    assert_eq!(attempt.next(now()), AttemptStep::Tag { key: TAG.to_owned(), value: OWN.to_owned() });
    assert!(!attempt.may_be_tagged());
    attempt.written(now());
    assert!(attempt.may_be_tagged());
    assert_eq!(attempt.next(now()), look(0), "everything is looked at after the tag");
    attempt
}

fn own_tag() -> Vec<(String, String)> {
    tags(&[(TAG, OWN)])
}

#[test]
fn deactivation_is_tagged_first_and_its_time_is_that_of_the_answer() {
    let (remediation, user) = (remediation("deactivate"), anitha(999));
    let key = key_of(&user, AccessKeyStatus::Active);
    let mut attempt = tagged(&remediation, &user, &key);
    attempt.saw(seen(&user, &key, own_tag()));
    assert_eq!(attempt.next(now()), AttemptStep::Deactivate);
    let answered = now() + TimeDelta::seconds(9);
    attempt.written(answered);
    assert_eq!(attempt.next(now()), done(ActionKind::Deactivated, answered));
}

/// The one write was retried for 150 s after the last look: the owner reactivated the key, and it was deactivated again.
#[test]
fn key_is_never_deactivated_after_an_answer_that_was_lost() {
    let (remediation, user) = (remediation("deactivate"), anitha(999));
    let key = key_of(&user, AccessKeyStatus::Active);
    let inactive = key_of(&user, AccessKeyStatus::Inactive);
    let mut attempt = tagged(&remediation, &user, &key);
    attempt.saw(seen(&user, &key, own_tag()));
    assert_eq!(attempt.next(now()), AttemptStep::Deactivate);
    attempt.failed(WriteError::Unknown);
    assert_eq!(attempt.next(now()), look(1));

    let (mut landed, mut reactivated) = (attempt.clone(), attempt);
    landed.saw(seen(&user, &inactive, own_tag()));
    let later = now() + TimeDelta::seconds(2);
    assert_eq!(
        landed.next(later),
        done(ActionKind::Deactivated, later),
        "the time of the look that shows it"
    );
    reactivated.saw(seen(&user, &key, own_tag()));
    assert_eq!(reactivated.next(later), AttemptStep::Failed);
    assert!(reactivated.may_be_tagged(), "the tag stays, and says more than is certain");
}

#[test]
fn throttled_write_is_tried_again_only_after_another_look() {
    let (remediation, user) = (remediation("deactivate"), anitha(999));
    let key = key_of(&user, AccessKeyStatus::Active);
    let mut attempt = tagged(&remediation, &user, &key);
    for wait in [1, 2, 4, 8] {
        attempt.saw(seen(&user, &key, own_tag()));
        assert_eq!(attempt.next(now()), AttemptStep::Deactivate);
        attempt.failed(WriteError::Throttled);
        assert_eq!(attempt.next(now()), look(wait));
    }
    let mut used = attempt.clone();
    used.saw(Seen { last_used: Some(LastUsed::At(now())), ..seen(&user, &key, own_tag()) });
    assert_eq!(used.next(now()), AttemptStep::LeaveAlone(Reason::Used));
    let mut exempt = attempt.clone();
    exempt.saw(seen(&user, &key, [own_tag(), exempt_until("setup-key-exception", "2026-12-12")].concat()));
    assert!(matches!(exempt.next(now()), AttemptStep::LeaveAlone(Reason::Exempt(_))));

    attempt.saw(seen(&user, &key, own_tag()));
    assert_eq!(attempt.next(now()), AttemptStep::Deactivate);
    attempt.failed(WriteError::Throttled);
    assert_eq!(attempt.next(now()), AttemptStep::Failed, "five attempts");
}

#[test]
fn refused_write_ends_the_attempt() {
    let (remediation, user) = (remediation("deactivate"), anitha(999));
    let key = key_of(&user, AccessKeyStatus::Active);
    let mut attempt = Attempt::new(&remediation, &user, &key.access_key_id, REQUEST);
    attempt.saw(seen(&user, &key, Vec::new()));
    assert!(matches!(attempt.next(now()), AttemptStep::Tag { .. }));
    attempt.failed(WriteError::Refused);
    assert_eq!(attempt.next(now()), AttemptStep::Failed);
    assert!(!attempt.may_be_tagged(), "certainly not written");
}

/// One read that showed no tag was taken for the proof that it was not written; IAM is eventually consistent.
#[test]
fn tag_whose_answer_was_lost_is_written_again_with_the_same_value() {
    let (remediation, user) = (remediation("deactivate"), anitha(999));
    let key = key_of(&user, AccessKeyStatus::Active);
    let mut attempt = Attempt::new(&remediation, &user, &key.access_key_id, REQUEST);
    attempt.saw(seen(&user, &key, Vec::new()));
    let first = attempt.next(now());
    attempt.failed(WriteError::Unknown);
    assert!(attempt.may_be_tagged());
    assert_eq!(attempt.next(now()), look(1));

    let mut written = attempt.clone();
    written.saw(seen(&user, &key, own_tag()));
    assert_eq!(written.next(now()), AttemptStep::Deactivate, "it is there");
    attempt.saw(seen(&user, &key, Vec::new()));
    assert_eq!(
        attempt.next(now() + TimeDelta::seconds(2)),
        first,
        "it is not there, as far as this read tells"
    );
}

#[test]
fn deletion_whose_answer_was_lost_is_looked_up() {
    let (remediation, user) = (remediation("delete"), anitha(999));
    let key = key_of(&user, AccessKeyStatus::Inactive);
    let tag = tags(&[(TAG, "2026-11-01T00:00:00Z")]);
    let mut attempt = Attempt::new(&remediation, &user, &key.access_key_id, REQUEST);
    assert_eq!(attempt.next(now()), AttemptStep::Look { wait: TimeDelta::zero(), keys_last: true });
    let mut deleted_by_hand = attempt.clone();
    deleted_by_hand.saw(Seen { keys: vec![], ..seen(&user, &key, tag.clone()) });
    assert_eq!(deleted_by_hand.next(now()), AttemptStep::LeaveAlone(Reason::Gone), "nothing was sent");
    attempt.saw(seen(&user, &key, tag.clone()));
    assert_eq!(attempt.next(now()), AttemptStep::Delete);
    let mut answered = attempt.clone();
    answered.written(now());
    assert_eq!(answered.next(now()), done(ActionKind::Deleted, now()));
    attempt.failed(WriteError::Unknown);

    let mut gone = attempt.clone();
    gone.saw(Seen { keys: vec![], ..seen(&user, &key, tag.clone()) });
    assert_eq!(gone.next(now()), done(ActionKind::Deleted, now()));
    let mut reactivated = attempt.clone();
    reactivated.saw(seen(&user, &key_of(&user, AccessKeyStatus::Active), tag.clone()));
    let AttemptStep::Tag { value, .. } = reactivated.next(now()) else { panic!() };
    assert_eq!(value, "reactivated 2026-11-22T06:00:00Z");
    for _ in 0..4 {
        attempt.saw(seen(&user, &key, tag.clone()));
        assert_eq!(attempt.next(now()), AttemptStep::Delete);
        attempt.failed(WriteError::Unknown);
    }
    attempt.saw(seen(&user, &key, tag));
    assert_eq!(attempt.next(now()), AttemptStep::Failed, "five attempts, and one more look");
}

#[test]
fn dry_run_looks_and_writes_nothing() {
    let user = anitha(999);
    let key = key_of(&user, AccessKeyStatus::Active);
    let not_before = Some(now() + TimeDelta::days(3));
    for (guards, tags, expected) in [
        (stack(), vec![], done(ActionKind::WouldDeactivate, now())),
        (
            with_notice(3),
            vec![],
            AttemptStep::Done { action: ActionKind::WouldAnnounce, at: now(), not_before },
        ),
    ] {
        let remediation = under(&guards, "dry-run");
        let mut attempt = Attempt::new(&remediation, &user, &key.access_key_id, REQUEST);
        attempt.saw(seen(&user, &key, tags));
        assert_eq!(attempt.next(now()), expected);
    }
    let remediation = remediation("dry-run");
    let mut attempt = Attempt::new(&remediation, &user, &key.access_key_id, REQUEST);
    let inactive = key_of(&user, AccessKeyStatus::Inactive);
    attempt.saw(seen(&user, &inactive, tags(&[(TAG, "2026-11-01T00:00:00Z")])));
    assert_eq!(attempt.next(now()), done(ActionKind::WouldDelete, now()));
    let mut attempt = Attempt::new(&remediation, &user, &key.access_key_id, REQUEST);
    attempt.saw(seen(&user, &key, tags(&[(TAG, "2026-11-01T00:00:00Z")])));
    assert!(matches!(attempt.next(now()), AttemptStep::LeaveAlone(Reason::Reactivated { .. })));
}

#[test]
fn notice_is_published_then_tagged_and_its_clock_starts_with_the_publication() {
    let (remediation, user) = (under(&with_notice(3), "deactivate"), anitha(999));
    let key = key_of(&user, AccessKeyStatus::Active);
    let mut attempt = Attempt::new(&remediation, &user, &key.access_key_id, REQUEST);
    attempt.saw(seen(&user, &key, Vec::new()));
    assert_eq!(attempt.next(now()), AttemptStep::Announce { not_before: now() + TimeDelta::days(3) });
    let published = now() + TimeDelta::seconds(5);
    attempt.published(published);
    assert_eq!(attempt.next(published), look(0), "the name can belong to another user by now");
    attempt.saw(seen(&user, &key, Vec::new()));
    let value = format!("2026-11-22T06:00:05Z {TOPIC}");
    assert_eq!(attempt.next(published), AttemptStep::Tag { key: NOTICE.to_owned(), value });
    attempt.written(published);
    let not_before = Some(published + TimeDelta::days(3));
    assert_eq!(
        attempt.next(published),
        AttemptStep::Done { action: ActionKind::Announced, at: published, not_before }
    );
    assert!(!attempt.may_be_tagged(), "a notice is no deactivation");
}

/// A tag of any value kept the remediation away for ever, and counted as success.
#[test]
fn reactivated_key_is_reported_and_its_tag_says_so() {
    let user = anitha(999);
    let key = key_of(&user, AccessKeyStatus::Active);
    for mode in ["deactivate", "delete"] {
        let remediation = remediation(mode);
        let mut attempt = Attempt::new(&remediation, &user, &key.access_key_id, REQUEST);
        attempt.saw(seen(&user, &key, tags(&[(TAG, "2026-11-01T00:00:00Z")])));
        let value = "reactivated 2026-11-22T06:00:00Z".to_owned();
        assert_eq!(
            attempt.next(now()),
            AttemptStep::Tag { key: TAG.to_owned(), value: value.clone() },
            "{mode}"
        );
        attempt.written(now());
        attempt.saw(seen(&user, &key, tags(&[(TAG, &value)])));
        let AttemptStep::LeaveAlone(reason) = attempt.next(now()) else { panic!("{mode}") };
        assert!(reason.is_active_again(), "{reason}");
        assert!(!attempt.may_be_tagged(), "{mode}: nothing was deactivated");
    }
}

#[test]
fn tag_of_an_inactive_key_is_not_rewritten() {
    let (remediation, user) = (remediation("delete"), anitha(999));
    let key = key_of(&user, AccessKeyStatus::Inactive);
    let mut attempt = Attempt::new(&remediation, &user, &key.access_key_id, REQUEST);
    attempt.saw(seen(&user, &key, tags(&[(TAG, "2026-11-21T00:00:00Z")])));
    assert!(matches!(attempt.next(now()), AttemptStep::LeaveAlone(Reason::InactiveTooShort { .. })));
}

/// Two remediations that overlapped each took the tag of the other for one of a key that was activated again, wrote that
/// into it, and left the key active. Tags of the same second were equal, so one also took the other's for its own.
#[test]
fn tag_of_a_remediation_that_may_still_run_is_neither_its_own_nor_rewritten() {
    let (remediation, user) = (remediation("deactivate"), anitha(999));
    let key = key_of(&user, AccessKeyStatus::Active);
    let of_another = tags(&[(TAG, "2026-11-22T06:00:00Z 00000000-0000-0000-0000-000000000000")]);
    let mut attempt = tagged(&remediation, &user, &key);
    attempt.saw(seen(&user, &key, of_another.clone()));
    let AttemptStep::LeaveAlone(reason) = attempt.next(now()) else { panic!() };
    assert!(reason.is_active_again(), "{reason}");

    for (mode, seconds, is_rewritten) in [
        ("deactivate", 0, false),
        ("deactivate", 239, false),
        ("deactivate", 240, true),
        ("deactivate", -239, false),
        ("deactivate", -240, true),
        ("delete", 239, false),
        ("delete", 240, true),
    ] {
        let remediation = self::remediation(mode);
        let mut attempt = Attempt::new(&remediation, &user, &key.access_key_id, REQUEST);
        attempt.saw(seen(&user, &key, of_another.clone()));
        match attempt.next(now() + TimeDelta::seconds(seconds)) {
            AttemptStep::Tag { value, .. } => {
                assert!(is_rewritten && value.starts_with("reactivated "), "{value}")
            }
            AttemptStep::LeaveAlone(reason) => {
                assert!(!is_rewritten && reason.is_active_again(), "{seconds}")
            }
            step => panic!("{step:?}"),
        }
    }
}

/// Only a key that has to be looked at again is a candidate.
#[test]
fn active_key_without_the_tag_is_refused_by_the_plan_of_a_deletion() {
    for (tags, candidates) in [(vec![], 0), (tags(&[(TAG, "2026-11-01T00:00:00Z")]), 1)] {
        let facts = flagged(&anitha(999), 1, tags);
        let RemediationStep::Planned(plan) = remediation("delete").next(&facts, now()) else { panic!() };
        assert_eq!((plan.candidates.len(), plan.refusals.len()), (candidates, 1 - candidates));
    }
}

#[test]
fn what_the_second_look_finds_counts() {
    let (remediation, user) = (remediation("deactivate"), anitha(999));
    let key = key_of(&user, AccessKeyStatus::Active);
    let other = IamUser { user_id: UserId::parse("AIDAEXAMPLE000000002").unwrap(), ..user.clone() };
    let all = seen(&user, &key, Vec::new());
    for (found, expected) in [
        (Seen { user: None, ..all.clone() }, "no user is named `anitha` any more"),
        (
            Seen { user: Some((other, vec![])), ..all.clone() },
            "the name `anitha` belongs to another user now, `AIDAEXAMPLE000000002`",
        ),
        (Seen { keys: vec![], ..all.clone() }, "the access key does not exist any more"),
        (Seen { last_used: None, ..all.clone() }, "the access key does not exist any more"),
        (Seen { keys: vec![key_of(&user, AccessKeyStatus::Inactive)], ..all.clone() }, "inactive already"),
        // another key of the user says nothing about this one
        (
            Seen { keys: vec![active_key(2, 0), key_of(&user, AccessKeyStatus::Inactive)], ..all.clone() },
            "inactive already",
        ),
        (Seen { keys: vec![active_key(2, 0)], ..all.clone() }, "the access key does not exist any more"),
        (Seen { last_used: Some(LastUsed::At(now())), ..all.clone() }, "used: rotate it"),
        (seen(&user, &key, tags(&[(TAG, "reactivated")])), "active, and tagged"),
    ] {
        let mut attempt = Attempt::new(&remediation, &user, &key.access_key_id, REQUEST);
        attempt.saw(found);
        let AttemptStep::LeaveAlone(reason) = attempt.next(now()) else { panic!("{expected}") };
        assert!(reason.to_string().starts_with(expected), "{reason}");
    }
}

#[test]
fn environment_sets_the_guards_and_what_is_absent_is_safe() {
    let defaults = Guards::parse(&Environment::default()).unwrap();
    assert_eq!(
        (defaults.minimum_key_age, defaults.minimum_inactive, defaults.minimum_notice),
        (TimeDelta::hours(24), TimeDelta::days(7), TimeDelta::zero())
    );
    assert_eq!(
        (&defaults.topic_arn, defaults.parameters),
        (&None, crate::parameters::RuleParameters::default())
    );
    let text = |text: &str| Some(text.to_owned());
    let set = Guards::parse(&Environment {
        rule_parameters: text(r#"{"scope": "all-users", "setupWindowSeconds": "90"}"#),
        minimum_key_age_hours: text("1000"),
        minimum_inactive_days: text("30"),
        minimum_notice_days: text("3"),
        topic_arn: text(TOPIC),
    })
    .unwrap();
    assert_eq!(
        (set.parameters.scope, set.parameters.setup_window),
        (Scope::AllUsers, TimeDelta::seconds(90))
    );
    assert_eq!(
        (set.minimum_key_age, set.minimum_inactive, set.minimum_notice),
        (TimeDelta::hours(1000), TimeDelta::days(30), TimeDelta::days(3))
    );
    let number = |max: u32| format!("expected a whole number from 0 to {max}");
    let none = Environment::default;
    for (environment, expected) in [
        (
            Environment { rule_parameters: text(r#"{"criterion": "all"}"#), ..none() },
            "RULE_PARAMETERS: `criterion` is `all`, expected `setup-and-unused`, ".to_owned(),
        ),
        (
            Environment { minimum_key_age_hours: text("-1"), ..none() },
            format!("`MINIMUM_KEY_AGE_HOURS` is `-1`, {}", number(87_600)),
        ),
        (
            Environment { minimum_inactive_days: text("3651"), ..none() },
            format!("`MINIMUM_INACTIVE_DAYS` is `3651`, {}", number(3_650)),
        ),
        (
            Environment { minimum_notice_days: text("1.5"), ..none() },
            format!("`MINIMUM_NOTICE_DAYS` is `1.5`, {}", number(365)),
        ),
    ] {
        let error = Guards::parse(&environment).unwrap_err().to_string();
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn only_the_user_and_the_mode_must_be_given() {
    let request = remediation("deactivate");
    assert_eq!(request.resource_id, user("anitha").user_id);
    assert_eq!(request.guards, stack());
    assert_eq!((request.automation_execution_id, request.additional_prefix), (None, None));
    for mode in ["dry-run", "delete"] {
        assert!(remediation(mode).guards.parameters.include_inactive_keys, "{mode}");
        assert_eq!(remediation(mode).mode.to_string(), mode);
    }
}

#[test]
fn values_may_be_strings_and_stricter() {
    let id = user("anitha").user_id.to_string();
    let given = json!({"resourceId": id, "mode": "deactivate", "minimumKeyAgeHours": "1000",
        "minimumInactiveDays": 8, "minimumNoticeDays": "2", "automationExecutionId": EXECUTION,
        "setupWindowSeconds": "30", "exceptionTagPrefix": "pack"});
    let strict = request(&given).unwrap();
    assert_eq!(
        (strict.guards.minimum_key_age, strict.guards.minimum_inactive, strict.guards.minimum_notice),
        (TimeDelta::hours(1000), TimeDelta::days(8), TimeDelta::days(2))
    );
    assert_eq!(strict.automation_execution_id.as_deref(), Some(EXECUTION));
    assert_eq!(strict.guards.parameters.setup_window, TimeDelta::seconds(30));
    assert_eq!(strict.additional_prefix.as_deref(), Some("pack"));
    let absent = json!({"resourceId": id, "mode": "deactivate", "minimumKeyAgeHours": "", "minimumInactiveDays": null,
        "automationExecutionId": "", "setupWindowSeconds": "", "exceptionTagPrefix": "none"});
    assert_eq!(request(&absent).unwrap(), remediation("deactivate"));
    let equal = json!({"resourceId": id, "mode": "deactivate", "minimumKeyAgeHours": 24, "minimumInactiveDays": 7,
        "setupWindowSeconds": 60});
    assert_eq!(request(&equal).unwrap(), remediation("deactivate"), "the values of the stack itself");
}

/// `exceptionTagPrefix=none`, `minimumKeyAgeHours=0` and a window of a day in the request deactivated the key of an exempt
/// user.
#[test]
fn looser_value_is_refused_with_the_floor() {
    let id = user("anitha").user_id.to_string();
    for (field, value, expected) in [
        ("minimumKeyAgeHours", "23", "from 24, the minimum of this stack, to 87600"),
        ("minimumInactiveDays", "6", "from 7, the minimum of this stack, to 3650"),
        ("setupWindowSeconds", "61", "from 0 to 60, the setup window of this stack"),
    ] {
        let error =
            request(&json!({"resourceId": id, "mode": "delete", field: value})).unwrap_err().to_string();
        assert_eq!(error, format!("`{field}` is `{value}`, expected a whole number {expected}"));
    }
    let text = json!({"resourceId": id, "mode": "delete", "minimumNoticeDays": 2}).to_string();
    let error = Remediation::parse(&text, &with_notice(3)).unwrap_err().to_string();
    assert_eq!(
        error,
        "`minimumNoticeDays` is `2`, expected a whole number from 3, the minimum of this stack, to 365"
    );
}

#[test]
fn request_that_is_not_understood_names_the_field_and_what_is_accepted() {
    let id = user("anitha").user_id.to_string();
    for (given, expected) in [
        (json!([]), "`event` is `[]`, expected a JSON object: it is an array"),
        (
            json!({"mode": "delete"}),
            "`resourceId` is missing, expected the unique ID of an IAM user (AIDA...)",
        ),
        (json!({"resourceId": "anitha", "mode": "delete"}), "`resourceId` is `anitha`, expected 16 to 128"),
        (json!({"resourceId": 1, "mode": "delete"}), "`resourceId` is `1`, expected"),
        (json!({"resourceId": id}), "`mode` is missing, expected `dry-run`, `deactivate`, `delete`"),
        (
            json!({"resourceId": id, "mode": "Delete"}),
            "`mode` is `Delete`, expected `dry-run`, `deactivate`, `delete`",
        ),
        (
            json!({"resourceId": id, "mode": "delete", "scope": "all-users"}),
            "`scope` is `all-users`, expected only `resourceId`, `mode`, `automationExecutionId`, ",
        ),
        (
            json!({"resourceId": id, "mode": "delete", "automationExecutionId": "Click http://example.com"}),
            "`automationExecutionId` is `Click http://example.com`, expected the ID of an automation execution",
        ),
        (
            json!({"resourceId": id, "mode": "delete", "automationExecutionId": "4105a4fc"}),
            "`automationExecutionId` is `4105a4fc`, expected the ID of an automation execution, 36 letters",
        ),
        (
            json!({"resourceId": id, "mode": "delete", "automationExecutionId": "4105a4fc f944 11e6 9d32 8fb2db27a909"}),
            "`automationExecutionId` is `4105a4fc f944 11e6 9d32 8fb2db27a909`, expected the ID of an automation",
        ),
        (
            json!({"resourceId": id, "mode": "delete", "minimumKeyAgeHours": "87601"}),
            "`minimumKeyAgeHours` is `87601`, expected a whole number from 0 to 87600",
        ),
        (
            json!({"resourceId": id, "mode": "delete", "minimumInactiveDays": 7.5}),
            "`minimumInactiveDays` is `7.5`, expected a whole number from 0 to 3650",
        ),
    ] {
        let error = request(&given).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{given}: {error}");
        assert!(!error.contains('\n'), "{error}");
    }
    let doubled = format!(r#"{{"resourceId": "{id}", "mode": "dry-run", "mode": "delete"}}"#);
    let error = Remediation::parse(&doubled, &stack()).unwrap_err().to_string();
    assert!(error.contains("`mode` is there twice"), "{error}");
}

proptest! {
    /// Whatever the request says, no key is changed that the stack's own guards would spare.
    #[test]
    fn request_never_loosens_a_guard_of_the_stack(
        stack_values in (0..100u32, 0..30u32, 0..5u32, 0..200u32),
        given in (0..200u32, 0..60u32, 0..10u32, 0..400u32),
        fields in any::<[bool; 5]>(),
        prefix in prop::sample::select(vec!["none", "pack", "setup-key-exception"]),
        case in (-200..200i64, 0..200i64, any::<bool>(), any::<bool>(), 0..4usize, 0..2_000i64),
        mode in prop::sample::select(vec!["deactivate", "delete"]),
    ) {
        let (hours, inactive, notice, window) = stack_values;
        let text = |number: u32| Some(number.to_string());
        let guards = Guards::parse(&Environment {
            rule_parameters: Some(format!(r#"{{"setupWindowSeconds": {window}}}"#)),
            minimum_key_age_hours: text(hours),
            minimum_inactive_days: text(inactive),
            minimum_notice_days: text(notice),
            topic_arn: Some(TOPIC.to_owned()),
        })
        .unwrap();
        let mut request = json!({"resourceId": user("anitha").user_id.as_str(), "mode": mode});
        let all = [
            ("minimumKeyAgeHours", json!(given.0)),
            ("minimumInactiveDays", json!(given.1)),
            ("minimumNoticeDays", json!(given.2)),
            ("setupWindowSeconds", json!(given.3)),
            ("exceptionTagPrefix", json!(prefix)),
        ];
        for ((field, value), _) in all.into_iter().zip(fields).filter(|(_, is_given)| *is_given) {
            request[field] = value;
        }
        let Ok(remediation) = Remediation::parse(&request.to_string(), &guards) else { return Ok(()) };

        let (after_user, age_hours, used, active, tagged, tag_hours) = case;
        let tags = match tagged {
            0 => vec![],
            1 => vec![(TAG.to_owned(), rfc3339(ago(tag_hours)))],
            2 => vec![(NOTICE.to_owned(), format!("{} {TOPIC}", rfc3339(ago(tag_hours))))],
            _ => exempt_until("setup-key-exception", "2026-12-12"),
        };
        let status = if active { AccessKeyStatus::Active } else { AccessKeyStatus::Inactive };
        let case = Case { after_user, age_hours, used, status, tags };
        let by_stack = case.check(&under(&guards, mode));

        if let Ok(act) = case.check(&remediation) {
            prop_assert!(by_stack.is_ok(), "{:?} of what the stack spares: {:?}", act, by_stack);
            prop_assert!(act == Act::Announce || by_stack == Ok(act), "{:?}, by the stack {:?}", act, by_stack);
        }
    }
}

fn action(number: usize, action: ActionKind) -> Action {
    Action {
        access_key_id: active_key(number, 0).access_key_id,
        action,
        at: now() + TimeDelta::milliseconds(999),
        not_before: (action == ActionKind::Announced).then(|| now() + TimeDelta::days(3)),
        after_user: TimeDelta::seconds(17),
    }
}

#[test]
fn answer_has_the_form_that_is_promised() {
    let (remediation, user) = (remediation("dry-run"), anitha(999));
    let actions = [action(1, ActionKind::WouldDeactivate), action(2, ActionKind::Announced)];
    let refusals = [Refusal::guarded(&actions[0].access_key_id, &Reason::Used, Mode::DryRun)];
    let answer = Answer {
        resource_id: &remediation.resource_id,
        user_name: Some(&user.user_name),
        mode: Mode::DryRun,
        actions: &actions,
        refusals: &refusals,
    };
    assert_eq!(
        json!(answer),
        json!({
            "resourceId": user.user_id.as_str(),
            "userName": "anitha",
            "mode": "dry-run",
            "actions": [
                {"accessKeyId": "AKIAEXAMPLE000000001", "action": "would-deactivate", "at": "2026-11-22T06:00:00Z"},
                {
                    "accessKeyId": "AKIAEXAMPLE000000002", "action": "announced", "at": "2026-11-22T06:00:00Z",
                    "notBefore": "2026-11-25T06:00:00Z",
                },
            ],
            "refusals": [{
                "accessKeyId": "AKIAEXAMPLE000000001",
                "reason": "used: rotate it, remediation never changes a key that was used",
            }],
        })
    );
    let no_user = Answer { user_name: None, actions: &[], refusals: &[], ..answer };
    assert_eq!(json!(no_user)["userName"], json!(null));
    let names =
        [ActionKind::Deactivated, ActionKind::Deleted, ActionKind::WouldDelete, ActionKind::WouldAnnounce];
    assert_eq!(
        names.map(|kind| kind.to_string()),
        ["deactivated", "deleted", "would-delete", "would-announce"]
    );
}

#[test]
fn notice_says_what_was_done_and_what_to_do() {
    let function = FunctionArn::parse("arn:aws:lambda:us-east-1:111122223333:function:remediate").unwrap();
    let mut remediation = remediation("deactivate");
    remediation.automation_execution_id = Some(EXECUTION.to_owned());
    let user = anitha(999);
    let [left, again] = [3, 4].map(|number| active_key(number, 0).access_key_id);
    let actions = [
        action(1, ActionKind::Deactivated),
        action(2, ActionKind::Deleted),
        action(5, ActionKind::Announced),
    ];
    let notice = Notice {
        function: &function,
        remediation: &remediation,
        user: &user,
        announced: None,
        actions: &actions,
        left_active: std::slice::from_ref(&left),
        reactivated: std::slice::from_ref(&again),
    };
    assert_eq!(
        notice.subject(),
        "1 access key deactivated, 1 access key deleted, 1 access key left active, 1 access key active again in \
         111122223333"
    );
    assert!(!notice.is_empty());
    let message = notice.message();
    for expected in [
        "), created 2026-10-11T15:00:00Z\n",
        "  Access key AKIAEXAMPLE000000001: deactivated 2026-11-22T06:00:00Z; created +17 s after the user, never used\n",
        "    aws iam update-access-key --user-name anitha --access-key-id AKIAEXAMPLE000000001 --status Active\n",
        "  Access key AKIAEXAMPLE000000002: deleted 2026-11-22T06:00:00Z",
        "  This cannot be undone.\n",
        "    aws iam update-access-key --user-name anitha --access-key-id AKIAEXAMPLE000000003 --status Inactive\n",
        "    aws iam untag-user --user-name anitha --tag-keys \"setup-key-deactivated:AKIAEXAMPLE000000003\"\n",
        "  Access key AKIAEXAMPLE000000004: active, and tagged as deactivated: it was activated again, or its ",
        "\nStarted by the automation execution 4105a4fc-f944-11e6-9d32-8fb2db27a909 of Systems Manager.\n",
    ] {
        assert!(message.contains(expected), "`{expected}` is not in {message}");
    }
    let nothing = Notice { actions: &actions[2..], left_active: &[], reactivated: &[], ..notice };
    assert!(nothing.is_empty(), "an announcement has a message of its own");
    let twice = [action(1, ActionKind::Deactivated), action(2, ActionKind::Deactivated)];
    let subject = Notice { actions: &twice, ..nothing }.subject();
    assert_eq!(subject, "2 access keys deactivated in 111122223333");
}

#[test]
fn announcement_says_what_when_and_how_to_stop_it() {
    let function = FunctionArn::parse("arn:aws:lambda:us-east-1:111122223333:function:remediate").unwrap();
    let (remediation, user) = (under(&with_notice(3), "deactivate"), anitha(999));
    let key = key_of(&user, AccessKeyStatus::Active);
    let notice = Notice {
        function: &function,
        remediation: &remediation,
        user: &user,
        announced: Some((&key, now() + TimeDelta::days(3))),
        actions: &[],
        left_active: &[],
        reactivated: &[],
    };

    assert_eq!(notice.subject(), "1 access key will be deactivated in 111122223333");
    let message = notice.message();
    for expected in [
        "  Access key AKIAEXAMPLE000000001: created +0 s after the user, never used\n",
        "  It will be deactivated by the first remediation after 2026-11-25T06:00:00Z. To stop this,",
        "  - Use the key,",
        "  - Delete the key,",
        "    aws iam tag-user --user-name anitha --tags \"Key=setup-key-exception:owner,Value=OWNER\" ",
    ] {
        assert!(message.contains(expected), "`{expected}` is not in {message}");
    }
}
