use chrono::TimeDelta;

use super::*;
use crate::annotation::ALERT_PENDING;
use crate::decision::{Finding, FlaggedKey};
use crate::exception::Exception;
use crate::facts::{AccessKey, AccessKeyId, AccessKeyStatus, ConsolePassword, LastUsed, UserName};

const NOW: &str = "2026-11-22T06:00:00Z";

pub(crate) fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

pub(crate) fn user(name: &str) -> IamUser {
    IamUser {
        user_name: UserName::parse(name).unwrap(),
        user_id: UserId::parse(id(name)).unwrap(),
        arn: format!("arn:aws:iam::111122223333:user/{name}"),
        create_date: "2024-07-01T12:00:00Z".parse().unwrap(),
    }
}

pub(crate) fn id(name: &str) -> String {
    format!("AIDAEXAMPLE{:0>10}", name.to_uppercase())
}

pub(crate) fn non_compliant() -> Verdict {
    let create_date = "2024-07-01T12:00:00Z".parse().unwrap();
    let access_key_id = AccessKeyId::parse("AKIAIOSFODNN7EXAMPLE").unwrap();
    Verdict::Decided(Decision::NonCompliant(Finding {
        console_password: ConsolePassword::Enabled { since: None },
        keys: vec![FlaggedKey {
            access_key: AccessKey { access_key_id, status: AccessKeyStatus::Active, create_date },
            after_user: TimeDelta::zero(),
            created_with_user: true,
            last_used: LastUsed::Never,
        }],
        void_exception: None,
    }))
}

const COMPLIANT: Verdict = Verdict::Decided(Decision::Compliant);
const OUT_OF_SCOPE: Verdict = Verdict::Decided(Decision::OutOfScope);

pub(crate) fn held_non_compliant(name: &str, hours_old: i64) -> HeldResult {
    let annotation = format!(
        "{name}: console password; access key ...MPLE set up with the user (+0 s), active, never used: \
         deactivate, then delete it"
    );
    held(name, true, &annotation, hours_old)
}

pub(crate) fn held_compliant(name: &str, hours_old: i64) -> HeldResult {
    let annotation = format!("{name}: no active access key that was set up with the user and never used");
    held(name, false, &annotation, hours_old)
}

pub(crate) fn pending(held: HeldResult) -> HeldResult {
    HeldResult { annotation: held.annotation.map(|text| text + ALERT_PENDING), ..held }
}

pub(crate) fn held(name: &str, non_compliant: bool, annotation: &str, hours_old: i64) -> HeldResult {
    HeldResult {
        resource_type: IAM_USER.to_owned(),
        resource_id: id(name),
        non_compliant,
        annotation: Some(annotation.to_owned()),
        recorded: now() - TimeDelta::hours(hours_old),
    }
}

/// A run that found these users, with all that AWS Config holds.
struct Found {
    users: BTreeMap<UserId, (IamUser, Verdict)>,
    held: Option<Vec<HeldResult>>,
    listing_complete: bool,
    listed_again: Option<Vec<IamUser>>,
    alerts: bool,
    parameters: RuleParameters,
}

fn found<const N: usize>(users: [(&str, Verdict); N], held: Vec<HeldResult>) -> Found {
    let users = users.map(|(name, verdict)| (user(name).user_id, (user(name), verdict)));
    Found {
        users: BTreeMap::from(users),
        held: Some(held),
        listing_complete: true,
        listed_again: None,
        alerts: true,
        parameters: RuleParameters::default(),
    }
}

