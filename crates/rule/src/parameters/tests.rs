use super::*;

fn parse(text: &str) -> Result<RuleParameters, InvalidInput> {
    RuleParameters::parse(Some(text))
}

#[test]
fn nothing_given_means_the_defaults() {
    assert_eq!(RuleParameters::parse(None), Ok(RuleParameters::default()));
    let all_empty = format!("{{{}}}", PARAMETER_NAMES.map(|name| format!("\"{name}\": \"\"")).join(","));
    for text in ["", " ", "null", "{}", all_empty.as_str()] {
        assert_eq!(parse(text), Ok(RuleParameters::default()), "{text}");
    }
}

#[test]
fn every_parameter_is_read_as_text_number_or_boolean() {
    let expected = RuleParameters {
        criterion: Criterion::SetupOrUnused,
        scope: Scope::AllUsers,
        setup_window: TimeDelta::seconds(86_400),
        include_inactive_keys: true,
        refresh_after: TimeDelta::days(0),
        exception_tag_prefix: None,
    };
    let texts = [
        r#"{"criterion": "setup-or-unused", "scope": "all-users", "setupWindowSeconds": "86400",
            "includeInactiveKeys": "true", "refreshAfterDays": "0", "exceptionTagPrefix": "none"}"#,
        r#"{"criterion": "setup-or-unused", "scope": "all-users", "setupWindowSeconds": 86400,
            "includeInactiveKeys": true, "refreshAfterDays": 0, "exceptionTagPrefix": "none"}"#,
    ];
    for text in texts {
        assert_eq!(parse(text), Ok(expected.clone()));
    }
}

#[test]
fn every_name_of_a_value_is_accepted_and_is_its_name() {
    for (name, criterion) in Criterion::NAMES {
        assert_eq!(parse(&format!(r#"{{"criterion": "{name}"}}"#)).unwrap().criterion, criterion);
        assert_eq!(criterion.name(), name);
    }
    for (name, scope) in Scope::NAMES {
        assert_eq!(parse(&format!(r#"{{"scope": "{name}"}}"#)).unwrap().scope, scope);
        assert_eq!(scope.name(), name);
    }
    let longest = "x".repeat(MAX_EXCEPTION_TAG_PREFIX_CHARACTERS);
    for prefix in ["team:key exception", "é", &longest] {
        let parsed = parse(&format!(r#"{{"exceptionTagPrefix": "{prefix}"}}"#)).unwrap();
        assert_eq!(parsed.exception_tag_prefix.as_deref(), Some(prefix));
    }
}

#[test]
fn error_names_parameter_value_and_what_is_accepted() {
    let prefix =
        "expected `none`, or 1 to 120 letters, digits, spaces and `_.:/=+-@`, not beginning with `aws:`";
    let too_long = "x".repeat(MAX_EXCEPTION_TAG_PREFIX_CHARACTERS + 1);
    let cases = [
        (
            r#"{"criterion": "used"}"#.to_owned(),
            "`criterion` is `used`, expected `setup-and-unused`, `setup`, `unused`, `setup-or-unused`"
                .to_owned(),
        ),
        (
            r#"{"scope": "All-Users"}"#.to_owned(),
            "`scope` is `All-Users`, expected `console-users`, `all-users`".to_owned(),
        ),
        (
            r#"{"includeInactiveKeys": "yes"}"#.to_owned(),
            "`includeInactiveKeys` is `yes`, expected `true`, `false`".to_owned(),
        ),
        (
            r#"{"refreshAfterDays": 366}"#.to_owned(),
            "`refreshAfterDays` is `366`, expected a whole number from 0 to 365".to_owned(),
        ),
        (
            r#"{"setupWindow": "60"}"#.to_owned(),
            "`setupWindow` is `60`, expected only `criterion`, `scope`, \
             `setupWindowSeconds`, `includeInactiveKeys`, `refreshAfterDays`, `exceptionTagPrefix`"
                .to_owned(),
        ),
        (
            "[\n]".to_owned(),
            "`ruleParameters` is `[ ]`, expected a JSON object with `criterion`, `scope`, `setupWindowSeconds`, \
             `includeInactiveKeys`, `refreshAfterDays`, `exceptionTagPrefix`"
                .to_owned(),
        ),
        (
            r#"{"exceptionTagPrefix": "AWS:reserved"}"#.to_owned(),
            format!("`exceptionTagPrefix` is `AWS:reserved`, {prefix}"),
        ),
        (
            r#"{"exceptionTagPrefix": "a*b"}"#.to_owned(),
            format!("`exceptionTagPrefix` is `a*b`, {prefix}"),
        ),
        (
            format!(r#"{{"exceptionTagPrefix": "{too_long}"}}"#),
            format!("`exceptionTagPrefix` is `{}`, {prefix}", "x".repeat(100)),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(parse(&text).unwrap_err().to_string(), expected);
    }
    for value in ["-1", "+60", "60.0", " 60", "86401", "ten", "99999999999999999999", "true", "null"] {
        assert_eq!(
            parse(&format!(r#"{{"setupWindowSeconds": "{value}"}}"#)).unwrap_err().to_string(),
            format!("`setupWindowSeconds` is `{value}`, expected a whole number from 0 to 86400")
        );
    }
}
