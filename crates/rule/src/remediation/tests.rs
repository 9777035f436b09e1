use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::answer::{Action, Answer, Done};
use super::attempt::{Attempt, AttemptStep};
use super::guards::{Act, Known, MAX_TAGS, Reason, check};
use super::notice::Notice;
use super::request::{Mode, RequestError};
use super::*;
use crate::facts::{AccessKeyStatus, ConsolePassword, IamUser, LastUsed, UserId, UserName};
use crate::function_arn::FunctionArn;
use crate::parameters::Criterion;

const DAY: i64 = 24;

fn now() -> DateTime<Utc> {
    "2026-11-22T06:00:00Z".parse().unwrap()
}

fn ago(hours: i64) -> DateTime<Utc> {
    now() - TimeDelta::hours(hours)
}

fn user(hours: i64) -> IamUser {
    IamUser {
        user_name: UserName::parse("anitha").unwrap(),
        user_id: UserId::parse("AIDAEXAMPLE000000001").unwrap(),
        arn: "arn:aws:iam::111122223333:user/anitha".to_owned(),
        create_date: ago(hours),
    }
}

fn key(number: usize, created: DateTime<Utc>, status: AccessKeyStatus) -> AccessKey {
    let access_key_id = AccessKeyId::parse(format!("AKIAEXAMPLE{number:09}")).unwrap();
    AccessKey { access_key_id, status, create_date: created }
}

fn remediation(mode: &str) -> Remediation {
    request(&json!({"resourceId": "AIDAEXAMPLE000000001", "mode": mode})).unwrap()
}

fn request(request: &serde_json::Value) -> Result<Remediation, RequestError> {
    Remediation::parse(&request.to_string())
}

