use super::*;
use crate::annotation::ALERT_PENDING;
use crate::decision::NotRead;
use crate::event::Subject;
use crate::fixtures::{
    PASSWORD, active_key, event_time, exemption, finding, stored, time, user, user_id, user_name,
};
use crate::iam::LastUsed;

fn id(name: &str) -> String {
    user_id(name).to_string()
}

fn setup_finding() -> Finding {
    finding(PASSWORD, vec![(active_key(1, 0), LastUsed::Never)])
}

fn non_compliant() -> Outcome {
    Outcome::Decided(Decision::NonCompliant(setup_finding()))
}

fn exempt() -> Outcome {
    Outcome::Decided(Decision::Exempt(exemption("2026-12-31"), setup_finding()))
}

const COMPLIANT: Outcome = Outcome::Decided(Decision::Compliant);
const OUT_OF_SCOPE: Outcome = Outcome::Decided(Decision::OutOfScope);
const NOT_READ: Outcome = Outcome::NotRead(NotRead::TimedOut);

fn stored_non_compliant(name: &str, hours_old: i64) -> EvaluationResult {
    let annotation = format!(
        "{name}: console password; access key ...0001 created with the user (+0 s), active, never used: deactivate \
         it, then delete it"
    );
    stored(name, true, &annotation, hours_old)
}

fn stored_compliant(name: &str, hours_old: i64) -> EvaluationResult {
    let annotation = format!("{name}: no active access key that was created with the user and never used");
    stored(name, false, &annotation, hours_old)
}

fn pending(stored: EvaluationResult) -> EvaluationResult {
    let annotation = stored.annotation.map(|annotation| annotation.with_alert_pending());
    EvaluationResult { annotation, ..stored }
}

/// A run that found these users, with all results that AWS Config stores.
struct Found {
    users: BTreeMap<UserId, (IamUser, Outcome)>,
    previous: Option<Vec<EvaluationResult>>,
    listing_complete: bool,
    listed_again: Option<Vec<IamUser>>,
    alerts: bool,
    parameters: RuleParameters,
}

fn found<const N: usize>(users: [(&str, Outcome); N], previous: Vec<EvaluationResult>) -> Found {
    let users = users.map(|(name, outcome)| (user_id(name), (user(name), outcome)));
    Found {
        users: BTreeMap::from(users),
        previous: Some(previous),
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
            account_id: &AccountId::parse("111122223333").unwrap(),
            event_time: event_time(),
            parameters: &self.parameters,
            users: &self.users,
            listing_complete: self.listing_complete,
            listed_again: listed_again.as_ref(),
            previous: self.previous.as_deref(),
            alerts: self.alerts,
        })
    }

    fn plan(&self) -> Plan {
        let plan = self.with(|run| run.plan());
        assert!(plan.covers_account);
        plan
    }

    fn needs_second_listing(&self) -> bool {
        self.with(|run| run.needs_second_listing())
    }

    /// What is reported first, and the names of the new findings.
    fn delivered(&self) -> (Vec<String>, Vec<String>) {
        let plan = self.plan();
        (first(&plan), plan.new_findings.iter().map(|new| new.user.user_name.to_string()).collect())
    }
}

/// What is reported first, as `name verdict`, with `!` for the marker.
fn first(plan: &Plan) -> Vec<String> {
    plan.first.iter().map(in_short).collect()
}

