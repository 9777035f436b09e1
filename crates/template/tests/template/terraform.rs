//! Terraform plans: planned names, direct references, and one note for every other key.

use serde_json::{Value, json};

use super::{keys, notes, seen};

fn change(address: &str, name: Option<&str>) -> Value {
    let kind = address.rsplit('.').nth(1).unwrap();
    let attribute = if kind == "aws_iam_user" { "name" } else { "user" };
    let module = address.rsplit_once(&format!(".{kind}.")).map(|(module, _)| module).unwrap_or_default();
    json!({"address": address, "module_address": module, "type": kind, "mode": "managed", "change": {"actions": ["create"], "after": {attribute: name}}})
}

fn configured(address: &str, references: &[&str]) -> Value {
    let kind = address.split('.').next().unwrap();
    let attribute = if kind == "aws_iam_user" { "name" } else { "user" };
    json!({"address": address, "type": kind, "mode": "managed", "expressions": {attribute: {"references": references}}})
}

fn plan(changes: &[Value], configuration: &[Value]) -> String {
    json!({
        "format_version": "1.2",
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": configuration}},
    })
    .to_string()
}

const PROFILE_REFERENCES: [&str; 2] = ["aws_iam_user.a.name", "aws_iam_user.a"];

/// A console user `a` with an unknown name, and a key whose user refers to something.
fn unknown(references: &[&str]) -> String {
    plan(
        &[
            change("aws_iam_user.a", None),
            change("aws_iam_user.b", None),
            change("aws_iam_user.ab", None),
            change("aws_iam_user_login_profile.a", None),
            change("aws_iam_access_key.key", None),
        ],
        &[
            configured("aws_iam_user.a", &["random_pet.a.id", "random_pet.a"]),
            configured("aws_iam_user.b", &["random_pet.a.id", "random_pet.a"]),
            configured("aws_iam_user_login_profile.a", &PROFILE_REFERENCES),
            configured("aws_iam_access_key.key", references),
        ],
    )
}

#[test]
fn a_name_that_is_unknown_before_apply_is_a_direct_reference_or_a_note() {
    for (references, reported, noted) in [
        (&["aws_iam_user.a.name", "aws_iam_user.a"][..], true, 0),
        (&["aws_iam_user.a.id", "aws_iam_user.a"], true, 0),
        (&["aws_iam_user.b.name", "aws_iam_user.b"], false, 0),
        (&["aws_iam_user.a.arn", "aws_iam_user.a"], false, 1),
        (&["local.name"], false, 1),
        (&["var.name"], false, 1),
        (&["module.a.name", "module.a"], false, 1),
        (&["each.value.name", "each.value"], false, 1),
        // the same random text may stand in another name
        (&["random_pet.a.id", "random_pet.a"], false, 1),
        (&["aws_iam_user.a.name", "aws_iam_user.a", "aws_iam_user.b.name", "aws_iam_user.b"], false, 1),
        (&["aws_iam_user.a.name", "aws_iam_user.a", "var.suffix"], false, 1),
        (&["aws_iam_user.ab.name", "aws_iam_user.ab", "aws_iam_user.a"], false, 1),
        (&["data.aws_iam_user.a.user_name", "data.aws_iam_user.a"], false, 1),
        (&[], false, 1),
    ] {
        let seen = seen(&unknown(references));

        assert_eq!(keys(&seen), if reported { "aws_iam_access_key.key" } else { "" }, "{references:?}");
        assert_eq!(notes(&seen).len(), noted, "{references:?}: {:?}", notes(&seen));
    }
}

#[test]
fn text_around_a_reference_made_another_user_s_key_a_certain_finding() {
    let seen = seen(&plan(
        &[
            change("aws_iam_user.a", None),
            change("aws_iam_user.robot", None),
            change("aws_iam_user_login_profile.a", None),
            change("aws_iam_access_key.robot", None),
        ],
        &[
            configured("aws_iam_user.a", &["random_pet.a.id", "random_pet.a"]),
            // "${aws_iam_user.a.name}-robot"
            configured("aws_iam_user.robot", &PROFILE_REFERENCES),
            configured("aws_iam_user_login_profile.a", &PROFILE_REFERENCES),
            configured("aws_iam_access_key.robot", &PROFILE_REFERENCES),
        ],
    ));

    assert_eq!(keys(&seen), "");
    assert_eq!(
        notes(&seen),
        [
            "`aws_iam_access_key.robot` may be for a console user: the plan does not say whose it is before apply"
        ]
    );
}