fn tags(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

const TAG: &str = "setup-key-deactivated:AKIAEXAMPLE000000001";

/// A key that is set up with the user, unused and a year old, and what each mode does with it.
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

    fn check(&self, remediation: &Remediation) -> Result<Act, String> {
        let mut user = user(0);
        user.create_date = ago(self.age_hours) - TimeDelta::seconds(self.after_user);
        let key = key(1, ago(self.age_hours), self.status);
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

fn inactive_since(hours: i64) -> Case {
    Case {
        status: AccessKeyStatus::Inactive,
        tags: vec![(TAG.to_owned(), guards::rfc3339(ago(hours)))],
        ..Case::new()
    }
}

#[test]
fn an_unused_setup_key_is_deactivated_and_an_inactive_one_deleted() {
    for (mode, active, inactive) in [
        ("dry-run", Ok(Act::Deactivate), Ok(Act::Delete)),
        ("deactivate", Ok(Act::Deactivate), Err("inactive already".to_owned())),
        ("delete", Err("active: only an inactive key is deleted".to_owned()), Ok(Act::Delete)),
    ] {
        assert_eq!(Case::new().check(&remediation(mode)), active, "{mode}");
        assert_eq!(inactive_since(8 * DAY).check(&remediation(mode)), inactive, "{mode}");
    }
}

#[test]
fn a_used_key_is_never_touched() {
    for mode in ["dry-run", "deactivate", "delete"] {
        Case { used: true, ..Case::new() }.refused(mode, "used: rotate it");
        Case { used: true, ..inactive_since(8 * DAY) }.refused(mode, "used: rotate it");
    }
}

#[test]
fn the_setup_window_has_both_ends_included_and_the_criterion_does_not_matter() {
    for (after_user, allowed) in [(-61, false), (-60, true), (0, true), (60, true), (61, false)] {
        for (name, criterion) in Criterion::NAMES {
            let mut remediation = remediation("deactivate");
            remediation.parameters.criterion = criterion;
            let result = Case { after_user, ..Case::new() }.check(&remediation);
            assert_eq!(result.is_ok(), allowed, "{after_user} {name}: {result:?}");
        }
    }
    let expected = "not set up with the user: created -61 s after it, the setup window is 60 s";
    Case { after_user: -61, ..Case::new() }.refused("deactivate", expected);
}

#[test]
fn a_key_has_to_be_of_the_minimum_age() {
    for (age_hours, minimum, allowed) in [
        (23, 24, false),
        (24, 24, true),
        (0, 0, true),
        (-1, 0, false),
        (999, 1000, false),
        (1000, 1000, true),
    ] {
        let mut remediation = remediation("deactivate");
        remediation.minimum_key_age = TimeDelta::hours(minimum);
        let result = Case { age_hours, ..Case::new() }.check(&remediation);
        assert_eq!(result.is_ok(), allowed, "{age_hours} of {minimum}: {result:?}");
    }
    let expected = "too young: created 2026-11-21T07:00:00Z, the minimum age is 24 h";
    Case { age_hours: 23, ..Case::new() }.refused("dry-run", expected);
}

#[test]
fn an_excepted_user_keeps_every_key() {
    let exception = |expires: &str| {
        tags(&[
            ("setup-key-exception:owner", "payments"),
            ("setup-key-exception:expires", expires),
            ("setup-key-exception:reason", "TICKET-17"),
        ])
    };
    let excepted = Case { tags: exception("2026-12-12"), ..Case::new() };
    for mode in ["dry-run", "deactivate", "delete"] {
        excepted.refused(mode, "the user is excepted until 2026-12-12, owner payments");
    }
    assert_eq!(
        Case { tags: exception("2026-11-21"), ..Case::new() }.check(&remediation("deactivate")),
        Ok(Act::Deactivate)
    );
    let mut without = remediation("deactivate");
    without.parameters.exception_tag_prefix = None;
    assert_eq!(excepted.check(&without), Ok(Act::Deactivate));
}

#[test]
fn a_key_with_the_tag_is_not_deactivated_again_whatever_the_tag_says() {
    for value in ["2026-01-01T00:00:00Z", "", "yesterday", "2126-01-01T00:00:00Z"] {
        let case = Case { tags: tags(&[(TAG, value)]), ..Case::new() };
        case.refused("deactivate", &format!("active, and tagged `{TAG}` = `{value}`: whoever activated it"));
        case.refused("dry-run", "active, and tagged");
    }
    let of_another =
        Case { tags: tags(&[("setup-key-deactivated:AKIAEXAMPLE000000002", "")]), ..Case::new() };
    assert_eq!(of_another.check(&remediation("deactivate")), Ok(Act::Deactivate));
}

#[test]
fn only_what_was_deactivated_long_enough_ago_is_deleted() {
    let minimum = 7 * DAY;
    for (hours, allowed) in [(minimum - 1, false), (minimum, true), (minimum + 1, true), (-1, false)] {
        assert_eq!(inactive_since(hours).check(&remediation("delete")).is_ok(), allowed, "{hours}");
    }
    inactive_since(DAY)
        .refused("delete", "deactivated too recently: `setup-key-deactivated:AKIAEXAMPLE000000001` = ");
    let untagged = Case { status: AccessKeyStatus::Inactive, ..Case::new() };
    untagged.refused("delete", &format!("inactive, but not by a remediation: no tag `{TAG}`"));
    for unreadable in ["", "yesterday", "2026-01-01", "2026-01-01T00:00:00"] {
        let case = Case { tags: tags(&[(TAG, unreadable)]), ..inactive_since(0) };
        case.refused("delete", "deactivated too recently");
        let mut at_once = remediation("delete");
        at_once.minimum_inactive = TimeDelta::zero();
        assert_eq!(case.check(&at_once), Ok(Act::Delete), "counts as written just now: `{unreadable}`");
    }
    let with_offset = Case { tags: tags(&[(TAG, "2026-11-15T08:00:00+02:00")]), ..inactive_since(0) };
    assert_eq!(with_offset.check(&remediation("delete")), Ok(Act::Delete));
}

#[test]
fn an_expired_key_is_left_alone() {
    for mode in ["dry-run", "deactivate", "delete"] {
        Case { status: AccessKeyStatus::Expired, ..inactive_since(8 * DAY) }.refused(mode, "expired");
    }
}

#[test]
fn without_room_for_the_tag_nothing_is_deactivated() {
    let others = |count: usize| (0..count).map(|n| (format!("k{n}"), String::new())).collect();
    let full = Case { tags: others(MAX_TAGS), ..Case::new() };
    full.refused(
        "deactivate",
        &format!("the user has 50 tags, the most that IAM allows: no room for `{TAG}`"),
    );
    let room = Case { tags: others(MAX_TAGS - 1), ..Case::new() };
    assert_eq!(room.check(&remediation("deactivate")), Ok(Act::Deactivate));

    // the first key takes the last place
    let (user, mut facts) = (user(999), UserFacts::new(user(999), None));
    facts.learn_console_password(ConsolePassword::Enabled { since: None });
    let keys: Vec<_> = (1..=2).map(|n| key(n, user.create_date, AccessKeyStatus::Active)).collect();
    facts.learn_access_keys(keys.clone());
    for key in &keys {
        facts.learn_last_used(&key.access_key_id, Some(LastUsed::Never));
    }
    facts.learn_tags(others(MAX_TAGS - 1));
    for (mode, failed) in [("deactivate", true), ("dry-run", false)] {
        let RemediationStep::Planned(plan) = remediation(mode).next(&facts, now()) else { panic!() };
        assert_eq!(plan.candidates, keys[..1]);
        assert_eq!(
            plan.refusals.iter().map(|refusal| refusal.failed).collect::<Vec<_>>(),
            [failed],
            "{mode}"
        );
    }
}

/// Facts are asked for as the rule asks, then the last use of the keys that the rule did not need.
#[test]
fn every_key_of_a_flagged_user_is_looked_at() {
    let user = user(999);
    let mut facts = UserFacts::new(user.clone(), None);
    let remediation = remediation("deactivate");
    let (setup, later) = (
        key(1, user.create_date, AccessKeyStatus::Active),
        key(2, user.create_date + TimeDelta::hours(3), AccessKeyStatus::Inactive),
    );
    let mut asked = Vec::new();
    let plan = loop {
        match remediation.next(&facts, now()) {
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

/// Without exceptions the rule reads no tags; a deactivation needs them all the same.
#[test]
fn tags_are_read_even_where_there_are_no_exceptions() {
    let user = user(999);
    let mut remediation = remediation("deactivate");
    remediation.parameters.exception_tag_prefix = None;
    let mut facts = UserFacts::new(user.clone(), None);
    facts.learn_console_password(ConsolePassword::Enabled { since: None });
    let key = key(1, user.create_date, AccessKeyStatus::Active);
    facts.learn_access_keys(vec![key.clone()]);
    facts.learn_last_used(&key.access_key_id, Some(LastUsed::Never));
    assert_eq!(remediation.next(&facts, now()), RemediationStep::Read(Fact::Tags));
}

#[test]
fn every_key_of_an_excepted_user_is_refused() {
    let user = user(999);
    let mut facts = UserFacts::new(user.clone(), None);
    facts.learn_console_password(ConsolePassword::Enabled { since: None });
    let keys: Vec<_> = [0, 9_000].map(|s| user.create_date + TimeDelta::seconds(s)).to_vec();
    facts.learn_access_keys(
        keys.iter().enumerate().map(|(n, at)| key(n, *at, AccessKeyStatus::Active)).collect(),
    );
    for n in 0..2 {
        facts.learn_last_used(&key(n, now(), AccessKeyStatus::Active).access_key_id, Some(LastUsed::Never));
    }
    facts.learn_tags(tags(&[
        ("setup-key-exception:owner", "payments"),
        ("setup-key-exception:expires", "2026-12-12"),
        ("setup-key-exception:reason", "TICKET-17"),
    ]));
    let RemediationStep::Planned(plan) = remediation("deactivate").next(&facts, now()) else { panic!() };
    assert_eq!(plan.candidates, []);
    let reasons: Vec<_> = plan.refusals.iter().map(|refusal| refusal.reason.as_str()).collect();
    assert_eq!(reasons, ["the user is excepted until 2026-12-12, owner payments"; 2]);
}

fn looked<'a>(remediation: &'a Remediation, user: &'a IamUser, key: &'a AccessKey) -> Attempt<'a> {
    let mut attempt = Attempt::new(remediation, user, &key.access_key_id);
    assert_eq!(attempt.next(now()), AttemptStep::LookAgain);
    attempt.saw(Some((user.clone(), Vec::new())), vec![key.clone()]);
    attempt
}

#[test]
fn a_deactivation_is_tagged_before_the_last_look() {
    let (remediation, user) = (remediation("deactivate"), user(999));
    let key = key(1, user.create_date, AccessKeyStatus::Active);
    let mut attempt = looked(&remediation, &user, &key);
    let value = "2026-11-22T06:00:00Z".to_owned();
    assert_eq!(attempt.next(now()), AttemptStep::Tag { key: TAG.to_owned(), value, at: now() });
    assert!(!attempt.is_tagged());
    attempt.tagged(now());
    assert!(attempt.is_tagged());
    assert_eq!(attempt.next(now()), AttemptStep::ReadLastUsed);
    let mut used = attempt.clone();
    attempt.learn_last_used(Some(LastUsed::Never));
    let later = now() + TimeDelta::seconds(9);
    assert_eq!(
        attempt.next(later),
        AttemptStep::Do { act: Act::Deactivate, at: now() },
        "the time of the tag"
    );

    used.learn_last_used(Some(LastUsed::At(now())));
    assert_eq!(used.next(now()), AttemptStep::LeaveAlone(Reason::Used));
    used.learn_last_used(None);
    assert_eq!(used.next(now()), AttemptStep::LeaveAlone(Reason::Gone));
}

#[test]
fn a_dry_run_looks_and_writes_nothing() {
    let (remediation, user) = (remediation("dry-run"), user(999));
    let key = key(1, user.create_date, AccessKeyStatus::Active);
    let mut attempt = looked(&remediation, &user, &key);
    assert_eq!(attempt.next(now()), AttemptStep::ReadLastUsed);
    attempt.learn_last_used(Some(LastUsed::Never));
    assert_eq!(attempt.next(now()), AttemptStep::Do { act: Act::Deactivate, at: now() });
}

#[test]
fn a_deletion_needs_no_tag_of_its_own() {
    let (remediation, user) = (remediation("delete"), user(999));
    let key = key(1, user.create_date, AccessKeyStatus::Inactive);
    let mut attempt = Attempt::new(&remediation, &user, &key.access_key_id);
    attempt.saw(Some((user.clone(), tags(&[(TAG, "2026-11-01T00:00:00Z")]))), vec![key.clone()]);
    assert_eq!(attempt.next(now()), AttemptStep::ReadLastUsed);
    attempt.learn_last_used(Some(LastUsed::Never));
    assert_eq!(attempt.next(now()), AttemptStep::Do { act: Act::Delete, at: now() });
}

#[test]
fn what_the_second_look_finds_counts() {
    let (remediation, user) = (remediation("deactivate"), user(999));
    let key = key(1, user.create_date, AccessKeyStatus::Active);
    let other = IamUser { user_id: UserId::parse("AIDAEXAMPLE000000002").unwrap(), ..user.clone() };
    let inactive = AccessKey { status: AccessKeyStatus::Inactive, ..key.clone() };
    for (found, keys, expected) in [
        (None, vec![key.clone()], "no user is named `anitha` any more"),
        (
            Some((other, vec![])),
            vec![key.clone()],
            "the name `anitha` belongs to another user by now, `AIDAEXAMPLE000000002`",
        ),
        (Some((user.clone(), vec![])), vec![], "the access key does not exist any more"),
        (Some((user.clone(), vec![])), vec![inactive], "inactive already"),
        (Some((user.clone(), tags(&[(TAG, "now")]))), vec![key.clone()], "active, and tagged"),
    ] {
        let mut attempt = Attempt::new(&remediation, &user, &key.access_key_id);
        attempt.saw(found, keys);
        let AttemptStep::LeaveAlone(reason) = attempt.next(now()) else { panic!("{expected}") };
        assert!(reason.to_string().starts_with(expected), "{reason}");
    }
}

#[test]
fn only_the_user_and_the_mode_have_to_be_given() {
    let request = remediation("deactivate");
    assert_eq!(request.resource_id.as_str(), "AIDAEXAMPLE000000001");
    assert_eq!(
        (request.minimum_key_age, request.minimum_inactive),
        (TimeDelta::hours(24), TimeDelta::days(7))
    );
    assert_eq!(request.automation_execution_id, None);
    assert!(!request.parameters.include_inactive_keys);
    for mode in ["dry-run", "delete"] {
        assert!(remediation(mode).parameters.include_inactive_keys, "{mode}");
        assert_eq!(remediation(mode).mode.to_string(), mode);
    }
}

#[test]
fn values_may_be_strings() {
    let given = json!({"resourceId": "AIDAEXAMPLE000000001", "mode": "deactivate", "minimumKeyAgeHours": "1000",
        "minimumInactiveDays": 0, "automationExecutionId": "4105a4fc", "setupWindowSeconds": "90",
        "includeInactiveKeys": "true", "scope": "all-users", "criterion": "", "refreshAfterDays": 30});
    let request = request(&given).unwrap();
    assert_eq!(
        (request.minimum_key_age, request.minimum_inactive),
        (TimeDelta::hours(1000), TimeDelta::zero())
    );
    assert_eq!(request.automation_execution_id.as_deref(), Some("4105a4fc"));
    assert_eq!(request.parameters.setup_window, TimeDelta::seconds(90));
    assert!(request.parameters.include_inactive_keys);
    let absent = json!({"resourceId": "AIDAEXAMPLE000000001", "mode": "deactivate", "minimumKeyAgeHours": "",
        "minimumInactiveDays": null, "automationExecutionId": ""});
    assert_eq!(super::tests::request(&absent).unwrap(), remediation("deactivate"));
}

#[test]
fn a_request_that_is_not_understood_names_the_field_and_what_is_accepted() {
    let id = "AIDAEXAMPLE000000001";
    for (given, expected) in [
        (json!([]), "`event` is `[]`, expected a JSON object: it is an array"),
        (
            json!({"mode": "delete"}),
            "`resourceId` is missing, expected the unique id of an IAM user (AIDA...)",
        ),
        (
            json!({"resourceId": "anitha", "mode": "delete"}),
            "`resourceId` is `anitha`, expected the unique id",
        ),
        (json!({"resourceId": 1, "mode": "delete"}), "`resourceId` is `1`, expected"),
        (json!({"resourceId": id}), "`mode` is missing, expected `dry-run`, `deactivate`, `delete`"),
        (
            json!({"resourceId": id, "mode": "Delete"}),
            "`mode` is `Delete`, expected `dry-run`, `deactivate`, `delete`",
        ),
        (
            json!({"resourceId": id, "mode": "delete", "minimumKeyAge": "1"}),
            "`minimumKeyAge` (value `1`) is unknown, expected `resourceId`, `mode`, `minimumKeyAgeHours`, ",
        ),
        (
            json!({"resourceId": id, "mode": "delete", "minimumKeyAgeHours": -1}),
            "`minimumKeyAgeHours` is `-1`, expected a whole number from 0 to 87600",
        ),
        (
            json!({"resourceId": id, "mode": "delete", "minimumKeyAgeHours": "87601"}),
            "`minimumKeyAgeHours` is `87601`, expected a whole number from 0 to 87600",
        ),
        (
            json!({"resourceId": id, "mode": "delete", "minimumInactiveDays": 1.5}),
            "`minimumInactiveDays` is `1.5`, expected a whole number from 0 to 3650",
        ),
        (
            json!({"resourceId": id, "mode": "delete", "minimumInactiveDays": "3651"}),
            "`minimumInactiveDays` is `3651`, expected a whole number from 0 to 3650",
        ),
        (
            json!({"resourceId": id, "mode": "delete", "criterion": "all"}),
            "rule parameter `criterion` is `all`, expected `setup-and-unused`, ",
        ),
    ] {
        let error = request(&given).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{given}: {error}");
        assert!(!error.contains('\n'), "{error}");
    }
    let largest =
        json!({"resourceId": id, "mode": "delete", "minimumKeyAgeHours": 87600, "minimumInactiveDays": 3650});
    assert!(request(&largest).is_ok());
}

fn action(number: usize, act: Act, dry_run: bool) -> Action {
    Action {
        access_key_id: key(number, now(), AccessKeyStatus::Active).access_key_id,
        action: Done { act, dry_run },
        at: now() + TimeDelta::milliseconds(999),
        after_user: TimeDelta::seconds(17),
    }
}

#[test]
fn the_answer_has_the_form_that_is_promised() {
    let (remediation, user) = (remediation("dry-run"), user(999));
    let actions = [action(1, Act::Deactivate, true), action(2, Act::Delete, true)];
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
            "resourceId": "AIDAEXAMPLE000000001",
            "userName": "anitha",
            "mode": "dry-run",
            "actions": [
                {"accessKeyId": "AKIAEXAMPLE000000001", "action": "would-deactivate", "at": "2026-11-22T06:00:00Z"},
                {"accessKeyId": "AKIAEXAMPLE000000002", "action": "would-delete", "at": "2026-11-22T06:00:00Z"},
            ],
            "refusals": [{
                "accessKeyId": "AKIAEXAMPLE000000001",
                "reason": "used: rotate it, remediation never touches a key that was used",
            }],
        })
    );
    let nobody = Answer { user_name: None, actions: &[], refusals: &[], ..answer };
    assert_eq!(json!(nobody)["userName"], json!(null));
    assert_eq!(action(1, Act::Deactivate, false).action.to_string(), "deactivated");
    assert_eq!(action(1, Act::Delete, false).action.to_string(), "deleted");
}

