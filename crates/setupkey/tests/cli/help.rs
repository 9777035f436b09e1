use crate::binary::{audit, cis_sample, setupkey};

#[test]
fn help_shows_examples() {
    for command in [&[] as &[&str], &["audit"], &["explain"], &["check-template"], &["history"]] {
        let ran = setupkey(&[command, &["--help"]].concat(), b"");
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("Examples:") && ran.out.contains("  setupkey "), "{command:?}: {}", ran.out);
    }
}

const COMMANDS: [&str; 8] =
    ["help", "audit", "diff", "explain", "check-template", "history", "completions", "man"];

/// On a terminal of the usual width no line is broken.
#[test]
fn help_fits_80_columns() {
    for command in COMMANDS {
        for flag in ["-h", "--help"] {
            let args = if command == "help" { vec![flag] } else { vec![command, flag] };
            let ran = setupkey(&args, b"");
            let long: Vec<_> = ran.out.lines().filter(|line| line.chars().count() > 80).collect();
            assert_eq!((ran.code, long), (0, Vec::new()), "{args:?}");
            // an example or an exit code that is broken goes on in the first column, or looks like another one
            let listed = ran.out.split_once("Examples:").map_or("", |(_, examples)| examples);
            let starts = ["setupkey ", "aws ", "terraform ", "0  ", "1  ", "2  ", "Log in", "Exit codes:"];
            for line in listed.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
                assert!(starts.iter().any(|start| line.starts_with(start)), "{args:?}: {line}");
            }
        }
    }
}

/// Options stand below a heading that says what they are for.
#[test]
fn help_groups_the_options() {
    let groups = |command: &str| -> Vec<(String, Vec<String>)> {
        let help = setupkey(&[command, "-h"], b"").out;
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        for line in help.lines() {
            if let Some(heading) = line.strip_suffix(':').filter(|line| !line.starts_with(' ')) {
                groups.push((heading.to_owned(), Vec::new()));
            } else if let Some((_, flag)) = line.split_once("--").filter(|_| line.starts_with(' '))
                && let Some((_, flags)) = groups.last_mut()
            {
                flags.push(flag.split([' ', ',']).next().unwrap().to_owned());
            }
        }
        groups.into_iter().filter(|(heading, _)| heading != "Examples").collect()
    };
    let of = |command: &str, heading: &str| {
        let groups = groups(command);
        groups.into_iter().find(|(name, _)| name == heading).unwrap_or_default().1
    };
    assert_eq!(of("audit", "What is read"), ["credential-report", "live", "history", "account-timeout"]);
    assert_eq!(of("audit", "Credentials"), ["profile", "region"]);
    assert_eq!(of("audit", "Options"), ["help"]);
    assert_eq!(of("explain", "What is read"), ["credential-report"]);
    assert_eq!(of("explain", "Credentials"), ["profile", "region"]);
    assert_eq!(of("history", "Period"), ["since", "until"]);
    assert_eq!(of("history", "Event history"), ["live", "save", "profile", "region"]);
}

#[test]
fn completions_and_man_page_name_every_flag() {
    let man = setupkey(&["man"], b"");
    assert_eq!(man.code, 0);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = setupkey(&["completions", shell], b"");
        assert_eq!(script.code, 0);
        for flag in ["credential-report", "setup-window-seconds", "external-id"] {
            assert!(script.out.contains(flag), "{shell}: {flag}");
            assert!(man.out.replace("\\-", "-").contains(flag), "man page: {flag}");
        }
    }
}

#[test]
fn values_are_refused_by_the_name_of_the_flag() {
    let cases = [
        (vec!["--criterion", "setupp"], "'--criterion <CRITERION>'", "a similar value exists: 'setup'"),
        (vec!["--scope", "all"], "'--scope <SCOPE>'", "[possible values: console-users, all-users]"),
        (vec!["--setup-window-seconds", "86401"], "'--setup-window-seconds <SECONDS>'", "from 0 to 86400"),
        (vec!["--setup-window-seconds", "-1"], "'--setup-window-seconds <SECONDS>'", "from 0 to 86400"),
        (
            vec!["--include-inactive-keys", "yes"],
            "'--include-inactive-keys [<BOOL>]'",
            "[possible values: true, false]",
        ),
        (
            vec!["--exception-tag-prefix", "aws:x"],
            "'--exception-tag-prefix <PREFIX>'",
            "not beginning with `aws:`",
        ),
    ];
    for (args, flag, reason) in cases {
        let ran = audit(&cis_sample(), &args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        let first = format!("error: invalid value '{}' for {flag}", args[1]);
        assert!(ran.err.starts_with(&first) && ran.err.contains(reason), "{args:?}: {}", ran.err);
    }
}

#[test]
fn flags_that_do_not_go_together_are_refused() {
    for args in [
        vec!["audit", "--credential-report", "-", "--live"],
        vec!["audit", "--credential-report", "-", "--role-name", "audit", "--accounts", "111122223333"],
        vec!["audit", "--role-name", "audit"],
        vec!["audit", "--accounts", "111122223333"],
        vec!["audit", "--external-id", "x"],
        vec!["audit", "--preset", "cis-7"],
        vec!["audit", "--format", "xml"],
        vec!["audit", "--role-name", "audit", "--accounts", "1234"],
    ] {
        let ran = setupkey(&args, b"");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.starts_with("error: "), "{args:?}: {}", ran.err);
    }
}

/// The page names every flag of `audit`, every column, and what each preset stands for.
#[test]
fn documentation_is_that_of_this_binary() {
    let page = std::fs::read_to_string(crate::binary::file("../../../docs/command-line.md")).unwrap();
    let help = setupkey(&["audit", "--help"], b"").out;
    let flags =
        help.split_whitespace().map(|word| word.trim_end_matches(',')).filter(|word| word.starts_with("--"));
    for flag in flags.filter(|flag| *flag != "--help") {
        assert!(page.contains(flag), "`{flag}` is not in the page");
    }
    let columns = audit(&cis_sample(), &["--format", "csv"]).out;
    let columns: Vec<_> = columns
        .trim_start_matches('\u{feff}')
        .lines()
        .next()
        .unwrap()
        .split(',')
        .map(|column| format!("`{column}`"))
        .collect();
    let listed = page.split_once("The columns are stable:").unwrap().1.split_once('.').unwrap().0;
    assert_eq!(listed.split_whitespace().map(|word| word.trim_end_matches(',')).collect::<Vec<_>>(), columns);
    for preset in ["cis", "cis-console", "cis-cli", "cyscale", "panther"] {
        let (_, document) = crate::binary::document(&cis_sample(), &["--preset", preset]);
        let parameters = &document["parameters"];
        let row = format!(
            "| `{preset}` | `{}` | `{}` | {} |",
            parameters["criterion"].as_str().unwrap(),
            parameters["scope"].as_str().unwrap(),
            if parameters["includeInactiveKeys"] == true { "yes" } else { "no" }
        );
        assert!(page.contains(&row), "the page has no `{row}`");
    }
}