impl Found {
    fn with<T>(&self, then: impl FnOnce(&ScheduledRun<'_>) -> T) -> T {
        let listed_again: Option<BTreeMap<_, _>> = self
            .listed_again
            .as_ref()
            .map(|users| users.iter().map(|user| (user.user_id.clone(), user.clone())).collect());
        then(&ScheduledRun {
            account_id: "111122223333",
            created: now(),
            parameters: &self.parameters,
            users: &self.users,
            listing_complete: self.listing_complete,
            listed_again: listed_again.as_ref(),
            held: self.held.as_deref(),
            alerts: self.alerts,
        })
    }

    fn plan(&self) -> Plan {
        self.with(|run| run.plan())
    }

    fn needs_second_listing(&self) -> bool {
        self.with(|run| run.needs_second_listing())
    }

    /// What is put first, as `id verdict`, with `!` for the marker; and who is alerted about.
    fn delivered(&self) -> (Vec<String>, Vec<String>) {
        let plan = self.plan();
        let first = plan.first.iter().map(told).collect();
        (first, plan.new_findings.iter().map(|new| new.user.user_name.to_string()).collect())
    }
}

pub(crate) fn told(evaluation: &Evaluation) -> String {
    assert_eq!(evaluation.ordering_timestamp.0, now());
    let marker = if evaluation.annotation.to_string().ends_with(ALERT_PENDING) { "!" } else { "" };
    let name =
        evaluation.resource_id.trim_start_matches("AIDAEXAMPLE").trim_start_matches('0').to_lowercase();
    format!("{name} {:?}{marker}", evaluation.compliance_type)
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn first_run_puts_users_in_scope_and_alerts_about_findings() {
    let found = found([("ann", COMPLIANT), ("bob", non_compliant()), ("cy", OUT_OF_SCOPE)], vec![]);

    assert_eq!(found.delivered(), (vec!["ann Compliant".to_owned()], vec!["bob".to_owned()]));
    let plan = found.plan();
    assert_eq!((plan.in_scope, plan.flagged, plan.new), (2, 1, 1));
    assert!(!plan.new_findings[0].waiting);
}

#[test]
fn finding_that_somebody_was_alerted_about_is_not_new() {
    let found = found([("bob", non_compliant())], vec![held_non_compliant("bob", 1)]);

    // nothing is due, so the oldest result is put again
    assert_eq!(found.delivered(), (vec!["bob NonCompliant".to_owned()], none()));
}

#[test]
fn finding_with_the_marker_is_new_again_and_comes_first() {
    let found = found([("bob", non_compliant())], vec![pending(held_non_compliant("bob", 1))]);

    let plan = found.plan();

    assert_eq!(plan.new_findings.len(), 1);
    assert!(plan.new_findings[0].waiting);
}

#[test]
fn user_who_becomes_noncompliant_again_is_new() {
    let found = found([("bob", non_compliant()), ("ann", COMPLIANT)], vec![held_compliant("bob", 1)]);

    assert_eq!(found.delivered(), (vec!["ann Compliant".to_owned()], vec!["bob".to_owned()]));
}

#[test]
fn changed_and_due_results_are_put_the_others_are_not() {
    let held = vec![
        held_compliant("due", 23),
        held_compliant("fresh", 22),
        held("other", false, "other: something else", 1),
        HeldResult { non_compliant: true, ..held_compliant("turned", 1) },
        held_non_compliant("resolved", 1),
    ];
    let found = found(
        [
            ("due", COMPLIANT),
            ("fresh", COMPLIANT),
            ("other", COMPLIANT),
            ("resolved", COMPLIANT),
            ("turned", COMPLIANT),
        ],
        held,
    );

    let (first, new) = found.delivered();

    assert_eq!(first, ["due Compliant", "other Compliant", "turned Compliant", "resolved Compliant"]);
    assert_eq!(new, none());
    let resolved =
        ["turned", "resolved"].map(|name| Resolved { user_id: id(name), user_name: Some(name.to_owned()) });
    assert_eq!(found.plan().resolved, resolved);
}

#[test]
fn refresh_after_zero_days_puts_everything() {
    let mut found = found(
        [("ann", COMPLIANT), ("bob", non_compliant())],
        vec![held_compliant("ann", 0), held_non_compliant("bob", 0)],
    );
    found.parameters.refresh_after = TimeDelta::zero();

    assert_eq!(found.delivered(), (vec!["ann Compliant".to_owned(), "bob NonCompliant".to_owned()], none()));
}

#[test]
fn oldest_result_is_put_again_when_nothing_is_due_but_never_of_an_unread_user() {
    let found = found(
        [("ann", COMPLIANT), ("bob", COMPLIANT), ("unread", Verdict::Unread)],
        vec![held_compliant("ann", 3), held_compliant("bob", 5), held_compliant("unread", 9)],
    );

    assert_eq!(found.delivered(), (vec!["bob Compliant".to_owned()], none()));
}

#[test]
fn account_line_says_that_the_rule_runs() {
    for (users, expected) in
        [(vec![], "no IAM users"), (vec!["cy"], "1 IAM user, not in the scope of this rule")]
    {
        let mut found = found([], vec![]);
        found.users =
            users.into_iter().map(|name| (user(name).user_id, (user(name), OUT_OF_SCOPE))).collect();

        let plan = found.plan();

        let [line] = plan.first.as_slice() else { panic!("{:?}", plan.first) };
        assert_eq!((line.resource_type.as_str(), line.resource_id.as_str()), (ACCOUNT, "111122223333"));
        assert_eq!(line.compliance_type, ComplianceType::NotApplicable);
        assert_eq!(line.annotation.to_string(), expected);
    }
}

#[test]
fn account_line_is_not_put_where_users_are_unread_or_missing() {
    let unread = found([("ann", Verdict::Unread)], vec![]);
    let mut incomplete = found([("cy", OUT_OF_SCOPE)], vec![]);
    incomplete.listing_complete = false;

    assert_eq!(unread.delivered(), (none(), none()));
    assert_eq!(incomplete.delivered(), (none(), none()));
}

#[test]
fn unread_user_keeps_the_last_result() {
    let found = found([("ann", COMPLIANT), ("bob", Verdict::Unread)], vec![held_non_compliant("bob", 1)]);

    assert!(!found.needs_second_listing());
    assert_eq!(found.delivered(), (vec!["ann Compliant".to_owned()], none()));
}

#[test]
fn only_who_is_missing_twice_is_cleared() {
    let mut found =
        found([("ann", COMPLIANT)], vec![held_non_compliant("gone", 1), held_compliant("late", 1)]);
    assert!(found.needs_second_listing());

    assert_eq!(found.delivered().0, ["ann Compliant"], "one look is not enough");
    found.listed_again = Some(vec![user("ann"), user("late")]);
    assert_eq!(found.delivered().0, ["ann Compliant", "gone NotApplicable"]);
    assert_eq!(found.plan().first[1].annotation.to_string(), "the user does not exist any more");
    found.listed_again = Some(vec![user("ann")]);
    assert_eq!(found.delivered().0, ["ann Compliant", "gone NotApplicable", "late NotApplicable"]);
    let resolved: Vec<_> = found.plan().resolved.into_iter().map(|resolved| resolved.user_id).collect();
    assert_eq!(resolved, [id("gone")], "a compliant user who is deleted resolves nothing");
}

#[test]
fn out_of_scope_user_is_cleared_only_under_the_name_that_was_read() {
    let mut found = found([("cy", OUT_OF_SCOPE)], vec![held_non_compliant("cy", 1)]);

    let renamed = IamUser { user_name: UserName::parse("cyrus").unwrap(), ..user("cy") };
    found.listed_again = Some(vec![renamed]);
    assert_eq!(found.delivered().0, none(), "what was read was about somebody else's name");
    found.listed_again = Some(vec![user("cy")]);
    assert_eq!(found.delivered().0, ["cy NotApplicable"]);
    assert_eq!(
        found.plan().first[0].annotation.to_string(),
        "cy: no console password, not in the scope of this rule"
    );
}

#[test]
fn renamed_user_keeps_the_last_result() {
    let mut found = found([("bob", Verdict::Gone), ("ann", COMPLIANT)], vec![held_non_compliant("bob", 1)]);
    found.listed_again = Some(vec![user("ann"), user("bob")]);

    assert_eq!(found.delivered().0, ["ann Compliant"]);
    found.listed_again = Some(vec![user("ann")]);
    assert_eq!(found.delivered().0, ["ann Compliant", "bob NotApplicable"], "deleted after all");
}

#[test]
fn incomplete_listing_clears_nobody() {
    let mut found = found(
        [("ann", COMPLIANT), ("cy", OUT_OF_SCOPE)],
        vec![held_non_compliant("gone", 1), held_compliant("cy", 1)],
    );
    found.listing_complete = false;
    found.listed_again = Some(vec![user("ann"), user("cy")]);

    assert!(!found.needs_second_listing());
    assert_eq!(found.delivered().0, ["ann Compliant"]);
}

#[test]
fn results_of_other_resource_types_are_left_alone() {
    let bucket = HeldResult { resource_type: "AWS::S3::Bucket".to_owned(), ..held_non_compliant("gone", 9) };
    let mut found = found([("ann", COMPLIANT)], vec![bucket, held_compliant("ann", 1)]);
    found.listed_again = Some(vec![user("ann")]);

    assert_eq!(found.delivered().0, ["ann Compliant"]);
}

#[test]
fn unread_previous_results_alert_nobody_and_clear_nothing() {
    let mut found = found([("ann", COMPLIANT), ("bob", non_compliant()), ("cy", OUT_OF_SCOPE)], vec![]);
    found.held = None;

    assert_eq!(found.delivered(), (vec!["ann Compliant".to_owned(), "bob NonCompliant!".to_owned()], none()));
    let plan = found.plan();
    assert_eq!((plan.in_scope, plan.flagged, plan.new), (2, 1, 0));
    found.alerts = false;
    assert_eq!(found.delivered().0, ["ann Compliant", "bob NonCompliant"], "no topic, no marker");
    found.users.retain(|_, (user, _)| user.user_name.as_str() == "cy");
    assert_eq!(found.delivered().0, none(), "nor a line that says nothing is held");
}

#[test]
fn without_a_topic_findings_are_put_with_the_rest() {
    let mut found = found([("bob", non_compliant())], vec![]);
    found.alerts = false;

    assert_eq!(found.delivered(), (vec!["bob NonCompliant".to_owned()], none()));
    assert_eq!(found.plan().new, 1);
}

/// A rule that can publish but not put would find the same users new in every run, and alert every time.
#[test]
fn something_is_put_before_every_alert() {
    let beside_another =
        found([("bob", non_compliant()), ("ann", COMPLIANT)], vec![held_compliant("ann", 1)]);
    let alone = found([("bob", non_compliant()), ("cy", OUT_OF_SCOPE)], vec![]);

    assert_eq!(beside_another.delivered(), (vec!["ann Compliant".to_owned()], vec!["bob".to_owned()]));
    assert_eq!(alone.delivered(), (vec!["111122223333 NotApplicable".to_owned()], vec!["bob".to_owned()]));
    assert_eq!(alone.plan().first[0].annotation.to_string(), "2 IAM users, 1 in the scope of this rule");
}

/// An older report does not say who is in scope now: what AWS Config holds does, else the report.
#[test]
fn user_who_cannot_be_flagged_follows_what_aws_config_holds() {
    let not_flagged = |had_console_password| Verdict::Decided(Decision::NotFlagged { had_console_password });
    let found = found(
        [
            ("held", not_flagged(false)),
            ("in", not_flagged(true)),
            ("out", not_flagged(false)),
            ("resolved", not_flagged(true)),
        ],
        vec![held_compliant("held", 23), held_non_compliant("resolved", 1)],
    );

    assert!(!found.needs_second_listing(), "nobody is cleared on an older report");
    let mut first = found.delivered().0;
    first.sort();
    assert_eq!(first, ["held Compliant", "in Compliant", "resolved Compliant"]);
    assert_eq!(found.plan().in_scope, 3);
}

#[test]
fn excepted_user_is_cleared_only_of_what_aws_config_holds() {
    let excepted = || {
        Verdict::Decided(Decision::Excepted(Exception {
            owner: "payments".to_owned(),
            expires: "2026-12-31".to_owned(),
            until: "2027-01-01T00:00:00Z".parse().unwrap(),
            reason: "TICKET-17".to_owned(),
        }))
    };
    // what is held, whether there is a topic; what is put first, how many exceptions are told
    let cases = [
        (vec![], true, vec!["111122223333 NotApplicable"], 0),
        (vec![held_compliant("bob", 1)], true, vec!["bob NotApplicable"], 0),
        (vec![held_non_compliant("bob", 1)], true, vec!["111122223333 NotApplicable"], 1),
        (vec![pending(held_non_compliant("bob", 1))], true, vec!["111122223333 NotApplicable"], 1),
        (vec![held_non_compliant("bob", 1)], false, vec!["bob NotApplicable"], 0),
    ];
    for (held, alerts, first, told) in cases {
        let mut found = found([("bob", excepted())], held);
        found.alerts = alerts;

        assert_eq!(found.delivered().0, first);
        let plan = found.plan();
        assert_eq!((plan.cleared.len(), plan.excepted.len(), plan.flagged), (told, 1, 0));
        assert_eq!(plan.in_scope, 1, "who is excepted is in scope");
        assert_eq!(plan.resolved, []);
    }
}
