//! CloudFormation templates: what is noted, what is suppressed, which resources are compared.

use setupkey_template::SuppressedBy;

use super::{error, keys, notes, pair, seen};

#[test]
fn an_odd_resource_does_not_hide_a_finding() {
    for (odd, note) in [
        ("Odd: {Properties: {}}", "the resource `Odd` has no `Type` that is text: it is not checked"),
        ("Odd: {Type: 1.5, Properties: []}", ""),
        ("Odd: text", "the resource `Odd` has no `Type` that is text: it is not checked"),
        (
            "Odd: {Type: {'Rain::Module': bucket.yml}}",
            "the resource `Odd` has no `Type` that is text: it is not checked",
        ),
        ("Odd:", "the resource `Odd` has no `Type` that is text: it is not checked"),
        ("Odd: {Type: AWS::IAM::AccessKey}", ""),
        (
            "Fn::Transform: {Name: AWS::Include}",
            "`Fn::Transform` of `Resources` is not checked: check the processed template",
        ),
    ] {
        let seen = seen(&format!("{}  {odd}\n", pair("", "!Ref Alice")));

        assert_eq!(keys(&seen), "Key", "{odd}");
        assert_eq!(notes(&seen).join(""), note, "{odd}");
    }
    let (at, reason) = error(b"Resources:\n  U: {Type: AWS::IAM::User, Properties: []}");
    assert_eq!((at, reason.as_str()), (Some((2, 29)), "`Properties` of `U` is not a mapping"));
}

#[test]
fn five_parameters_with_eight_values_were_too_many_conditions() {
    let numbers = 0..5;
    let parameters: String = numbers
        .clone()
        .map(|i| format!("  P{i}: {{Type: String, AllowedValues: [a, b, c, d, e, f, g, h]}}\n"))
        .collect();
    let conditions: String = numbers.clone().map(|i| format!("  C{i}: !Equals [!Ref P{i}, a]\n")).collect();
    let all: String = numbers.map(|i| format!("!Condition C{i}, ")).collect();
    let template = pair("", "!Ref Alice").replace("    Type", "    Condition: All\n    Type");

    let seen =
        seen(&format!("Parameters:\n{parameters}Conditions:\n{conditions}  All: !And [{all}]\n{template}"));

    assert_eq!(keys(&seen), "Key");
}

#[test]
fn conditions_inside_if_were_left_out_of_the_reason() {
    let template = pair("!If [A, alice, bob]", "!If [B, carol, alice]");
    assert_eq!(seen(&template).findings[0].conditions, ["A", "not B"]);
}

#[test]
fn a_key_of_another_user_of_the_template_is_not_noted() {
    let other = "  Robot: {Type: AWS::IAM::User, Properties: {UserName: !Ref Name}}\n";
    let template = format!("Parameters: {{Name: {{Type: String}}}}\n{}{other}", pair("alice", "!Ref Robot"));
    let seen = seen(&template);
    assert_eq!((keys(&seen), notes(&seen)), (String::new(), vec![]));
}

#[test]
fn a_template_without_console_users_has_no_notes_on_keys() {
    let template = pair("alice", "!ImportValue robot").replace("LoginProfile: {Password: x}", "Path: /");
    assert!(notes(&seen(&template)).is_empty());
}

#[test]
fn templates_elsewhere_are_noted() {
    let resources = |kind: &str| format!("Resources: {{Other: {{Type: {kind}}}}}");
    for (kind, said) in [
        ("AWS::CloudFormation::Stack", "is another template"),
        ("AWS::CloudFormation::StackSet", "is another template"),
        ("AWS::Serverless::Application", "is another template"),
        ("Company::Iam::User::MODULE", "is a module"),
    ] {
        let seen = seen(&resources(kind));
        assert!(notes(&seen)[0].contains(said), "{:?}", notes(&seen));
    }
    let transform = |name: &str| format!("Transform: {name}\nResources: {{}}");
    assert_eq!(
        notes(&seen(&transform("Company"))),
        ["the macro `Company` is not applied: check the processed template"]
    );
    assert!(notes(&seen(&transform("[AWS::Serverless-2016-10-31, AWS::LanguageExtensions]"))).is_empty());
}

