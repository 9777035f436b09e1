//! The shapes that access keys have in public templates, with how often each occurs: 72 keys in 8,926 CloudFormation
//! templates and 31 keys and login profiles in 393 Terraform plans, counted on 2026-11-25. Each shape that occurs is
//! resolved; each that does not is resolved or noted.

use super::{keys, notes, pair, seen};

const PARAMETERS: &str = "Parameters: {Name: {Type: String}, Team: {Type: String, Default: payments}}\n";

#[test]
fn every_shape_of_a_name_is_resolved_or_noted() {
    for (frequency, shape, user_name, key_name, reported, noted) in [
        (68, "a reference to the user", "", "!Ref Alice", true, 0),
        (68, "a reference to a user with a name", "alice", "!Ref Alice", true, 0),
        (2, "the parameter that names the user", "!Ref Name", "!Ref Name", true, 0),
        (2, "another parameter", "alice", "!Ref Name", false, 1),
        (2, "the literal that names the user", "alice", "alice", true, 0),
        (2, "a literal that names another user", "alice", "bob", false, 0),
        (0, "the same literal in another case, S15", "alice", "Alice", true, 0),
        (0, "the default of a parameter", "!Ref Team", "payments", true, 0),
        (0, "Sub of the user", "", "!Sub '${Alice}'", true, 0),
        (0, "Sub of a parameter", "!Ref Name", "!Sub '${Name}'", true, 0),
        (0, "Sub with literal text", "!Sub '${Name}-x'", "!Sub '${Name}-y'", false, 1),
        (0, "Sub of a literal dollar", "x", "!Sub '${!Alice}'", false, 0),
        (0, "Join of literals and defaults", "payments-1", "!Join ['-', [!Ref Team, 1]]", true, 0),
        (0, "the same function on both sides", "!Select [0, [a]]", "!Select [0, [a]]", true, 0),
        (0, "Select", "alice", "!Select [0, [alice]]", false, 1),
        (0, "Split", "alice", "!Join ['', !Split [',', alice]]", false, 1),
        (0, "FindInMap", "alice", "!FindInMap [A, b, c]", false, 1),
        (0, "ImportValue", "alice", "!ImportValue alice", false, 1),
        (0, "GetAtt", "alice", "!GetAtt Alice.Arn", false, 1),
        (0, "If in the name", "alice", "!If [C, alice, bob]", true, 0),
        (0, "a literal for a user with an unknown name", "!ImportValue alice", "bob", false, 1),
    ] {
        let seen = seen(&format!("{PARAMETERS}{}", pair(user_name, key_name)));

        assert_eq!(keys(&seen), if reported { "Key" } else { "" }, "{frequency} of 72: {shape}");
        assert_eq!(notes(&seen).len(), noted, "{shape}: {:?}", notes(&seen));
    }
}

#[test]
fn every_shape_of_a_condition_is_decided() {
    let conditions = "Parameters: {P: {Type: String, AllowedValues: [a, b, c]}, Q: {Type: String}, D: {Type: String, Default: a}}
Conditions:
  IsA: !Equals [!Ref P, a]
  IsB: !Equals [b, !Ref P]
  IsC: !Equals [!Ref P, c]
  IsQ: !Equals [!Ref Q, q]
  NotA: !Not [!Condition IsA]
  NotQ: !Not [!Condition IsQ]
  AOrB: !Or [!Condition IsA, !Condition IsB]
  NeitherAOrB: !Not [!Condition AOrB]
  AAndQ: !And [!Condition IsA, !Condition IsQ]
  NotAOrC: !And [!Condition NotA, !Not [!Condition IsC]]
  Always: !Equals [x, x]
  NotAlways: !Not [!Condition Always]
  Never: !Equals [x, y]
  NotNever: !Not [!Condition Never]
  Same: !Equals [!Ref Q, !Ref P]
  Circle: !Not [!Condition Circle]
  DefaultIs: !Equals [!Ref D, a]
  DefaultIsNot: !Not [!Equals [!Ref D, a]]
";
    for (frequency, user, password, key, together, conditions_said) in [
        ("69 of 72", None, "{Password: x}", None, true, ""),
        ("3 of 72", None, "{Password: x}", Some("IsA"), true, "IsA"),
        ("1 of 28", None, "!If [IsA, {Password: x}, !Ref AWS::NoValue]", None, true, "IsA"),
        ("1 of 28", None, "!If [IsA, {Password: x}, !Ref AWS::NoValue]", Some("IsB"), false, ""),
        ("0", None, "!If [IsA, !Ref AWS::NoValue, {Password: x}]", Some("IsB"), true, "not IsA IsB"),
        ("0", None, "!Ref AWS::NoValue", None, false, ""),
        ("0", Some("IsA"), "{Password: x}", Some("IsA"), true, "IsA"),
        ("0", Some("IsA"), "{Password: x}", Some("NotA"), false, ""),
        ("0", Some("IsA"), "{Password: x}", Some("IsB"), false, ""),
        ("0", Some("IsA"), "{Password: x}", Some("NotQ"), true, "IsA NotQ"),
        ("0", Some("IsA"), "{Password: x}", Some("NeitherAOrB"), false, ""),
        ("0", Some("IsA"), "{Password: x}", Some("AOrB"), true, "AOrB IsA"),
        ("0", Some("AOrB"), "{Password: x}", Some("NeitherAOrB"), false, ""),
        ("0", Some("AAndQ"), "{Password: x}", Some("NotQ"), false, ""),
        ("0: the last allowed value", Some("NotAOrC"), "{Password: x}", Some("IsB"), true, "IsB NotAOrC"),
        ("0: no allowed value is left", Some("NotAOrC"), "!If [IsB, !Ref AWS::NoValue, {}]", None, false, ""),
        ("0", Some("Never"), "{Password: x}", None, false, ""),
        ("0", Some("NotNever"), "{Password: x}", None, true, "NotNever"),
        ("0", Some("Always"), "{Password: x}", None, true, "Always"),
        ("0", Some("NotAlways"), "{Password: x}", None, false, ""),
        ("0", Some("Same"), "{Password: x}", Some("IsQ"), true, "IsQ Same"),
        ("0: not in the template", Some("Gone"), "{Password: x}", None, true, "Gone"),
        ("0: refused by CloudFormation", Some("Circle"), "{Password: x}", None, false, ""),
        // the default of `D` is `a`, but a deployment may set another
        ("0: a parameter with a default", Some("DefaultIsNot"), "{Password: x}", None, true, "DefaultIsNot"),
        (
            "0: a parameter with a default",
            Some("DefaultIs"),
            "{Password: x}",
            Some("DefaultIsNot"),
            false,
            "",
        ),
    ] {
        let condition =
            |name: Option<&str>| name.map_or(String::new(), |name| format!("Condition: {name}, "));
        let seen = seen(&format!(
            "{conditions}Resources:
  U: {{{}Type: AWS::IAM::User, Properties: {{LoginProfile: {password}}}}}
  K: {{{}Type: AWS::IAM::AccessKey, Properties: {{UserName: !Ref U}}}}
",
            condition(user),
            condition(key),
        ));

        let shape = format!("{frequency}: {user:?} {password} {key:?}");
        assert_eq!(keys(&seen), if together { "K" } else { "" }, "{shape}");
        let said: Vec<_> = seen.findings.iter().map(|finding| finding.conditions.join(" ")).collect();
        assert_eq!(said.concat(), conditions_said, "{shape}");
        assert!(notes(&seen).is_empty(), "{shape}: {:?}", notes(&seen));
    }
}