fn in_short(evaluation: &Evaluation) -> String {
    assert_eq!(evaluation.ordering_timestamp.0, event_time());
    let text = evaluation.annotation.to_string();
    let marker = if text.ends_with(ALERT_PENDING) { "!" } else { "" };
    let name =
        evaluation.resource_id.trim_start_matches("AIDAEXAMPLE").trim_start_matches('0').to_lowercase();
    format!("{name} {:?}{marker}", evaluation.compliance_type)
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn first_run_reports_users_in_scope_and_alerts_about_findings() {
    let found = found([("ann", COMPLIANT), ("bob", non_compliant()), ("cy", OUT_OF_SCOPE)], vec![]);

    assert_eq!(found.delivered(), (vec!["ann Compliant".to_owned()], vec!["bob".to_owned()]));
    let plan = found.plan();
    assert_eq!((plan.in_scope, plan.flagged, plan.new, plan.not_read), (2, 1, 1, 0));
    assert!(!plan.new_findings[0].waiting && !plan.new_findings[0].stands);
    assert_eq!(in_short(&plan.new_findings[0].evaluation), "bob NonCompliant", "the alert adds the marker");
}

#[test]
fn finding_with_an_alert_is_not_new() {
    let found = found([("bob", non_compliant())], vec![stored_non_compliant("bob", 1)]);

    // nothing is due, so the oldest result is reported again
    assert_eq!(found.delivered(), (vec!["bob NonCompliant".to_owned()], none()));
}

/// A finding that stands is not reported again after a failed publish, which would be billed in every run.
#[test]
fn finding_with_the_marker_is_new_again_and_waits() {
    let other_words = stored("bob", true, "bob: console password; something else", 1);
    let cases = [
        // what is stored, whether the finding waits, whether the result stands
        (vec![pending(stored_non_compliant("bob", 1))], true, true),
        (vec![pending(stored_non_compliant("bob", 22))], true, true),
        (vec![pending(stored_non_compliant("bob", 23))], true, false),
        (vec![pending(other_words)], true, false),
        (vec![pending(stored_compliant("bob", 1))], true, false),
        (vec![stored_compliant("bob", 1)], false, false),
        (vec![], false, false),
    ];
    for (previous, waiting, stands) in cases {
        let plan = found([("bob", non_compliant())], previous.clone()).plan();

        let [new] = plan.new_findings.as_slice() else { panic!("{previous:?}") };
        assert_eq!((new.waiting, new.stands), (waiting, stands), "{previous:?}");
    }
}

#[test]
fn user_who_becomes_noncompliant_again_is_new() {
    let found = found([("bob", non_compliant()), ("ann", COMPLIANT)], vec![stored_compliant("bob", 1)]);

    assert_eq!(found.delivered(), (vec!["ann Compliant".to_owned()], vec!["bob".to_owned()]));
}

#[test]
fn only_changed_and_due_results_are_reported() {
    let previous = vec![
        stored_compliant("due", 23),
        stored_compliant("fresh", 22),
        stored("other", false, "other: something else", 1),
        EvaluationResult { annotation: None, ..stored_compliant("silent", 1) },
        EvaluationResult { non_compliant: true, ..stored_compliant("turned", 1) },
        stored_non_compliant("resolved", 1),
        EvaluationResult { annotation: None, ..stored_non_compliant("unnamed", 1) },
    ];
    let users = ["due", "fresh", "other", "resolved", "silent", "turned", "unnamed"];
    let found = found(users.map(|name| (name, COMPLIANT)), previous);

    let (mut first, new) = found.delivered();

    first.sort();
    let reported = ["due", "other", "resolved", "silent", "turned", "unnamed"];
    assert_eq!(first, reported.map(|name| format!("{name} Compliant")));
    assert_eq!(new, none());
    let resolved = |name, user_name| Resolved { user_id: id(name), user_name };
    let mut found_resolved = found.plan().resolved;
    found_resolved.sort_by(|a, b| a.user_name.cmp(&b.user_name));
    assert_eq!(
        found_resolved,
        [
            resolved("unnamed", None),
            resolved("resolved", Some(user_name("resolved"))),
            resolved("turned", Some(user_name("turned"))),
        ]
    );
}

#[test]
fn refresh_after_zero_days_reports_everything() {
    let mut found = found(
        [("ann", COMPLIANT), ("bob", non_compliant())],
        vec![stored_compliant("ann", 0), stored_non_compliant("bob", 0)],
    );
    found.parameters.refresh_after = TimeDelta::zero();

    assert_eq!(found.delivered(), (vec!["ann Compliant".to_owned(), "bob NonCompliant".to_owned()], none()));
}

#[test]
fn oldest_result_is_reported_again_when_nothing_is_due_but_never_of_a_user_who_was_not_read() {
    let found = found(
        [("ann", COMPLIANT), ("bob", COMPLIANT), ("unread", NOT_READ)],
        vec![stored_compliant("ann", 3), stored_compliant("bob", 5), stored_compliant("unread", 9)],
    );

    assert_eq!(found.delivered(), (vec!["bob Compliant".to_owned()], none()));
    assert_eq!(found.plan().not_read, 1);
}

#[test]
fn account_line_says_that_the_rule_runs() {
    for (users, expected) in [(vec![], "0 IAM users, 0 in scope"), (vec!["cy"], "1 IAM user, 0 in scope")] {
        let mut found = found([], vec![]);
        found.users = users.into_iter().map(|name| (user_id(name), (user(name), OUT_OF_SCOPE))).collect();

        let plan = found.plan();

        let [line] = plan.first.as_slice() else { panic!("{:?}", plan.first) };
        assert_eq!((line.resource_type.as_str(), line.resource_id.as_str()), (ACCOUNT, "111122223333"));
        assert_eq!(line.compliance_type, ComplianceType::NotApplicable);
        assert_eq!(line.annotation.to_string(), expected);
    }
}

#[test]
fn account_line_is_not_reported_where_users_are_not_read_or_missing() {
    let not_read = found([("ann", NOT_READ)], vec![]);
    let mut incomplete = found([("cy", OUT_OF_SCOPE)], vec![]);
    incomplete.listing_complete = false;

    assert_eq!(not_read.delivered(), (none(), none()));
    assert_eq!(incomplete.delivered(), (none(), none()));
}

#[test]
fn user_who_was_not_read_keeps_the_stored_result() {
    let found = found([("ann", COMPLIANT), ("bob", NOT_READ)], vec![stored_non_compliant("bob", 1)]);

    assert!(!found.needs_second_listing());
    assert_eq!(found.delivered(), (vec!["ann Compliant".to_owned()], none()));
}

#[test]
fn only_users_missing_from_both_listings_are_cleared() {
    let mut found =
        found([("ann", COMPLIANT)], vec![stored_non_compliant("gone", 1), stored_compliant("late", 1)]);
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
    let mut found = found([("cy", OUT_OF_SCOPE)], vec![stored_non_compliant("cy", 1)]);

    let renamed = IamUser { user_name: user_name("cyrus"), ..user("cy") };
    found.listed_again = Some(vec![renamed]);
    assert_eq!(found.delivered().0, none(), "the reads may be about another user");
    found.listed_again = Some(vec![user("cy")]);
    assert_eq!(found.delivered().0, ["cy NotApplicable"]);
    assert_eq!(found.plan().first[0].annotation.to_string(), "cy: no console password, out of scope");
}

#[test]
fn renamed_user_keeps_the_stored_result() {
    let mut found = found([("bob", Outcome::Gone), ("ann", COMPLIANT)], vec![stored_non_compliant("bob", 1)]);
    found.listed_again = Some(vec![user("ann"), user("bob")]);

    assert_eq!(found.delivered().0, ["ann Compliant"]);
    found.listed_again = Some(vec![user("ann")]);
    assert_eq!(found.delivered().0, ["ann Compliant", "bob NotApplicable"], "deleted after all");
}

#[test]
fn incomplete_listing_clears_no_result() {
    let mut found = found(
        [("ann", COMPLIANT), ("cy", OUT_OF_SCOPE)],
        vec![stored_non_compliant("gone", 1), stored_compliant("cy", 1)],
    );
    found.listing_complete = false;
    found.listed_again = Some(vec![user("ann"), user("cy")]);

    assert!(!found.needs_second_listing());
    assert_eq!(found.delivered().0, ["ann Compliant"]);
}

#[test]
fn results_of_other_resource_types_are_left_alone() {
    let bucket =
        EvaluationResult { resource_type: "AWS::S3::Bucket".to_owned(), ..stored_non_compliant("gone", 9) };
    let mut found = found([("ann", COMPLIANT)], vec![bucket, stored_compliant("ann", 1)]);
    found.listed_again = Some(vec![user("ann")]);

    assert_eq!(found.delivered().0, ["ann Compliant"]);
}

#[test]
fn without_the_stored_results_no_alert_is_sent_and_no_result_cleared() {
    let mut found = found(
        [("ann", COMPLIANT), ("bob", non_compliant()), ("cy", OUT_OF_SCOPE), ("dan", exempt())],
        vec![],
    );
    found.previous = None;

    assert_eq!(found.delivered(), (vec!["ann Compliant".to_owned(), "bob NonCompliant!".to_owned()], none()));
    let plan = found.plan();
    assert_eq!((plan.in_scope, plan.flagged, plan.new), (3, 1, 0));
    assert_eq!(plan.new_exemptions, []);
    found.alerts = false;
    assert_eq!(found.delivered().0, ["ann Compliant", "bob NonCompliant"], "no topic, no marker");
    found.users.retain(|_, (user, _)| user.user_name.as_str() == "cy");
    assert_eq!(found.delivered().0, none(), "nor a line that says that nothing is stored");
}

#[test]
fn without_a_topic_findings_are_reported_with_the_rest() {
    let mut found = found([("bob", non_compliant())], vec![]);
    found.alerts = false;

    assert_eq!(found.delivered(), (vec!["bob NonCompliant".to_owned()], none()));
    assert_eq!(found.plan().new, 1);
}

/// A rule that can publish but not report would find the same users new in every run, and alert every time.
#[test]
fn something_is_reported_before_every_alert() {
    let beside_another =
        found([("bob", non_compliant()), ("ann", COMPLIANT)], vec![stored_compliant("ann", 1)]);
    let alone = found([("bob", non_compliant()), ("cy", OUT_OF_SCOPE)], vec![]);

    assert_eq!(beside_another.delivered(), (vec!["ann Compliant".to_owned()], vec!["bob".to_owned()]));
    assert_eq!(alone.delivered(), (vec!["111122223333 NotApplicable".to_owned()], vec!["bob".to_owned()]));
    assert_eq!(alone.plan().first[0].annotation.to_string(), "2 IAM users, 1 in scope");
}

/// An older report does not say who is in scope now. The stored result decides, or else the report.
#[test]
fn user_who_cannot_be_flagged_is_in_scope_if_a_result_is_stored() {
    let not_flagged = |had_console_password| Outcome::Decided(Decision::NotFlagged { had_console_password });
    let found = found(
        [
            ("stored", not_flagged(false)),
            ("in", not_flagged(true)),
            ("out", not_flagged(false)),
            ("resolved", not_flagged(true)),
        ],
        vec![stored_compliant("stored", 23), stored_non_compliant("resolved", 1)],
    );

    assert!(!found.needs_second_listing(), "an older report clears no result");
    let mut first = found.delivered().0;
    first.sort();
    assert_eq!(first, ["in Compliant", "resolved Compliant", "stored Compliant"]);
    assert_eq!(found.plan().in_scope, 3);
}

#[test]
fn exempt_user_is_cleared_only_of_a_stored_result() {
    // what is stored, whether there is a topic; what is reported first, whether the exemption is published
    let cases = [
        (vec![], true, vec!["111122223333 NotApplicable"], false),
        (vec![stored_compliant("bob", 1)], true, vec!["bob NotApplicable"], false),
        (vec![stored_non_compliant("bob", 1)], true, vec!["111122223333 NotApplicable"], true),
        (vec![pending(stored_non_compliant("bob", 1))], true, vec!["111122223333 NotApplicable"], true),
        (vec![stored_non_compliant("bob", 1)], false, vec!["bob NotApplicable"], false),
    ];
    for (previous, alerts, first, published) in cases {
        let mut found = found([("bob", exempt())], previous);
        found.alerts = alerts;

        assert_eq!(found.delivered().0, first);
        let plan = found.plan();
        let new: Vec<_> =
            plan.new_exemptions.iter().map(|new| new.evaluation.as_ref().map(in_short)).collect();
        assert_eq!(new, vec![Some("bob NotApplicable".to_owned()); usize::from(published)]);
        assert_eq!(plan.exempt, [(user("bob"), exemption("2026-12-31"))]);
        assert_eq!((plan.in_scope, plan.flagged), (1, 0), "an exempt user is in scope");
        assert_eq!(plan.resolved, []);
    }
}

/// The change of bob, who was created on 2024-07-01T12:00:00Z.
fn change(created: Option<&str>) -> Change {
    Change {
        resource_type: IAM_USER.to_owned(),
        resource_id: id("bob"),
        captured: OrderingTimestamp(event_time()),
        created: created.map(time),
        subject: Subject::User { user_id: user_id("bob"), user_name: user_name("bob") },
    }
}

fn change_plan(
    change: &Change,
    previous: Option<&[EvaluationResult]>,
    alerts: bool,
    plan: impl FnOnce(&ChangeEvent<'_>) -> Plan,
) -> Plan {
    let plan = plan(&ChangeEvent { change, parameters: &RuleParameters::default(), previous, alerts });
    assert!(!plan.covers_account);
    plan
}

/// What a change delivers: the one evaluation that is reported first, then what is published.
fn delivered(plan: &Plan) -> String {
    let findings = plan.new_findings.iter().map(|new| {
        assert!(!new.waiting && new.stands, "the marker was reported first");
        format!("alert, {}", in_short(&new.evaluation))
    });
    let exemptions = plan.new_exemptions.iter().map(|new| {
        assert_eq!(new.evaluation, None, "it was reported first");
        format!("exemption of {}", new.user.user_name)
    });
    let all: Vec<String> = first(plan).into_iter().chain(findings).chain(exemptions).collect();
    assert!(plan.first.len() <= 1, "{all:?}");
    assert!(plan.first.len() == 1 || all.is_empty(), "AWS Config takes the token first: {all:?}");
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}

/// AWS Config must take the token before anything is published, so a new finding is reported first, with the marker.
#[test]
fn change_event_delivers_at_most_one_evaluation_before_the_alert() {
    const ALERT: &str = "bob NonCompliant!, alert, bob NonCompliant";
    const EXEMPTION: &str = "bob NotApplicable, exemption of bob";
    let (recent, old) = (Some("2024-07-02T12:00:00Z"), Some("2024-07-02T12:00:01Z"));
    let flagged = Decision::NonCompliant(setup_finding());
    let new_key = vec![(active_key(1, 0), LastUsed::Never), (active_key(2, 2), LastUsed::Never)];
    let flagged_new_key = Decision::NonCompliant(finding(PASSWORD, new_key.clone()));
    let exempt = Decision::Exempt(exemption("2026-12-31"), setup_finding());
    let exempt_new_key = Decision::Exempt(exemption("2026-12-31"), finding(PASSWORD, new_key));
    let not_flagged = |had_console_password| Decision::NotFlagged { had_console_password };
    let (compliant, alerted) = (vec![stored_compliant("bob", 1)], vec![stored_non_compliant("bob", 1)]);
    let marked = vec![pending(stored_non_compliant("bob", 1))];
    let due = vec![stored_non_compliant("bob", 999 * 24)];
    let bucket = EvaluationResult { resource_type: "AWS::S3::Bucket".to_owned(), ..alerted[0].clone() };
    let others = vec![bucket, stored_non_compliant("ann", 1)];
    let none = Vec::new();
    // A result is due by the time of the event, and these are stored long after the old events.
    let late = Some("2029-11-22T06:00:00Z");
    #[rustfmt::skip]
    let cases = [
        // situation                             event   decision           stored            alerts  delivered
        ("created today",                        recent, &flagged,          Some(&none),      true,  ALERT),
        ("created long ago",                     old,    &flagged,          Some(&none),      true,  "bob NonCompliant!"),
        ("created long ago, but a key today",    old,    &flagged_new_key,  Some(&none),      true,  ALERT),
        ("the event does not say when",          None,   &flagged,          Some(&none),      true,  "bob NonCompliant!"),
        ("only other results are stored",        recent, &flagged,          Some(&others),    true,  ALERT),
        ("was compliant, created today",         recent, &flagged,          Some(&compliant), true,  ALERT),
        ("alert was sent",                       recent, &flagged,          Some(&alerted),   true,  "nothing"),
        ("alert was sent, result due",           late,   &flagged,          Some(&alerted),   true,  "bob NonCompliant"),
        ("alert was sent, due at capture",       None,   &flagged,          Some(&due),       true,  "bob NonCompliant"),
        ("marked, created today",                recent, &flagged,          Some(&marked),    true,  ALERT),
        ("marked, created long ago",             old,    &flagged,          Some(&marked),    true,  "nothing"),
        ("stored results not read",              recent, &flagged,          None,             true,  "bob NonCompliant!"),
        ("no topic",                             recent, &flagged,          Some(&none),      false, "bob NonCompliant"),
        ("no topic any more, marked",            recent, &flagged,          Some(&marked),    false, "bob NonCompliant"),
        ("compliant",                            recent, &Decision::Compliant, Some(&none),   true,  "bob Compliant"),
        ("still compliant",                      recent, &Decision::Compliant, Some(&compliant), true, "nothing"),
        ("resolved",                             recent, &Decision::Compliant, Some(&alerted), true, "bob Compliant"),
        ("compliant, stored results not read",   recent, &Decision::Compliant, None,          true,  "bob Compliant"),
        ("not flagged in an older report",       recent, &not_flagged(true), Some(&none),     true,  "bob Compliant"),
        ("out of scope in an older report",      recent, &not_flagged(false), Some(&none),    true,  "bob NotApplicable"),
        ("exempt, created today",                recent, &exempt,           Some(&none),      true,  EXEMPTION),
        ("exempt, created long ago",             old,    &exempt,           Some(&none),      true,  "nothing"),
        ("exempt, but a key created today",      old,    &exempt_new_key,   Some(&none),      true,  EXEMPTION),
        ("exempt, the event does not say when",  None,   &exempt,           Some(&none),      true,  "nothing"),
        ("exempt, only other results stored",    recent, &exempt,           Some(&others),    true,  EXEMPTION),
        ("exempt, stored results not read",      recent, &exempt,           None,             true,  "nothing"),
        ("exempt, no topic",                     recent, &exempt,           Some(&none),      false, "nothing"),
        ("exempt, was compliant",                recent, &exempt,           Some(&compliant), true,  "nothing"),
        ("exempt, alert was sent",               recent, &exempt,           Some(&alerted),   true,  "nothing"),
        ("exempt, marked",                       recent, &exempt,           Some(&marked),    true,  "nothing"),
        ("out of scope",                         recent, &Decision::OutOfScope, Some(&none),  true,  "bob NotApplicable"),
    ];
    for (situation, created, decision, previous, alerts, expected) in cases {
        let plan = change_plan(&change(created), previous.map(Vec::as_slice), alerts, |event| {
            event.plan(&user("bob"), decision)
        });

        assert_eq!(delivered(&plan), expected, "{situation}");
        let is_flagged = matches!(decision, Decision::NonCompliant(_));
        assert_eq!(
            (plan.flagged, plan.new),
            (usize::from(is_flagged), plan.new_findings.len()),
            "{situation}"
        );
        assert_eq!(plan.in_scope, usize::from(decision.is_in_scope()), "{situation}");
        assert_eq!(plan.exempt.len(), usize::from(matches!(decision, Decision::Exempt(..))), "{situation}");
    }
}

/// An exemption of a new user took effect in silence: no result was stored, so no scheduled run saw a finding cleared.
#[test]
fn exemption_of_a_new_user_took_effect_in_silence() {
    let decision = Decision::Exempt(exemption("2026-12-31"), setup_finding());
    let change = change(Some("2024-07-01T12:00:00Z"));

    let plan = change_plan(&change, Some(&[]), true, |event| event.plan(&user("bob"), &decision));

    let annotation = "bob: exempt until 2026-12-31, owner payments";
    assert_eq!(plan.first[0].annotation.to_string(), annotation);
    let (user, exemption) = (user("bob"), exemption("2026-12-31"));
    assert_eq!(plan.new_exemptions, [NewExemption { user, exemption, evaluation: None }]);
}

#[test]
fn change_of_a_user_who_was_not_decided() {
    let plan =
        |outcome: &Outcome| change_plan(&change(None), None, true, |event| event.plan_without_user(outcome));

    let gone = plan(&Outcome::Gone);
    assert_eq!((delivered(&gone), gone.not_read), ("bob NotApplicable".to_owned(), 0));
    assert_eq!(gone.first[0].annotation.to_string(), "the user does not exist any more");
    for reason in [NotRead::TimedOut, NotRead::Failed("access denied".to_owned())] {
        let not_read = plan(&Outcome::NotRead(reason));
        assert_eq!((delivered(&not_read), not_read.not_read), ("nothing".to_owned(), 1));
    }
}

#[test]
fn change_of_another_resource_is_not_applicable() {
    let change = Change {
        resource_type: "AWS::S3::Bucket".to_owned(),
        resource_id: "my-bucket".to_owned(),
        ..change(None)
    };
    let annotation = Annotation::not_applicable("resource type AWS::S3::Bucket");

    let plan = change_plan(&change, None, true, |event| event.plan_not_applicable(annotation));

    assert_eq!(delivered(&plan), "my-bucket NotApplicable");
    assert_eq!(plan.first[0].resource_type, "AWS::S3::Bucket");
    assert_eq!((plan.in_scope, plan.flagged, plan.new, plan.not_read), (0, 0, 0, 0));
}
