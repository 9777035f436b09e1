use std::path::Path;

use setupkey_rule::decision::Decision;
use setupkey_rule::iam::AccessKeyStatus;
use setupkey_rule::parameters::{Criterion, RuleParameters, Scope};

use crate::population::{TrueKey, Truth, decide};
use crate::table::{self, Case, ConsolePassword};

fn truth(case: &Case) -> Truth {
    let key = |key: &table::Key| TrueKey {
        status: match key.status.as_str() {
            "active" => AccessKeyStatus::Active,
            "inactive" => AccessKeyStatus::Inactive,
            "expired" => AccessKeyStatus::Expired,
            other => panic!("`{other}` is no status"),
        },
        seconds_after_user: key.seconds_after_user,
        used: key.used,
    };
    Truth {
        console_password: case.console_password != ConsolePassword::No,
        keys: case.keys.iter().map(key).collect(),
    }
}

fn letter(decision: &Decision) -> &'static str {
    match decision {
        Decision::NonCompliant(_) => "N",
        Decision::Compliant => "C",
        Decision::OutOfScope => "-",
        Decision::NotFlagged { .. } | Decision::Exempt(..) => panic!("no report and no tags here"),
    }
}

#[test]
fn every_case_gets_its_verdict() {
    let cases = table::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases.csv"));
    assert!(cases.len() > 200, "the table has {} cases", cases.len());

    let mut wrong = Vec::new();
    for case in &cases {
        for (scope_name, scope) in Scope::NAMES {
            for (criterion_name, criterion) in Criterion::NAMES {
                let parameters = RuleParameters {
                    criterion,
                    scope,
                    include_inactive_keys: case.include_inactive_keys,
                    ..RuleParameters::default()
                };
                let said = letter(&decide(&truth(case), &parameters).0);
                let column = format!("{scope_name}: {criterion_name}");
                let expected = &case.verdicts[&column];
                if said != expected {
                    wrong.push(format!("{} ({column}): `{said}`, expected `{expected}`", case.name));
                }
            }
        }
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table that CIS prints under its command-line audit: the audit flags each user with a password and a
/// key that was never used.
#[test]
fn cis_sample_flags_brandon_and_anitha_only() {
    let key = |used| TrueKey { status: AccessKeyStatus::Active, seconds_after_user: 0, used };
    let (used, never) = (key(true), key(false));
    let sample = [
        ("elise", false, vec![used]),
        ("brandon", true, vec![never]),
        ("rakesh", false, vec![]),
        ("helene", false, vec![used]),
        ("paras", true, vec![used, used]),
        ("anitha", true, vec![used, never]),
    ];
    let parameters = RuleParameters { criterion: Criterion::Unused, ..RuleParameters::default() };

    let flagged: Vec<&str> = sample
        .into_iter()
        .filter(|(_, console_password, keys)| {
            let truth = Truth { console_password: *console_password, keys: keys.clone() };
            matches!(decide(&truth, &parameters).0, Decision::NonCompliant(_))
        })
        .map(|(name, _, _)| name)
        .collect();

    assert_eq!(flagged, ["brandon", "anitha"]);
}