#[test]
fn indices_are_told_apart() {
    let changes = |key: &str| {
        vec![
            change(r#"module.m["a.b"].aws_iam_user.u[0]"#, None),
            change(r#"module.m["a.b"].aws_iam_user.u[1]"#, None),
            change(r#"module.m["aws_iam_user.c"].aws_iam_user.u[1]"#, None),
            change(r#"module.m["a.b"].aws_iam_user_login_profile.u[1]"#, None),
            change(key, None),
        ]
    };
    for (key, references, reported) in [
        (r#"module.m["a.b"].aws_iam_access_key.k[1]"#, &["aws_iam_user.u", "count.index"][..], true),
        (r#"module.m["a.b"].aws_iam_access_key.k[0]"#, &["aws_iam_user.u", "count.index"], false),
        (r#"module.m["aws_iam_user.c"].aws_iam_access_key.k[1]"#, &["aws_iam_user.u", "count.index"], false),
        (
            r#"module.m["a.b"].aws_iam_access_key.k"#,
            &["aws_iam_user.u[1].name", "aws_iam_user.u[1]", "aws_iam_user.u"],
            true,
        ),
        (
            r#"module.m["a.b"].aws_iam_access_key.k"#,
            &["aws_iam_user.u[0].name", "aws_iam_user.u[0]", "aws_iam_user.u"],
            false,
        ),
    ] {
        let module = json!({"resources": [
            configured("aws_iam_user_login_profile.u", &["aws_iam_user.u", "count.index"]),
            configured("aws_iam_access_key.k", references),
        ]});
        let plan = json!({
            "resource_changes": changes(key),
            "configuration": {"root_module": {"module_calls": {"m": {"module": module}}}},
        });

        let seen = seen(&plan.to_string());

        assert_eq!(keys(&seen), if reported { key } else { "" }, "{references:?}");
        assert!(notes(&seen).is_empty(), "{:?}", notes(&seen));
    }
}

#[test]
fn planned_names_differ_in_case_only() {
    let seen = seen(&plan(
        &[
            change("aws_iam_user.a", Some("Alice")),
            change("aws_iam_user_login_profile.a", Some("alice")),
            change("aws_iam_access_key.a", Some("ALICE")),
        ],
        &[],
    ));
    assert_eq!(keys(&seen), "aws_iam_access_key.a");
}

#[test]
fn several_users_of_one_name_without_a_reference_are_a_note() {
    let users = [change("module.a.aws_iam_user.u", Some("u")), change("module.b.aws_iam_user.u", Some("u"))];
    let others = [
        change("module.a.aws_iam_user_login_profile.u", Some("u")),
        change("aws_iam_access_key.k", Some("u")),
    ];
    let changes = [users.as_slice(), others.as_slice()].concat();
    let console = |both: bool| {
        let module = json!({"resources": [configured("aws_iam_user_login_profile.u", &["aws_iam_user.u.name", "aws_iam_user.u"])]});
        json!({
            "resource_changes": changes,
            "configuration": {"root_module": {"module_calls": if both { json!({}) } else { json!({"a": {"module": module}}) }}},
        })
        .to_string()
    };
    assert_eq!(keys(&seen(&console(true))), "aws_iam_access_key.k", "whichever it is");
    let one = seen(&console(false));
    assert_eq!(keys(&one), "");
    assert!(notes(&one)[0].contains("several users have this name"), "{:?}", notes(&one));
}

#[test]
fn a_stack_in_a_plan_is_noted() {
    let seen = seen(&plan(&[change("aws_cloudformation_stack.s", None)], &[]));
    assert_eq!(notes(&seen), ["`aws_cloudformation_stack.s` is a CloudFormation template: check it as well"]);
}

#[test]
fn a_plan_without_resources_is_a_plan() {
    for plan in [r#"{"planned_values": {}}"#, r#"{"resource_changes": [], "configuration": {}}"#] {
        let seen = seen(plan);
        assert_eq!((keys(&seen), notes(&seen)), (String::new(), vec![]), "{plan}");
    }
}

#[test]
fn the_position_is_that_of_the_resource() {
    let (user, profile) =
        (change("aws_iam_user.a", Some("a")), change("aws_iam_user_login_profile.a", Some("a")));
    let key = change("aws_iam_access_key.a", Some("a"));
    let seen = seen(&format!("{{\"resource_changes\": [{user},\n{profile},\n  {key}]}}"));
    assert_eq!(seen.findings[0].at.map(|at| (at.line, at.column)), Some((3, 3)));
}
