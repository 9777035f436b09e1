//! What holds for any input: the check ends without a panic, and what it says does not depend on how a template is
//! written.

use proptest::prelude::*;

use setupkey_template::{Finding, check};

/// The findings, if it is a template.
fn findings(bytes: &[u8]) -> Option<Vec<Finding>> {
    check(bytes).ok().map(|seen| seen.findings)
}

/// Pieces of templates, plans and YAML, from which most of what can go wrong can be put together.
fn pieces() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "Resources:",
        "\n",
        "\n  ",
        "\n    ",
        "\n      ",
        " ",
        "- ",
        ": ",
        ", ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "#",
        "|\n",
        ">-\n",
        "Alice:",
        "Type: AWS::IAM::User",
        "Type: AWS::IAM::AccessKey",
        "Properties:",
        "LoginProfile: {Password: x}",
        "UserName: ",
        "!Ref Alice",
        "!Sub \"${Alice}\"",
        "!If [C, ",
        "!Ref AWS::NoValue",
        "!Join [\"\", [",
        "!GetAtt A.B",
        "!Select [0, ",
        "Conditions:",
        "C: !Equals [!Ref P, x]",
        "Condition: C",
        "!Not [!Condition C]",
        "Fn::ForEach::L:",
        "${!x}",
        "${",
        "}",
        "&a ",
        "*a",
        "<<: ",
        "? ",
        "--- ",
        "...",
        "%TAG ! x",
        "!!str ",
        "!<x> ",
        "! ",
        "\t",
        "\r\n",
        "\u{feff}",
        "\0",
        "\u{85}",
        "é",
        "{\"Resources\":",
        "\"Type\":\"AWS::IAM::User\"",
        "{\"planned_values\":{\"root_module\":",
        "{\"resource_changes\":[",
        "\"type\":\"aws_iam_user\",\"address\":\"aws_iam_user.a[0]\"",
        "\"change\":{\"actions\":[\"create\"],\"after\":{\"name\":\"a\"}}",
        "\"configuration\":{\"root_module\":",
        "\"references\":[\"module.a.b\"]",
        "null",
        "1e999",
        "-0",
        "\\ud800",
        "\\u0000",
    ])
}

proptest! {
    #[test]
    fn any_bytes_are_a_template_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = findings(&bytes);
    }

    #[test]
    fn pieces_of_templates_are_a_template_or_an_error(pieces in prop::collection::vec(pieces(), 0..60)) {
        let _ = findings(pieces.concat().as_bytes());
    }

    #[test]
    fn a_template_that_is_cut_or_changed_is_a_template_or_an_error(
        template in prop::sample::select(vec![
            include_str!("../templates/names.yaml"),
            include_str!("../templates/conditions.yaml"),
            include_str!("../templates/for-each.yaml"),
            include_str!("../templates/anchors.yaml"),
            include_str!("../templates/ref.json"),
            include_str!("../templates/terraform-modules.json"),
            include_str!("../templates/terraform-unknown.json"),
        ]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..40, pieces()), 1..6),
    ) {
        let mut bytes = template.as_bytes().to_vec();
        for (at, removed, piece) in edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + removed).min(bytes.len());
            bytes.splice(at..end, piece.bytes());
        }
        let _ = findings(&bytes);
    }

    #[test]
    fn yaml_and_json_say_the_same(users in prop::collection::vec((any::<bool>(), name()), 0..4), keys in prop::collection::vec(name(), 0..5)) {
        let yaml = template(&users, &keys, |name| match name {
            Name::Ref(user) => format!("!Ref U{user}"),
            Name::Sub(user) => format!("!Sub \"${{U{user}}}\""),
            Name::Parameter => String::from("!Ref P"),
            Name::Literal(text) => format!("n{text}"),
        }, &|entries| entries.iter().map(|(key, value)| format!("{key}: {value}")).collect());
        let json = template(&users, &keys, |name| match name {
            Name::Ref(user) => format!("{{\"Ref\": \"U{user}\"}}"),
            Name::Sub(user) => format!("{{\"Fn::Sub\": \"${{U{user}}}\"}}"),
            Name::Parameter => String::from("{\"Ref\": \"P\"}"),
            Name::Literal(text) => format!("\"n{text}\""),
        }, &|entries| entries.iter().map(|(key, value)| {
            let quoted = if value.starts_with(['{', '"']) { value.clone() } else { format!("\"{value}\"") };
            format!("\"{key}\": {quoted}")
        }).collect());

        let expected = expected(&users, &keys);
        let found = |text: &str| {
            let findings = findings(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            let mut found: Vec<_> = findings.into_iter().map(|finding| (finding.access_key, finding.user)).collect();
            found.sort();
            found
        };
        prop_assert_eq!(found(&yaml), expected.clone(), "{}", yaml);
        prop_assert_eq!(found(&json), expected, "{}", json);
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Name {
    Ref(usize),
    Sub(usize),
    Parameter,
    Literal(usize),
}

fn name() -> impl Strategy<Value = Name> {
    prop_oneof![
        (0_usize..4).prop_map(Name::Ref),
        (0_usize..4).prop_map(Name::Sub),
        Just(Name::Parameter),
        (0_usize..3).prop_map(Name::Literal),
    ]
}

/// A user that is named after another has no name of its own here.
fn own_name(name: &Name) -> Option<&Name> {
    Some(name).filter(|name| matches!(name, Name::Parameter | Name::Literal(_)))
}

type Render<'a> = &'a dyn Fn(&[(String, String)]) -> Vec<String>;

fn template(
    users: &[(bool, Name)],
    keys: &[Name],
    show: impl Fn(&Name) -> String,
    render: Render<'_>,
) -> String {
    let mapping = |entries: &[(String, String)]| format!("{{{}}}", render(entries).join(", "));
    let entry = |key: &str, value: String| (key.to_owned(), value);
    let mut resources = Vec::new();
    for (at, (console, name)) in users.iter().enumerate() {
        let mut properties: Vec<_> =
            own_name(name).map(|name| entry("UserName", show(name))).into_iter().collect();
        if *console {
            properties.push(entry("LoginProfile", mapping(&[entry("Password", String::from("x"))])));
        }
        let user = [entry("Type", String::from("AWS::IAM::User")), entry("Properties", mapping(&properties))];
        resources.push(entry(&format!("U{at}"), mapping(&user)));
    }
    for (at, name) in keys.iter().enumerate() {
        let properties = mapping(&[entry("UserName", show(name))]);
        let key = [entry("Type", String::from("AWS::IAM::AccessKey")), entry("Properties", properties)];
        resources.push(entry(&format!("K{at}"), mapping(&key)));
    }
    mapping(&[entry("Resources", mapping(&resources))])
}

/// Key and user of every finding, said in other words than the code's.
fn expected(users: &[(bool, Name)], keys: &[Name]) -> Vec<(String, String)> {
    let resolved = |name: &Name| match name {
        Name::Ref(user) | Name::Sub(user) => match users.get(*user).and_then(|(_, name)| own_name(name)) {
            Some(name) => name.clone(),
            None => Name::Ref(*user),
        },
        name => name.clone(),
    };
    let mut expected = Vec::new();
    for (key, name) in keys.iter().enumerate() {
        for (user, (console, _)) in users.iter().enumerate() {
            if *console && resolved(&Name::Ref(user)) == resolved(name) {
                expected.push((format!("K{key}"), format!("U{user}")));
            }
        }
    }
    expected.sort();
    expected
}

/// A condition on `P`, which allows `a`, `b` and `c`, and on `Q`, which allows anything.
#[derive(Clone, Debug)]
enum Condition {
    P(usize),
    Q,
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![(0_usize..4).prop_map(Condition::P), Just(Condition::Q)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Condition::Not(Box::new(inner))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Condition::And),
            prop::collection::vec(inner, 1..4).prop_map(Condition::Or),
        ]
    })
}