/// Names under conditions: which key is for whom depends on the branch, and so does what is unknown.
#[test]
fn every_branch_of_a_name_is_compared_under_its_conditions() {
    let no_value = "!Ref AWS::NoValue";
    for (shape, user_name, key_name, key_condition, reported, noted) in [
        // the user has a generated name unless `C`: this was missed without a note
        ("NoValue", "!If [C, x, NO]", "!Ref U", "", "C", 0),
        ("NoValue, the key in its branch only", "!If [C, x, NO]", "!Ref U", "NotC", "not C NotC", 0),
        ("NoValue in the first branch", "!If [C, NO, x]", "!Ref U", "C", "C", 0),
        ("NoValue, a literal for the other branch", "!If [C, x, NO]", "x", "C", "C", 0),
        ("NoValue, a literal in the branch without it", "!If [C, x, NO]", "x", "NotC", "", 0),
        (
            "NoValue in If in If",
            "!If [D, y, !If [C, x, NO]]",
            "!Ref U",
            "NotCNorD",
            "not C not D NotCNorD",
            0,
        ),
        ("NoValue as the whole name", "NO", "!Ref U", "NotC", "NotC", 0),
        ("NoValue as the whole name, by Sub", "NO", "!Sub '${U}'", "NotC", "NotC", 0),
        ("NoValue, by a variable of Sub", "NO", "!Sub ['${N}', {N: !Ref U}]", "NotC", "NotC", 0),
        ("NoValue in the map of Sub", "!Sub ['${N}', {N: !If [C, x, NO]}]", "!Ref U", "NotC", "NotC", 0),
        ("NoValue, by Sub of the user", "!If [C, x, NO]", "!Sub '${U}'", "NotC", "", 1),
        ("NoValue, through another user", "!If [C, x, NO]", "!Ref Other", "NotC", "not C NotC", 0),
        ("NoValue for another user", "x", "!If [C, x, !Ref Generated]", "NotC", "", 0),
        ("NoValue for the key, which is refused", "x", "!If [C, x, NO]", "NotC", "", 0),
        ("one branch found, one unknown", "x", "!If [C, x, !ImportValue y]", "", "C", 0),
        ("one branch excluded, one unknown", "x", "!If [C, x, !ImportValue y]", "NotC", "", 1),
        ("the unknown branch is excluded", "x", "!If [C, y, !ImportValue y]", "C", "", 0),
        ("an unknown name, all excluded", "!If [C, !ImportValue y, NO]", "y", "NotC", "", 0),
    ] {
        let condition =
            if key_condition.is_empty() { String::new() } else { format!("Condition: {key_condition}, ") };
        let seen = seen(&format!(
            "Conditions:
  C: !Equals [!Ref P, c]
  D: !Equals [!Ref Q, d]
  NotC: !Not [!Condition C]
  NotCNorD: !And [!Condition NotC, !Not [!Condition D]]
Resources:
  U: {{Type: AWS::IAM::User, Properties: {{UserName: {}, LoginProfile: {{Password: x}}}}}}
  Other: {{Type: AWS::IAM::User, Properties: {{UserName: !Ref U}}}}
  Generated: {{Type: AWS::IAM::User, Properties: {{UserName: {no_value}}}}}
  K: {{{condition}Type: AWS::IAM::AccessKey, Properties: {{UserName: {}}}}}
",
            user_name.replace("NO", no_value),
            key_name.replace("NO", no_value),
        ));

        let said: Vec<_> = seen.findings.iter().map(|finding| finding.conditions.join(" ")).collect();
        assert_eq!(said.join("; "), reported, "{shape}");
        assert_eq!(notes(&seen).len(), noted, "{shape}: {:?}", notes(&seen));
    }
}