#[test]
fn loops_are_unrolled_where_their_list_is_known() {
    let template = |collection: &str| {
        format!(
            "Transform: AWS::LanguageExtensions
Parameters: {{Names: {{Type: CommaDelimitedList, Default: 'ann, bo-b'}}}}
Resources:
  Fn::ForEach::Users:
    - Name
    - {collection}
    - User&{{Name}}:
        Type: AWS::IAM::User
        Properties: {{UserName: !Ref Name, LoginProfile: {{Password: x}}}}
      Fn::ForEach::Keys:
        - Number
        - [1, 2]
        - Key${{Number}}&{{Name}}:
            Type: AWS::IAM::AccessKey
            Properties: {{UserName: !Ref 'User&{{Name}}'}}
"
        )
    };
    assert_eq!(keys(&seen(&template("[ann, bo-b]"))), "Key1ann Key2ann Key1bob Key2bob");
    assert_eq!(keys(&seen(&template("!Ref Names"))), "Key1ann Key2ann Key1bob Key2bob");
    let unknown = seen(&template("!Split [',', !ImportValue names]"));
    assert_eq!(
        notes(&unknown),
        ["`Fn::ForEach::Users` is not checked: the template does not contain its collection"]
    );
    let buckets = "Resources: {Fn::ForEach::B: [N, !Ref Gone, {'B${N}': {Type: AWS::S3::Bucket}}]}";
    assert!(notes(&seen(buckets)).is_empty(), "a loop without users or keys");
}

#[test]
fn a_finding_is_suppressed_in_place_with_a_reason_only() {
    let template = pair("", "!Ref Alice");
    let comment =
        |id: &str, comment: &str| template.replace(&format!("  {id}:\n"), &format!("  {comment}\n  {id}:\n"));
    let metadata = |id: &str, ignore: &str| {
        template.replace(
            &format!("  {id}:\n"),
            &format!("  {id}:\n    Metadata: {{setupkey: {{ignore: {ignore}}}}}\n"),
        )
    };
    for (template, reason) in [
        (comment("Key", "# setupkey:ignore break glass, INC-1"), Some("break glass, INC-1")),
        (comment("Alice", "#setupkey:ignore break glass"), Some("break glass")),
        (metadata("Key", "break glass"), Some("break glass")),
        (metadata("Alice", "break glass"), Some("break glass")),
        (comment("Key", "# setupkey:ignore"), None),
        (comment("Key", "# setupkey:ignore --"), None),
        (metadata("Alice", "true"), Some("true")),
        (metadata("Alice", "''"), None),
        (metadata("Alice", "[]"), None),
    ] {
        let seen = seen(&template);

        let suppressed = seen.findings[0].suppressed.as_ref();
        assert_eq!(suppressed.map(|suppressed| suppressed.reason.as_str()), reason, "{template}");
        assert!(suppressed.is_none_or(|suppressed| suppressed.by == SuppressedBy::Template));
        assert_eq!(notes(&seen).len(), usize::from(reason.is_none()), "{template}");
    }
    let elsewhere = format!("{template}# setupkey:ignore not before a resource\n");
    assert_eq!(seen(&elsewhere).findings[0].suppressed, None);
}

#[test]
fn the_construct_path_of_cdk_is_said() {
    let template = pair("", "!Ref Alice")
        .replace("  Key:\n", "  Key:\n    Metadata: {'aws:cdk:path': Users/Alice/Key/Resource}\n");
    assert_eq!(seen(&template).findings[0].construct_path.as_deref(), Some("Users/Alice/Key/Resource"));
}
