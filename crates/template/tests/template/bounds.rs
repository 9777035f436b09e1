//! Whatever a file contains, memory and work are bounded: in bytes, not by a clock.

use super::{error, keys, pair, seen};

pub(crate) const MEGABYTE: usize = 1024 * 1024;

/// As often as it fits into a megabyte.
pub(crate) fn megabyte(part: impl Fn(usize) -> String, before: &str, after: &str) -> String {
    text_of(MEGABYTE, part, before, after)
}

/// As often as it fits.
pub(crate) fn text_of(size: usize, part: impl Fn(usize) -> String, before: &str, after: &str) -> String {
    let mut text = String::from(before);
    for at in 0.. {
        let part = part(at);
        if text.len() + part.len() + after.len() > size {
            break;
        }
        text.push_str(&part);
    }
    text + after
}

#[test]
fn a_template_of_a_megabyte_is_checked() {
    let user = |at: usize| {
        format!(
            "  User{at}:\n    Type: AWS::IAM::User\n    Properties:\n      Path: /{at}/\n      ManagedPolicyArns: [!Sub 'arn:${{AWS::Partition}}:iam::aws:policy/ReadOnlyAccess']\n"
        )
    };
    let template = megabyte(user, &pair("", "!Ref Alice"), "");
    assert_eq!(keys(&seen(&template)), "Key");

    let policy = |at: usize| {
        format!(r#""P{at}":{{"Type":"AWS::IAM::Policy","Properties":{{"PolicyName":"p{at}"}}}},"#)
    };
    let users = r#""U":{"Type":"AWS::IAM::User","Properties":{"LoginProfile":{}}},
        "K":{"Type":"AWS::IAM::AccessKey","Properties":{"UserName":{"Ref":"U"}}}}}"#;
    assert_eq!(keys(&seen(&megabyte(policy, "{\"Resources\":{", users))), "K");
}

#[test]
fn what_is_larger_than_cloudformation_accepts_is_refused_unless_it_is_a_plan() {
    let large = format!("{}#{}", pair("", "!Ref Alice"), " ".repeat(MEGABYTE));
    assert_eq!(error(large.as_bytes()).1, "larger than 1 MiB, the limit of CloudFormation");

    let resource = |kind: &str, at: usize| {
        format!(
            r#"{{"address":"{kind}.r{at}","type":"{kind}","change":{{"actions":["create"],"after":{{"name":"u","user":"u"}}}}}},"#
        )
    };
    let many = (0..20_000).map(|at| resource("aws_s3_bucket", at)).collect::<String>();
    let iam: String = ["aws_iam_user", "aws_iam_user_login_profile", "aws_iam_access_key"]
        .map(|kind| resource(kind, 0))
        .concat();
    let plan = format!(r#"{{"resource_changes":[{many}{}]}}"#, iam.trim_end_matches(','));
    assert!(plan.len() > MEGABYTE);
    assert_eq!(keys(&seen(&plan)), "aws_iam_access_key.r0");
}

#[test]
fn a_megabyte_that_would_take_much_memory_is_refused() {
    let text = "x".repeat(500_000);
    let aliases = |at: usize| if at == 0 { format!("- &a {text}\n") } else { String::from("- *a\n") };
    let laughs: String = (1..30).map(|at| format!("a{at}: &a{at} [*a{0}, *a{0}]\n", at - 1)).collect();
    let anchors = (0..90).map(|at| format!("&a{at} [")).collect::<String>() + &text;
    for (what, bomb) in [
        ("aliases of a long text", megabyte(aliases, "A:\n", "")),
        ("aliases of aliases", format!("a0: &a0 x\n{laughs}Resources: {{}}\n")),
        ("anchors inside each other", anchors + &"]".repeat(90)),
        (
            "merged mappings",
            megabyte(
                |at| if at == 0 { format!("- &a {{b: {text}}}\n") } else { String::from("- {<<: *a}\n") },
                "A:\n",
                "",
            ),
        ),
        ("short items", megabyte(|_| String::from("1,"), "{\"Resources\":[", "1]}")),
        ("short items in YAML", megabyte(|_| String::from("a,"), "Resources: [", "]")),
        ("short tags", megabyte(|_| String::from("!a ,"), "Resources: [", "]")),
    ] {
        let refused = setupkey_template::check(bomb.as_bytes()).map(|_| ());
        assert_eq!(
            refused.map_err(|error| error.reason),
            Err(String::from("too large in memory for a template")),
            "{what}"
        );
    }
}

#[test]
fn deep_nesting_is_refused() {
    for bomb in [
        format!("Resources: {}", "[".repeat(MEGABYTE - 20)),
        format!("{{\"Resources\": {}{}}}", "[".repeat(400_000), "]".repeat(400_000)),
        (0..200).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
        format!("a: &a {}{}\nb: {}*a{}\n", "[".repeat(60), "]".repeat(60), "[".repeat(60), "]".repeat(60)),
        "- ".repeat(400_000),
    ] {
        assert_eq!(error(bomb.as_bytes()).1, "nested more than 100 deep");
    }
}

#[test]
fn names_and_conditions_that_take_much_work_are_refused() {
    let doubling =
        (0..40).fold(String::from("x"), |inner, _| format!("!Sub [\"${{A}}${{A}}\", {{A: {inner}}}]"));
    let branches: String = (0..60)
        .map(|at| format!("  U{at}: {{Type: AWS::IAM::User, Properties: {{UserName: !If [C{at}, !Ref U{0}, !Ref U{0}], LoginProfile: {{}}}}}}\n", at + 1))
        .collect();
    let users: String = (0..3000)
        .map(|at| {
            format!("  U{at}: {{Type: AWS::IAM::User, Properties: {{UserName: a, LoginProfile: {{}}}}}}\n")
        })
        .collect();
    let all_keys: String = (0..3000)
        .map(|at| format!("  K{at}: {{Type: AWS::IAM::AccessKey, Properties: {{UserName: a}}}}\n"))
        .collect();
    let text = "x".repeat(10_000);
    let loops =
        format!("  Fn::ForEach::L: [A, [{}], {{'B${{A}}': {{Type: '{text}'}}}}]\n", "a,".repeat(10_000));
    let (complex, large) = ("too complex to analyze", "the findings are too large to print");
    for (what, resources, reason) in [
        ("a name that doubles", pair("alice", &doubling).replace("Resources:\n", ""), complex),
        ("branches that double", branches, complex),
        ("every key is for every user", users + &all_keys, large),
        ("a loop that multiplies", loops, complex),
    ] {
        assert_eq!(error(format!("Resources:\n{resources}").as_bytes()).1, reason, "{what}");
    }
    // a name that is too long is not put together
    let long = format!("!Sub '{}'", "${Alice}x".repeat(5_000));
    assert_eq!(keys(&seen(&pair("alice", &long))), "");

    let chain: String =
        (1..5000).map(|at| format!("  C{at}: !Or [!Condition C{0}, !Condition C{0}]\n", at - 1)).collect();
    let template = pair("", "!Ref Alice").replace("    Type", "    Condition: C4999\n    Type");
    assert_eq!(keys(&seen(&format!("Conditions:\n  C0: !Equals [!Ref P, x]\n{chain}{template}"))), "Key");
}

#[test]
fn notes_are_bounded() {
    let odd = (0..50_000).map(|at| format!("  R{at}:\n")).collect::<String>();
    let seen = seen(&format!("Resources:\n{odd}"));
    assert_eq!(seen.notes.len(), 101);
    assert_eq!(seen.notes[100].message, "only the first 100 notes are listed");
}