impl Condition {
    fn holds(&self, p: usize, q: bool) -> bool {
        match self {
            Self::P(value) => *value == p,
            Self::Q => q,
            Self::Not(inner) => !inner.holds(p, q),
            Self::And(all) => all.iter().all(|inner| inner.holds(p, q)),
            Self::Or(any) => any.iter().any(|inner| inner.holds(p, q)),
        }
    }

    fn yaml(&self) -> String {
        let list = |inner: &[Self]| inner.iter().map(Self::yaml).collect::<Vec<_>>().join(", ");
        match self {
            Self::P(value) => format!("!Equals [!Ref P, {}]", ["a", "b", "c", "d"][*value]),
            Self::Q => String::from("!Equals [q, !Ref Q]"),
            Self::Not(inner) => format!("!Not [{}]", inner.yaml()),
            Self::And(all) => format!("!And [{}]", list(all)),
            Self::Or(any) => format!("!Or [{}]", list(any)),
        }
    }
}

proptest! {
    #[test]
    fn a_key_that_one_deployment_creates_with_its_user_is_reported(
        of_user in condition(), of_password in condition(), of_key in condition(), otherwise: bool,
    ) {
        let password = if otherwise { "[L, !Ref AWS::NoValue, {}]" } else { "[L, {}, !Ref AWS::NoValue]" };
        let template = format!(
            "Parameters: {{P: {{Type: String, AllowedValues: [a, b, c]}}, Q: {{Type: String}}}}
Conditions: {{U: {}, L: {}, K: {}}}
Resources:
  User: {{Type: AWS::IAM::User, Condition: U, Properties: {{LoginProfile: !If {password}}}}}
  Key: {{Type: AWS::IAM::AccessKey, Condition: K, Properties: {{UserName: !Ref User}}}}
", of_user.yaml(), of_password.yaml(), of_key.yaml());

        let together = (0..3).flat_map(|p| [(p, false), (p, true)]).any(|(p, q)| {
            of_user.holds(p, q) && of_password.holds(p, q) != otherwise && of_key.holds(p, q)
        });
        let reported = !findings(template.as_bytes()).unwrap().is_empty();
        prop_assert!(reported || !together, "{template}");
    }

    #[test]
    fn json_is_read_as_serde_json_reads_it(text in "[ \\n\\[\\]{}:,\"\\\\u0-9a-etrf.-]{0,30}") {
        let template = format!(r#"{{"Resources": {{"U": {{"Type": "AWS::IAM::User", "Properties": {{"UserName": {text},
            "LoginProfile": {{}}}}}}, "K": {{"Type": "AWS::IAM::AccessKey", "Properties": {{"UserName": {{"Ref": "U"}}}}}}}}}}"#);
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(&template)
            && let Some(name) = value["Resources"]["U"]["Properties"]["UserName"].as_str()
        {
            let findings = findings(template.as_bytes()).unwrap();
            prop_assert_eq!(&findings[0].user_name, &Some(name.replace('\0', "\u{fffd}")));
        }
    }
}
