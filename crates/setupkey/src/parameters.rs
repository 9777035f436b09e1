//! The rule's parameters as flags, and the presets. What a value means, and which are accepted, says the rule.

use clap::builder::{PossibleValue, TypedValueParser};
use serde_json::{Map, Value, json};
use setupkey_rule::input::InvalidInput;
use setupkey_rule::parameters::{Criterion, RuleParameters, Scope};

/// A preset: what a vendor's words about the control come to.
pub(crate) struct Preset {
    /// The name.
    pub(crate) name: &'static str,
    /// Whose words, in short.
    pub(crate) help: &'static str,
    /// Which keys are flagged.
    pub(crate) criterion: Criterion,
    /// Which users are looked at.
    pub(crate) scope: Scope,
    /// Whether keys that cannot sign calls count.
    pub(crate) include_inactive_keys: bool,
}

/// All presets. What a preset does not name stays at the rule's default.
pub(crate) const PRESETS: [Preset; 5] = [
    Preset {
        name: "cis",
        help: "CIS AWS Foundations, remediation: created with the user and not used",
        criterion: Criterion::SetupAndUnused,
        scope: Scope::ConsoleUsers,
        include_inactive_keys: false,
    },
    Preset {
        name: "cis-console",
        help: "CIS AWS Foundations, audit in the console: created with the user",
        criterion: Criterion::Setup,
        scope: Scope::ConsoleUsers,
        include_inactive_keys: false,
    },
    Preset {
        name: "cis-cli",
        help: "CIS AWS Foundations, audit on the command line: a password and a key without last use",
        criterion: Criterion::Unused,
        scope: Scope::ConsoleUsers,
        include_inactive_keys: false,
    },
    Preset {
        name: "cyscale",
        help: "Cyscale: an active key without last use, of any user",
        criterion: Criterion::Unused,
        scope: Scope::AllUsers,
        include_inactive_keys: false,
    },
    Preset {
        name: "panther",
        help: "Panther: created with the user, active or not, of any user",
        criterion: Criterion::Setup,
        scope: Scope::AllUsers,
        include_inactive_keys: true,
    },
];

/// The rule's parameters.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Rule parameters")]
pub(crate) struct ParameterArgs {
    /// Start from a preset; the flags below override it
    #[arg(long, value_parser = preset_names())]
    preset: Option<String>,
    /// Which keys are flagged [default: setup-and-unused]
    #[arg(long, value_parser = ["setup-and-unused", "setup", "unused", "setup-or-unused"])]
    criterion: Option<String>,
    /// Which users are looked at [default: console-users]
    #[arg(long, value_parser = ["console-users", "all-users"])]
    scope: Option<String>,
    /// How many seconds apart a user and a key can be created and still count as created together, both ends
    /// included, 0 to 86400 [default: 60]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = window)]
    setup_window_seconds: Option<String>,
    /// Whether keys that are inactive or expired count [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true",
        value_parser = ["true", "false"])]
    include_inactive_keys: Option<String>,
    /// Prefix of the tags that exempt a user; `none` for no exemptions [default: setup-key-exception]
    #[arg(long, value_name = "PREFIX", value_parser = prefix)]
    exception_tag_prefix: Option<String>,
}

fn preset_names() -> impl TypedValueParser<Value = String> {
    clap::builder::PossibleValuesParser::new(
        PRESETS.iter().map(|preset| PossibleValue::new(preset.name).help(preset.help)),
    )
}

/// A number of seconds that the rule accepts.
fn window(text: &str) -> Result<String, String> {
    match text.parse::<u32>() {
        Ok(0..=86_400) => Ok(text.to_owned()),
        _ => Err("expected a whole number from 0 to 86400".to_owned()),
    }
}

/// A prefix that the rule accepts.
fn prefix(text: &str) -> Result<String, String> {
    let given = json!({ "exceptionTagPrefix": text }).to_string();
    match RuleParameters::parse(Some(&given)) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => {
            let error = error.to_string();
            Err(error
                .split_once(", expected ")
                .map_or(error.clone(), |(_, expected)| format!("expected {expected}")))
        }
    }
}

impl ParameterArgs {
    /// The parameters that were asked for: the flags, then the preset, then the rule's defaults.
    ///
    /// # Errors
    ///
    /// The rule does not accept a value.
    pub(crate) fn parse(&self) -> Result<RuleParameters, InvalidInput> {
        let preset = PRESETS.iter().find(|preset| Some(preset.name) == self.preset.as_deref());
        let mut given = preset.map_or_else(Map::new, |preset| {
            Map::from_iter([
                ("criterion".to_owned(), json!(preset.criterion.name())),
                ("scope".to_owned(), json!(preset.scope.name())),
                ("includeInactiveKeys".to_owned(), json!(preset.include_inactive_keys)),
            ])
        });
        let flags = [
            ("criterion", &self.criterion),
            ("scope", &self.scope),
            ("setupWindowSeconds", &self.setup_window_seconds),
            ("includeInactiveKeys", &self.include_inactive_keys),
            ("exceptionTagPrefix", &self.exception_tag_prefix),
        ];
        for (name, value) in flags {
            // to the rule a parameter given as "" is absent
            if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
                given.insert(name.to_owned(), json!(value));
            }
        }
        RuleParameters::parse(Some(&Value::Object(given).to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preset(name: &str) -> ParameterArgs {
        ParameterArgs { preset: Some(name.to_owned()), ..ParameterArgs::default() }
    }

    #[test]
    fn names_of_help_are_those_of_the_rule() {
        use clap::{Args as _, Command};
        let command = ParameterArgs::augment_args(Command::new("test"));
        let possible = |id: &str| -> Vec<String> {
            let arg = command.get_arguments().find(|arg| arg.get_id() == id).unwrap();
            arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
        };
        assert_eq!(possible("criterion"), Criterion::NAMES.map(|(name, _)| name));
        assert_eq!(possible("scope"), Scope::NAMES.map(|(name, _)| name));
        assert_eq!(possible("preset"), ["cis", "cis-console", "cis-cli", "cyscale", "panther"]);
    }

    #[test]
    fn flags_override_the_preset_and_empty_ones_do_not() {
        let args = ParameterArgs {
            criterion: Some("setup-or-unused".to_owned()),
            scope: Some(String::new()),
            setup_window_seconds: Some("0".to_owned()),
            ..preset("cyscale")
        };

        let parameters = args.parse().unwrap();

        assert_eq!(parameters.criterion, Criterion::SetupOrUnused);
        assert_eq!(parameters.scope, Scope::AllUsers);
        assert_eq!(parameters.setup_window.num_seconds(), 0);
        assert!(!parameters.include_inactive_keys);
    }

    #[test]
    fn cis_is_the_default_of_the_rule() {
        assert_eq!(preset("cis").parse().unwrap(), RuleParameters::default());
        assert_eq!(ParameterArgs::default().parse().unwrap(), RuleParameters::default());
    }

    #[test]
    fn values_are_refused_in_the_words_of_the_rule() {
        let args = ParameterArgs { setup_window_seconds: Some("-1".to_owned()), ..ParameterArgs::default() };
        assert_eq!(
            args.parse().unwrap_err().to_string(),
            "`setupWindowSeconds` is `-1`, expected a whole number from 0 to 86400"
        );
    }
}
