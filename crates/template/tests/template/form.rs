//! What a file may look like: YAML and JSON as CloudFormation takes them, encodings, and files of other kinds.

use setupkey_template::{Position, check};

use super::{error, keys, notes, pair, seen};

#[test]
fn yaml_that_cloudformation_accepts_is_accepted() {
    for (what, property) in [
        ("a closing bracket at the indent of the key", "Path: !Join [\n        '/', [a]\n      ]"),
        ("a closing brace at the indent of the key", "Tags: [{\n        Key: a\n      }]"),
        ("a quoted text continued at the indent of the key", "Path: \"/a\n      b/\""),
        ("a list at the indent of the key", "Groups:\n      - a\n      - b"),
        ("tabs inside brackets", "Groups: [a,\tb]"),
        ("a comment after a bracket", "Groups: [a, # b\n        c]"),
        ("a colon in a text", "Path: a:b"),
        ("a bracket and nothing", "Groups: []"),
        ("a key with a question mark", "? Path\n      : /a/"),
        ("a tab after a value", "Path: /a/\t"),
    ] {
        let template = pair("alice", "alice").replace(
            "    Properties: {UserName: alice}",
            &format!("    Properties:\n      {property}\n      UserName: alice"),
        );

        assert_eq!(keys(&seen(&template)), "Key", "{what}");
    }
}

#[test]
fn the_last_of_two_equal_keys_counts_with_a_note() {
    let twice = pair("alice", "bob, UserName: alice");
    let seen_twice = seen(&twice);
    assert_eq!(keys(&seen_twice), "Key");
    assert_eq!(notes(&seen_twice), ["the key `UserName` is there twice: the last one counts"]);
    assert_eq!(seen_twice.notes[0].at, Some(Position { line: 7, column: 33 }));

    let json = r#"{"Resources": {"A": {"Type": "AWS::IAM::User"}, "A": {"Type": "T"}}, "Resources": {}}"#;
    let seen_json = seen(json);
    assert_eq!(
        notes(&seen_json),
        [
            "the key `A` is there twice: the last one counts",
            "the key `Resources` is there twice: the last one counts"
        ]
    );
}

#[test]
fn lines_and_columns_are_those_of_the_resource() {
    let at = |template: &str| seen(template).findings[0].at.map(|at| (at.line, at.column));

    assert_eq!(at(&pair("alice", "alice")), Some((5, 3)));
    let json = "{\n  \"Resources\": {\n    \"Ä\": {\"Type\": \"AWS::IAM::User\", \"Properties\": {\"LoginProfile\": {}}}, \"K\": {
      \"Type\": \"AWS::IAM::AccessKey\", \"Properties\": {\"UserName\": {\"Ref\": \"Ä\"}}}}}";
    assert_eq!(at(json), Some((3, 74)));
}

#[test]
fn every_scalar_of_json_is_the_same_text_in_yaml() {
    for scalar in ["true", "1", "-2", "1.5", "\"\\u00e9\"", "\"a\\\"b\\\\\"", "\"a: ,]}{\""] {
        let json = format!(
            r#"{{"Resources": {{"U": {{"Type": "AWS::IAM::User", "Properties": {{"UserName": {scalar}, "LoginProfile": {{}}}}}},
            "K": {{"Type": "AWS::IAM::AccessKey", "Properties": {{"UserName": {scalar}}}}}}}}}"#
        );
        let of_json = seen(&json);
        let of_yaml = seen(&json.replacen('{', "{a: b, ", 1));

        assert_eq!(keys(&of_json), "K", "{scalar}");
        assert_eq!(of_json.findings[0].user_name, of_yaml.findings[0].user_name);
    }
}

