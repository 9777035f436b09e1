//! Every small account under every parameter: the verdict and the number of reads, as a table that was written by the
//! code before `verdict.rs` (`steps.csv`). No verdict may differ from it, and no user may take more reads, except for two
//! keys of one second, which a report does not tell apart.

use std::fmt::Write as _;
use std::path::Path;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use setupkey_rule::decision::{Decision, Fact, Step, next};
use setupkey_rule::facts::UserFacts;
use setupkey_rule::iam::{
    AccessKey, AccessKeyId, AccessKeyStatus, ConsolePassword, IamUser, LastUsed, UserId, UserName,
};
use setupkey_rule::parameters::{Criterion, RuleParameters, Scope};
use setupkey_rule::report::{CredentialReport, ReportAge};

/// A key: seconds after the user, whether it is active, whether it was used.
type Key = (i64, bool, bool);

/// What happened between the report and the live reads.
const CHANGES: [&str; 6] =
    ["nothing", "key used", "key toggled", "key deleted", "key created", "password toggled"];

fn created() -> DateTime<Utc> {
    "2024-07-01T12:00:00Z".parse().unwrap()
}

fn time(after_user: i64) -> String {
    (created() + TimeDelta::seconds(after_user)).to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn report(password: bool, keys: &[Key], age: ReportAge) -> CredentialReport {
    let slot = |position: usize| match keys.get(position) {
        None => "false,N/A,N/A".to_owned(),
        Some((after, active, used)) => {
            let used = if *used { time(86_400) } else { "N/A".to_owned() };
            format!("{active},{},{used}", time(*after))
        }
    };
    let text = format!(
        "user,arn,user_creation_time,password_enabled,access_key_1_active,access_key_1_last_rotated,\
         access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date\n\
         elise,arn:aws:iam::111122223333:user/elise,{},{password},{},{}\n",
        time(0),
        slot(0),
        slot(1)
    );
    CredentialReport::parse(text.as_bytes(), created() + TimeDelta::days(30), age).unwrap()
}

/// The verdict as a letter, and how many facts were read.
fn decide(
    report: Option<&CredentialReport>,
    password: bool,
    keys: &[Key],
    parameters: &RuleParameters,
) -> (char, usize) {
    let user = IamUser {
        user_name: UserName::parse("elise").unwrap(),
        user_id: UserId::parse("AIDAEXAMPLE000000001").unwrap(),
        arn: "arn:aws:iam::111122223333:user/elise".to_owned(),
        create_date: created(),
    };
    let id = |position: usize| AccessKeyId::parse(format!("AKIAEXAMPLE{position:05}")).unwrap();
    let reported = report.and_then(|report| report.reported(&user, parameters));
    let mut facts = UserFacts::new(user, reported);
    for reads in 0..20 {
        match next(&facts, parameters, created()) {
            Step::Decided(decision) => {
                let letter = match decision {
                    Decision::NonCompliant(_) => 'N',
                    Decision::Compliant => 'C',
                    Decision::OutOfScope => '-',
                    Decision::NotFlagged { had_console_password: true } => 'c',
                    Decision::NotFlagged { had_console_password: false } => 'o',
                    other => panic!("no user is tagged here: {other:?}"),
                };
                return (letter, reads);
            }
            Step::Read(Fact::AccessKeys) => {
                let listed = keys.iter().enumerate().map(|(position, (after, active, _))| AccessKey {
                    access_key_id: id(position),
                    status: if *active { AccessKeyStatus::Active } else { AccessKeyStatus::Inactive },
                    create_date: created() + TimeDelta::seconds(*after),
                });
                facts.learn_access_keys(listed.collect());
            }
            Step::Read(Fact::ConsolePassword) => facts.learn_console_password(if password {
                ConsolePassword::Enabled { since: None }
            } else {
                ConsolePassword::Absent
            }),
            Step::Read(Fact::Tags) => facts.learn_tags(Vec::new()),
            Step::Read(Fact::LastUsed(read)) => {
                let position = (0..keys.len()).find(|position| id(*position) == read).unwrap();
                let used = if keys[position].2 { LastUsed::At(created()) } else { LastUsed::Never };
                facts.learn_last_used(&read, Some(used));
            }
        }
    }
    panic!("no end");
}

fn changed(change: &str, password: bool, keys: &[Key]) -> (bool, Vec<Key>) {
    let (mut password, mut keys) = (password, keys.to_vec());
    match (change, keys.first_mut()) {
        ("key used", Some(key)) => key.2 = true,
        ("key toggled", Some(key)) => key.1 = !key.1,
        ("key deleted", Some(_)) => drop(keys.remove(0)),
        ("key created", _) => keys.push((40 * 86_400, true, false)),
        ("password toggled", _) => password = !password,
        _ => {}
    }
    (password, keys)
}

/// A line of the table: what the user is, then verdicts and reads under each of the sixteen combinations of scope,
/// criterion and inactive keys, without a report, with a fresh one and with an older one.
fn line(password: bool, keys: &[Key], change: &str) -> String {
    let mut line = format!("{password};{keys:?};{change}");
    let (password_now, keys_now) = changed(change, password, keys);
    for age in [None, Some(ReportAge::Fresh), Some(ReportAge::Older)] {
        let report = age.map(|age| report(password, keys, age));
        let (mut verdicts, mut reads) = (String::new(), String::new());
        for (_, scope) in Scope::NAMES {
            for (_, criterion) in Criterion::NAMES {
                for include_inactive_keys in [false, true] {
                    let parameters = RuleParameters {
                        criterion,
                        scope,
                        include_inactive_keys,
                        ..RuleParameters::default()
                    };
                    let (verdict, count) = decide(report.as_ref(), password_now, &keys_now, &parameters);
                    verdicts.push(verdict);
                    write!(reads, "{count}").unwrap();
                }
            }
        }
        write!(line, ";{verdicts};{reads}").unwrap();
    }
    line
}

fn lines() -> Vec<String> {
    let kinds: Vec<Key> = [0, 60, 7_200]
        .into_iter()
        .flat_map(|after| {
            [(after, true, false), (after, true, true), (after, false, false), (after, false, true)]
        })
        .collect();
    let mut lines = Vec::new();
    for password in [true, false] {
        for change in CHANGES {
            lines.push(line(password, &[], change));
            lines.extend(kinds.iter().map(|key| line(password, &[*key], change)));
        }
        for (position, first) in kinds.iter().enumerate() {
            lines
                .extend(kinds[position..].iter().map(|second| line(password, &[*first, *second], "nothing")));
        }
    }
    lines
}

#[test]
fn no_verdict_differs_from_the_table_and_no_user_takes_more_reads() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/steps.csv");
    if std::env::var_os("WRITE_STEPS").is_some() {
        std::fs::write(&path, lines().join("\n") + "\n").unwrap();
    }
    let table = std::fs::read_to_string(path).unwrap();
    let table: Vec<&str> = table.lines().collect();
    let lines = lines();
    assert_eq!(lines.len(), table.len());
    for (line, expected) in lines.iter().zip(table) {
        let (now, before): (Vec<&str>, Vec<&str>) =
            (line.split(';').collect(), expected.split(';').collect());
        for column in [0, 1, 2, 3, 5, 7] {
            assert_eq!(now[column], before[column], "{line}\n{expected}");
        }
        let [_, keys] = now[..2] else { panic!("{line}") };
        let first = keys.trim_start_matches("[(").split(',').next().unwrap();
        if keys.matches(&format!("({first},")).count() == 2 {
            continue;
        }
        for column in [4, 6, 8] {
            let more = now[column].chars().zip(before[column].chars()).any(|(now, before)| now > before);
            assert!(!more, "more reads: {line}\n{expected}");
        }
    }
}
