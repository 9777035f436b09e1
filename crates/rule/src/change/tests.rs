use chrono::TimeDelta;

use super::*;
use crate::evaluation::{IAM_USER, OrderingTimestamp};
use crate::event::Subject;
use crate::exception::Exception;
use crate::results::Verdict;
use crate::results::tests::{
    held_compliant, held_non_compliant, id, non_compliant, now, pending, told, user,
};

fn change(created: Option<&str>) -> Change {
    Change {
        resource_type: IAM_USER.to_owned(),
        resource_id: id("bob"),
        captured: OrderingTimestamp(now()),
        created: created.map(|time| time.parse().unwrap()),
        subject: Subject::User { user_id: user("bob").user_id, user_name: user("bob").user_name },
    }
}

#[test]
fn change_event_delivers_at_most_one_evaluation() {
    // bob was made on 2024-07-01T12:00:00Z
    let (recent, old) = (Some("2024-07-02T12:00:00Z"), Some("2024-07-02T12:00:01Z"));
    let Verdict::Decided(finding) = non_compliant() else { panic!() };
    let excepted = Decision::Excepted(Exception {
        owner: "payments".to_owned(),
        expires: "2026-12-31".to_owned(),
        until: "2027-01-01T00:00:00Z".parse().unwrap(),
        reason: "TICKET-17".to_owned(),
    });
    let (compliant, alerted) = (held_compliant("bob", 1), held_non_compliant("bob", 1));
    let marked = pending(held_non_compliant("bob", 1));
    let old_result = HeldResult { recorded: now() - TimeDelta::days(999), ..held_non_compliant("bob", 0) };
    let cases = [
        ("made today", recent, &finding, Some(None), true, "alert"),
        ("made long ago", old, &finding, Some(None), true, "bob NonCompliant!"),
        ("the event does not say when", None, &finding, Some(None), true, "bob NonCompliant!"),
        ("was compliant, made today", recent, &finding, Some(Some(&compliant)), true, "alert"),
        ("alerted about already", recent, &finding, Some(Some(&alerted)), true, "nothing"),
        ("alerted about, result due", old, &finding, Some(Some(&old_result)), true, "bob NonCompliant"),
        ("marked, made today", recent, &finding, Some(Some(&marked)), true, "alert"),
        ("marked, made long ago", old, &finding, Some(Some(&marked)), true, "nothing"),
        ("previous result unread", recent, &finding, None, true, "bob NonCompliant!"),
        ("no topic", recent, &finding, Some(None), false, "bob NonCompliant"),
        ("no topic any more, marked", recent, &finding, Some(Some(&marked)), false, "bob NonCompliant"),
        ("compliant", recent, &Decision::Compliant, Some(None), true, "bob Compliant"),
        ("still compliant", recent, &Decision::Compliant, Some(Some(&compliant)), true, "nothing"),
        ("resolved", recent, &Decision::Compliant, Some(Some(&alerted)), true, "bob Compliant"),
        ("excepted", recent, &excepted, Some(Some(&alerted)), true, "nothing"),
        ("out of scope", recent, &Decision::OutOfScope, Some(None), true, "bob NotApplicable"),
    ];
    for (situation, created, decision, held, alerts, expected) in cases {
        let parameters = RuleParameters::default();

        let result =
            ChangeResult::decided(&change(created), &user("bob"), decision, &parameters, held, alerts);

        let told = match &result {
            ChangeResult::Nothing => "nothing".to_owned(),
            ChangeResult::Alert(_) => "alert".to_owned(),
            ChangeResult::Put(evaluation) => told(evaluation),
        };
        assert_eq!(told, expected, "{situation}");
    }
}