#[test]
fn encodings_are_recognized() {
    let template = pair("Ä", "Ä").replace('\n', "\r\n");
    let utf16 = |unit: fn(u16) -> [u8; 2]| {
        std::iter::once(0xfeff).chain(template.encode_utf16()).flat_map(unit).collect::<Vec<u8>>()
    };
    for bytes in [
        template.as_bytes().to_vec(),
        format!("\u{feff}{template}").into_bytes(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
    ] {
        assert_eq!(keys(&check(&bytes).unwrap()), "Key");
    }
    assert_eq!(error(b"Resources:\n  \xe9: 1").1, "not UTF-8: byte 13");
    assert_eq!(error(b"\xff\xfe\x00\xd8\x00\x00").1, "not UTF-16");
}

#[test]
fn a_file_of_another_kind_says_what_to_check_instead() {
    for (file, reason) in [
        ("PK\u{3}\u{4}...", "an archive"),
        (r#"{"format_version": "1.0", "values": {}}"#, "a Terraform state"),
        (r#"{"@level": "info"}"#, "the log of `terraform plan -json`"),
        ("service: a\nprovider: {name: aws}", "a Serverless Framework file"),
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("a: 1", "not a CloudFormation template or a Terraform plan"),
        ("- Resources", "not a CloudFormation template or a Terraform plan"),
        ("Resources", "not a CloudFormation template or a Terraform plan"),
        ("resource \"aws_iam_user\" \"x\" {}", "not a CloudFormation template or a Terraform plan"),
    ] {
        let error = check(file.as_bytes()).unwrap_err();

        assert!(error.reason.starts_with(reason), "{file}: {error}");
        assert_eq!(error.is_other_file, !file.starts_with("service"), "{file}");
    }
}

#[test]
fn json_with_comments_was_called_no_template() {
    assert_eq!(
        error(b"{\n  // users\n  \"Resources\": {}\n}"),
        (Some((2, 3)), String::from("key must be a string"))
    );
    assert_eq!(error(b"{\"Resources\": {} /* no */}"), (Some((1, 18)), String::from("expected `,` or `}`")));
}

#[test]
fn a_key_that_is_too_long_is_refused() {
    let key = "k".repeat(20_000);
    for template in [
        format!("Resources:\n  {key}: {{}}\n"),
        format!("Resources:\n  A: {{}}\n  {key}: {{}}\n"),
        format!("Resources: {{'{key}': {{}}}}"),
        format!("{{\"Resources\": {{\"{key}\": {{}}}}}}"),
    ] {
        let (at, reason) = error(template.as_bytes());

        assert!(at.is_some() && reason.ends_with(" (a key has at most 16384 characters)"), "{reason}");
    }
    assert_eq!(error(b"Resources: {A: 1").1, "unclosed bracket '{'");
}

#[test]
fn a_reason_that_quotes_a_long_text_is_cut() {
    let plan = format!(r#"{{"planned_values": {{}}, "format_version": "{}"}}"#, "é".repeat(5_000));

    let reason = error(plan.as_bytes()).1;

    assert!(reason.starts_with("the plan format is `é") && reason.ends_with("é…"), "{reason}");
    assert!(reason.len() <= 1_003, "{}", reason.len());
}

#[test]
fn flow_style_with_short_forms_is_yaml() {
    let template = "{Resources: {U: {Type: AWS::IAM::User, Properties: {LoginProfile: {}}},
        K: {Type: AWS::IAM::AccessKey, Properties: {UserName: !Ref U}}}} # a comment";
    assert_eq!(keys(&seen(template)), "K");
}

#[test]
fn the_output_of_get_template_is_read() {
    let template = pair("", "!Ref Alice");
    let text = serde_json::json!({"TemplateBody": template, "StagesAvailable": ["Original", "Processed"]});
    let seen_text = seen(&text.to_string());
    assert_eq!((keys(&seen_text).as_str(), seen_text.findings[0].at), ("Key", None));

    let body = serde_json::json!({"Resources": {
        "U": {"Type": "AWS::IAM::User", "Properties": {"LoginProfile": {}}},
        "K": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": {"Ref": "U"}}},
    }});
    let seen_body = seen(&serde_json::json!({"TemplateBody": body, "StagesAvailable": []}).to_string());
    assert_eq!(keys(&seen_body), "K");
    assert!(seen_body.findings[0].at.is_some());

    let nested = serde_json::json!({"TemplateBody": text.to_string(), "StagesAvailable": []});
    assert_eq!(error(nested.to_string().as_bytes()).1, "not a CloudFormation template or a Terraform plan");
}

#[test]
fn a_block_text_without_a_line_end_at_the_end_of_the_file_was_not_yaml() {
    let template = pair("", "!Ref Alice") + "Description: |\n  text";
    assert_eq!(keys(&seen(&template)), "Key");
}

#[test]
fn any_character_of_json_is_accepted() {
    let template = |text: &str| {
        format!(
            r#"{{"Description": "{text}", "Resources": {{"U": {{"Type": "AWS::IAM::User", "Properties": {{"LoginProfile": {{}}}}}},
            "K": {{"Type": "AWS::IAM::AccessKey", "Properties": {{"UserName": {{"Ref": "U"}}}}}}}}}}"#
        )
    };
    let long = "k".repeat(2_000);
    for text in [
        "\u{7f}",
        "\u{85}",
        "\u{9f}",
        "\u{2028}",
        "\u{feff}",
        "\u{fffe}",
        "\u{10ffff}",
        r"\ud83d\ude00",
        r"\/",
        &long,
    ] {
        assert_eq!(keys(&seen(&template(text))), "K", "{text:?}");
    }
    let long_key = template("").replace("Description", &long);
    assert_eq!(keys(&seen(&long_key)), "K");
}