#[test]
fn the_notice_tells_what_was_done_and_what_to_do() {
    let function = FunctionArn::parse("arn:aws:lambda:us-east-1:111122223333:function:remediate").unwrap();
    let (user, id) = (user(999), key(3, now(), AccessKeyStatus::Active).access_key_id);
    let actions = [action(1, Act::Deactivate, false), action(2, Act::Delete, false)];
    let notice = Notice {
        function: &function,
        mode: Mode::Deactivate,
        user: &user,
        actions: &actions,
        left_active: std::slice::from_ref(&id),
        automation_execution_id: Some("4105a4fc"),
    };
    assert_eq!(
        notice.subject(),
        "1 access key deactivated, 1 access key deleted, 1 access key left active in 111122223333"
    );
    assert!(notice.subject().len() < 100);
    let message = notice.message();
    for expected in [
        "anitha (AIDAEXAMPLE000000001), created 2026-10-11T15:00:00Z\n",
        "  Access key AKIAEXAMPLE000000001: deactivated 2026-11-22T06:00:00Z; created +17 s after the user, never used\n",
        "    aws iam update-access-key --user-name anitha --access-key-id AKIAEXAMPLE000000001 --status Active\n",
        "  Access key AKIAEXAMPLE000000002: deleted 2026-11-22T06:00:00Z",
        "  This cannot be undone.\n",
        "    aws iam update-access-key --user-name anitha --access-key-id AKIAEXAMPLE000000003 --status Inactive\n",
        "    aws iam untag-user --user-name anitha --tag-keys setup-key-deactivated:AKIAEXAMPLE000000003\n",
        "\nStarted by the automation execution 4105a4fc of Systems Manager.\n",
    ] {
        assert!(message.contains(expected), "`{expected}` is not in {message}");
    }
    let nothing = Notice { actions: &[], left_active: &[], ..notice };
    assert!(nothing.is_empty() && !notice.is_empty());
    assert!(
        !Notice { left_active: &[], ..notice }.is_empty() && !Notice { actions: &[], ..notice }.is_empty()
    );
    let twice = [action(1, Act::Deactivate, false), action(2, Act::Deactivate, false)];
    let subject = Notice { actions: &twice, left_active: &[], ..notice }.subject();
    assert_eq!(subject, "2 access keys deactivated in 111122223333");
}
