use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use scraper::{Html, Selector};
use serde_json::{Value, json};
use setupkey_history::Period;
use setupkey_rule::exemption::{Exemption, VoidExemption};
use setupkey_rule::iam::{AccessKeyId, AccessKeyStatus, LastUsed, UserId, UserName};
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::remedy::Remedy;
use setupkey_rule::verdict::ComplianceType;
use tempfile::TempDir;

use super::*;
use crate::audit::evidence::{Evidence, ReportEvidence};
use crate::audit::model::{Account, Counted, Creation, Key, Source, Tagged, Unread, User};
use crate::history::report::Report;
use crate::text::visible;

const MARKUP: &str = "</script></style></title><!--<img src=x onerror=alert(1)>\"'`&amp;";
const UNSEEN: &str = "a\u{202e}txt.exe\u{2028}b\u{0}c";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn key(user: &User, seconds: i64, last_used: LastUsed) -> Key {
    let created_with_user = seconds.abs() <= 60;
    let is_flagged = created_with_user && last_used == LastUsed::Never;
    Key {
        access_key_id: Some(AccessKeyId::parse("AKIAIOSFODNN7EXAMPLE").unwrap()),
        status: Some(AccessKeyStatus::Active),
        create_date: Some(user.create_date + TimeDelta::seconds(seconds)),
        last_rotated: None,
        seconds_after_user: Some(seconds),
        last_used: Some(last_used),
        created_with_user: Some(created_with_user),
        remedy: is_flagged.then_some(Remedy::Deactivate),
        creation: None,
    }
}

/// A user with a password, and keys created so many seconds after the user, never used.
pub(super) fn user(name: &str, seconds: &[i64]) -> User {
    let create_date = at("2016-05-30T07:45:00Z");
    let mut user = User {
        user_name: UserName::parse(name).unwrap(),
        user_id: Some(UserId::parse("AIDAYXRZASNFKQHOCPTGD").unwrap()),
        arn: format!("arn:aws:iam::111122223333:user/{name}"),
        create_date,
        compliance_type: Some(ComplianceType::Compliant),
        console_password: Some(true),
        password_created: Some(create_date + TimeDelta::seconds(2)),
        password_last_changed: None,
        password_last_used: Some(create_date + TimeDelta::days(3)),
        keys: None,
        has_unseen_keys: false,
        exemption: None,
    };
    let keys: Vec<Key> = seconds.iter().map(|seconds| key(&user, *seconds, LastUsed::Never)).collect();
    if keys.iter().any(Key::is_flagged) {
        user.compliance_type = Some(ComplianceType::NonCompliant);
    }
    user.keys = Some(keys);
    user
}

fn account(id: &str, users: Vec<User>) -> Account {
    Account {
        account_id: Some(id.to_owned()),
        source: Source::Live,
        report_time: Some(at("2026-11-22T05:59:00Z")),
        users,
        counted: Counted::default(),
        unread: Vec::new(),
        evidence: Evidence::default(),
    }
}

/// An audit with its accounts.
struct Audited {
    audit: Audit,
    accounts: Vec<Account>,
}

fn audit(accounts: Vec<Account>) -> Audited {
    let audit = Audit {
        version: "0.1.0",
        command: "setupkey audit".to_owned(),
        caller_arn: None,
        region: None,
        time: at("2026-11-22T06:00:00Z"),
        parameters: RuleParameters::default(),
        notes: Vec::new(),
        history: None,
    };
    Audited { audit, accounts }
}

fn of_users(users: Vec<User>) -> Audited {
    audit(vec![account("111122223333", users)])
}

fn document(audited: &Audited) -> String {
    let mut page = Page::new(&audited.audit.parameters);
    let mut summary = Summary::default();
    for account in &audited.accounts {
        summary.add(account);
        page.add(account.clone());
    }
    let mut written = Vec::new();
    page.write(&audited.audit, &summary, &mut written).unwrap();
    String::from_utf8(written).unwrap()
}

/// The page, after it was read without an error.
fn read(audited: &Audited) -> Html {
    let page = Html::parse_document(&document(audited));
    assert_eq!(page.errors, Vec::<String>::new());
    page
}

fn texts(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).map(|element| element.text().collect()).collect()
}

fn attributes(page: &Html, selector: &str, name: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).map(|element| element.attr(name).unwrap_or_default().to_owned()).collect()
}

fn text(page: &Html, selector: &str) -> String {
    texts(page, selector).concat()
}

/// The names of all elements, except the code that a text has between backticks.
fn elements(page: &Html) -> Vec<String> {
    let names = page.root_element().descendent_elements().map(|element| element.value().name().to_owned());
    names.filter(|name| name != "code").collect()
}

/// Every text from outside that is no identifier of IAM, as this text.
fn written_by_others(text: &str) -> Audited {
    let mut flagged = user("flagged", &[0]);
    flagged.arn = text.to_owned();
    flagged.exemption = Some(Tagged::Void(VoidExemption::Expired { expires: text.to_owned() }));
    let mut excepted = user("exempt", &[0]);
    excepted.arn = text.to_owned();
    excepted.compliance_type = Some(ComplianceType::NotApplicable);
    excepted.exemption = Some(Tagged::InForce(Exemption {
        owner: text.to_owned(),
        expires: text.to_owned(),
        until: at("2026-12-01T00:00:00Z"),
        reason: text.to_owned(),
        approver: Some(text.to_owned()),
    }));
    let mut unread = user("unread", &[]);
    unread.arn = text.to_owned();
    unread.compliance_type = None;
    let mut first = account(text, vec![flagged, excepted, unread]);
    first.unread = vec![Unread { user_name: Some(text.to_owned()), reason: text.to_owned() }];
    let mut second = account("444455556666", Vec::new());
    second.unread = vec![Unread { user_name: None, reason: text.to_owned() }];
    let mut audited = audit(vec![first, second]);
    audited.audit.parameters.exception_tag_prefix = Some(text.to_owned());
    audited.audit.notes = vec![text.to_owned()];
    audited.audit.command = text.to_owned();
    audited.audit.caller_arn = Some(text.to_owned());
    audited.audit.region = Some(text.to_owned());
    for account in &mut audited.accounts {
        account.evidence.account_name = Some(text.to_owned());
        account.evidence.caller_arn = Some(text.to_owned());
    }
    audited
}

#[test]
fn text_of_others_is_text() {
    let harmless = read(&written_by_others("harmless"));
    for hostile in [MARKUP, UNSEEN, &"w".repeat(10_000), "${7*7}{{7*7}}<%= 7*7 %>"] {
        let page = read(&written_by_others(hostile));

        assert_eq!(elements(&page), elements(&harmless), "{hostile}");
        for element in page.root_element().descendent_elements() {
            for (name, value) in element.value().attrs() {
                assert!(!name.starts_with("on") && !value.contains("javascript:"), "{name}={value}");
            }
        }
        assert!(texts(&page, "bdi").contains(&visible(hostile).into_owned()));
        assert!(text(&page, "title").contains("2 accounts"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_text(text in any::<String>(), markup in "[<>&'\"/!=a-z -]{0,40}") {
        let harmless = elements(&read(&written_by_others("harmless")));

        for hostile in [text, markup] {
            let page = read(&written_by_others(&hostile));

            prop_assert_eq!(elements(&page), harmless.clone());
            prop_assert!(texts(&page, "bdi").contains(&visible(&hostile).into_owned()));
        }
    }
}

#[test]
fn what_is_not_seen_cannot_turn_a_name_around() {
    let page = document(&written_by_others(UNSEEN));

    assert!(!page.contains(['\u{202e}', '\u{2028}', '\0']));
    assert!(page.contains(r"a\u{202e}txt.exe\u{2028}b\u{0}c"));
}

#[test]
fn nothing_is_loaded_and_only_the_script_of_the_page_runs() {
    let page = read(&written_by_others(MARKUP));

    let all = Selector::parse("[src], [href], [action], [srcset], [poster], [data]").unwrap();
    let addresses: BTreeSet<&str> = page
        .select(&all)
        .flat_map(|element| element.value().attrs())
        .filter(|(name, _)| *name == "href" || *name == "src")
        .map(|(_, value)| value)
        .collect();
    let expected = ["#c", "#c1", "#e", "#e0", "#e1", "#f0", "#findings", "#p", "#t", "#u", "data:,"];
    assert_eq!(addresses, BTreeSet::from(expected));
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));

    let (scripts, styles) = (texts(&page, "script"), texts(&page, "style"));
    assert_eq!((scripts.len(), styles.len()), (1, 1));
    let meta = Selector::parse("meta[http-equiv='Content-Security-Policy']").unwrap();
    let policy = page.select(&meta).next().unwrap().attr("content").unwrap();
    for (directive, content) in [("script-src", &scripts[0]), ("style-src", &styles[0])] {
        let hash = STANDARD.encode(Sha256::digest(content));
        assert!(policy.contains(&format!("{directive} 'sha256-{hash}'")), "{policy}");
    }
    assert!(policy.starts_with("default-src 'none';"));
    let styled = Selector::parse("[style]").unwrap();
    assert_eq!(page.select(&styled).count(), 0, "a style that the policy refuses");
}

/// The figures left out the users who are compliant or out of scope, and added up to nothing.
#[test]
fn parts_add_up_to_all_users() {
    let mut exempt = written_by_others("x").accounts.remove(0).users.remove(1);
    exempt.user_name = UserName::parse("exempt").unwrap();
    let mut out_of_scope = user("service", &[]);
    out_of_scope.compliance_type = Some(ComplianceType::NotApplicable);
    let mut unread = user("unread", &[]);
    unread.compliance_type = None;
    let users =
        vec![user("brandon", &[0]), user("paras", &[2_280]), user("ana", &[]), exempt, out_of_scope, unread];

    let page = read(&of_users(users));

    assert_eq!(
        texts(&page, ".parts li"),
        ["1 flagged", "1 exempt", "2 compliant", "1 out of scope", "1 not read", "= 6 users"]
    );
    let widths = attributes(&page, ".parts > svg rect", "width");
    let widths: Vec<f64> = widths.iter().map(|width| width.trim_end_matches('%').parse().unwrap()).collect();
    assert_eq!(widths, [16.67, 16.67, 33.33, 16.67, 16.67]);
    let fills: BTreeSet<String> = attributes(&page, ".parts > svg rect", "fill").into_iter().collect();
    assert_eq!(fills.len(), 5, "each part has its own hatch: {fills:?}");
}

#[test]
fn part_of_one_user_among_thousands_is_seen() {
    let mut users: Vec<User> = (0..5_000).map(|n| user(&format!("user{n}"), &[])).collect();
    users.push(user("flagged", &[0]));

    let page = read(&of_users(users));

    assert_eq!(attributes(&page, ".parts > svg rect", "width"), ["0.60%", "99.40%"]);
}

#[test]
fn verdict_is_a_word_and_a_sentence() {
    let mut unread = account("111122223333", vec![user("anitha", &[17])]);
    unread.unread.push(Unread { user_name: None, reason: "denied".to_owned() });
    let mut only_unread = unread.clone();
    only_unread.users.clear();
    for (audited, badges, sentence) in [
        (
            of_users(vec![user("anitha", &[17]), user("paras", &[2_280])]),
            "FAIL ",
            "1 of 2 IAM users in scope has an access key created with the user and never used",
        ),
        (
            of_users(vec![user("paras", &[2_280])]),
            "PASS ",
            "None of 1 IAM user in scope has an access key created with the user and never used",
        ),
        (of_users(Vec::new()), "PASS ", "No IAM user is in scope"),
        (
            audit(vec![unread]),
            "FAIL INCOMPLETE ",
            "1 of 1 IAM user in scope that was read has an access key created with the user and never used",
        ),
        (audit(vec![only_unread]), "INCOMPLETE ", "No IAM user that was read is in scope"),
    ] {
        let page = read(&audited);

        assert_eq!(text(&page, ".verdict"), badges);
        assert_eq!(text(&page, "h1"), sentence);
        assert_eq!(texts(&page, ".incomplete").is_empty(), !badges.contains("INCOMPLETE"));
    }
}

#[test]
fn order_is_that_of_a_reader() {
    let page = read(&written_by_others("x"));

    assert_eq!(
        texts(&page, "h1, h2"),
        [
            "1 of 2 IAM users in scope that were read has an access key created with the user and never used",
            "Incomplete: 1 account and 1 user could not be read",
            "Findings",
            "Exemptions in force",
            "Accounts",
            "How this audit was made",
            "Is the setup window right?",
            "Users over time",
            "Appendix: commands",
        ]
    );
}

/// The page told neither who called, nor of which report, nor how many users IAM counts by itself.
#[test]
fn proof_says_what_an_auditor_asks_of_an_export() {
    let mut audited = of_users(vec![user("anitha", &[17]), user("paras", &[2_280])]);
    audited.audit.command = "setupkey audit -o evidence.html".to_owned();
    audited.audit.caller_arn = Some("arn:aws:iam::111122223333:user/auditor".to_owned());
    audited.audit.region = Some("eu-central-1".to_owned());
    audited.accounts[0].evidence = Evidence {
        caller_arn: Some("arn:aws:sts::111122223333:assumed-role/audit/setupkey".to_owned()),
        account_alias: Some("example".to_owned()),
        account_name: None,
        started_at: Some(at("2026-11-22T06:00:01Z")),
        finished_at: Some(at("2026-11-22T06:00:09Z")),
        report: Some(ReportEvidence {
            generated_time: Some(at("2026-11-22T05:59:00Z")),
            sha256: "0123456789abcdef".repeat(4),
            rows: 3,
        }),
        users_listed: Some(2),
        account_summary_users: Some(2),
    };

    let page = read(&audited);

    let (of, proof) = (text(&page, ".of"), text(&page, "#proof"));
    for fact in
        ["example (111122223333)", "user/auditor", "2026-11-22 06:00:00 UTC", "every user has a verdict"]
    {
        assert!(of.contains(fact), "{fact}: {of}");
    }
    for fact in [
        "v1.1 to v6.0",
        "setup-and-unused: a key created with the user and never used",
        "console-users: IAM users with a console password",
        "60 s before or after the user, both ends included",
        "Inactive keysnot included",
        "setup-key-exception:owner, :expires, :reason",
        "user/auditor",
        "eu-central-1",
        "2026-11-22 06:00:00 UTC",
        "setupkey audit -o evidence.html",
        "setupkey 0.1.0",
        "assumed-role/audit/setupkey",
        "from 2026-11-22 06:00:01",
        "to 2026-11-22 06:00:09",
        "generated 2026-11-22 05:59:00",
        "3 rows, including the root user",
        &"0123456789abcdef".repeat(4),
        "ListUsers: 2",
        "GetAccountSummary: 2",
        "this page: 2 = 1 flagged + 0 exempt + 1 compliant + 0 out of scope + 0 not read",
        "The counts agree.",
    ] {
        assert!(proof.contains(fact), "{fact}: {proof}");
    }

    audited.accounts[0].evidence.account_summary_users = Some(3);
    let proof = text(&read(&audited), "#proof");
    assert!(proof.contains("The counts differ: ") && !proof.contains("The counts agree"), "{proof}");
}

#[test]
fn what_could_not_be_read_comes_before_the_figures() {
    let mut account = account("111122223333", vec![user("paras", &[])]);
    for name in ["anitha", "brandon"] {
        account.unread.push(Unread { user_name: Some(name.to_owned()), reason: "denied".to_owned() });
    }
    let mut denied = self::account("444455556666", Vec::new());
    denied.unread.push(Unread { user_name: None, reason: "AssumeRole: denied".to_owned() });

    let page = read(&audit(vec![account, denied]));

    assert_eq!(text(&page, ".incomplete h2"), "Incomplete: 1 account and 2 users could not be read");
    assert!(text(&page, ".parts .note").contains("1 account that was not read"));
    assert_eq!(
        texts(&page, ".incomplete tbody td"),
        [
            "111122223333",
            "2 users: anitha, brandon",
            "denied",
            "444455556666",
            "the account",
            "AssumeRole: denied"
        ]
    );
}

#[test]
fn every_finding_is_there_without_scripts() {
    let users: Vec<User> = (0..300).map(|n| user(&format!("user{n}"), &[0, 17])).collect();

    let page = read(&of_users(users));

    assert_eq!(texts(&page, "#findings tbody tr").len(), 600);
    let links = attributes(&page, "#findings tbody a", "href");
    let targets: BTreeSet<String> =
        attributes(&page, "#commands [id^='c']", "id").iter().map(|id| format!("#{id}")).collect();
    assert_eq!(links.len(), 600);
    assert!(links.iter().all(|link| targets.contains(link)), "each finding links its commands");
    assert_eq!(texts(&page, ".off").len(), 0);
    assert_eq!(
        texts(&page, ".controls:not([hidden]), .pages:not([hidden])").len(),
        0,
        "they need the script"
    );
}

/// Deactivating and deleting stood in one block, which invited to paste both.
#[test]
fn commands_are_numbered_and_a_deactivation_has_its_undo() {
    let mut used = user("used", &[17]);
    let key = &mut used.keys.as_mut().unwrap()[0];
    (key.last_used, key.remedy) = (Some(LastUsed::At(at("2020-01-01T00:00:00Z"))), Some(Remedy::Rotate));

    let page = read(&of_users(vec![user("anitha", &[0]), used]));

    let target = "--access-key-id AKIAIOSFODNN7EXAMPLE";
    assert_eq!(
        texts(&page, "#commands ol > li"),
        [
            format!(
                "aws iam update-access-key --user-name anitha {target} --status Inactive\
                 Undo: aws iam update-access-key --user-name anitha {target} --status Active"
            ),
            format!("aws iam delete-access-key --user-name anitha {target}"),
            "aws iam create-access-key --user-name used".to_owned(),
            format!(
                "aws iam update-access-key --user-name used {target} --status Inactive\
                 Undo: aws iam update-access-key --user-name used {target} --status Active"
            ),
            format!("aws iam delete-access-key --user-name used {target}"),
        ]
    );
    assert_eq!(texts(&page, "#commands h3"), ["1 key: deactivate it, then delete it", "1 key: rotate it"]);
    assert_eq!(texts(&page, "#commands h3 + p"), [Remedy::Deactivate.in_full(), Remedy::Rotate.in_full()]);
}

/// The user's creation, half of the evidence, was missing.
#[test]
fn finding_has_both_dates_and_the_distance() {
    let page = read(&of_users(vec![user("anitha", &[17])]));

    assert_eq!(
        texts(&page, "#findings tbody tr > *"),
        [
            "anitha",
            "AKIAIOSFODNN7EXAMPLEactive",
            "2016-05-30 07:45:00",
            "2016-05-30 07:45:17",
            "17 s after",
            "never",
            "deactivate it, then delete it Commands",
        ]
    );
}

#[test]
fn only_flagged_keys_are_findings() {
    let mut exempt = user("exempt", &[0]);
    exempt.compliance_type = Some(ComplianceType::NotApplicable);

    let page = read(&of_users(vec![user("anitha", &[17, 9_000]), user("paras", &[9_000]), exempt]));

    assert_eq!(texts(&page, "#findings tbody th"), ["anitha"]);
    assert_eq!(texts(&page, "#findings tbody .distance"), ["17 s after"]);
}

#[test]
fn lanes_begin_with_those_who_matter() {
    let mut unread = user("unread", &[]);
    (unread.compliance_type, unread.keys) = (None, None);

    let page = read(&of_users(vec![user("compliant", &[9_000]), unread, user("flagged", &[27])]));

    assert_eq!(texts(&page, ".lane h3"), ["flagged", "unread", "compliant"]);
    assert_eq!(
        texts(&page, ".lane svg title"),
        [
            "created 2016-05-30 07:45:00; password created 2 s after; key AKIAIOSFODNN7EXAMPLE 27 s after, active, never used, flagged",
            "created 2016-05-30 07:45:00; password created 2 s after; keys not known",
            "created 2016-05-30 07:45:00; password created 2 s after; key AKIAIOSFODNN7EXAMPLE 2 h 30 min after, active, never used",
        ]
    );
}

/// A history in which this identity creates the user `brandon` of an account, with password and key.
fn history(by: &str) -> Arc<Report> {
    let record = |name: &str, answer: Value| {
        json!({
            "eventVersion": "1.10", "eventSource": "iam.amazonaws.com", "eventName": name,
            "eventTime": "2016-05-30T07:45:00Z", "eventID": name, "recipientAccountId": "111122223333",
            "userIdentity": {"type": "AssumedRole", "arn": by}, "userAgent": by,
            "requestParameters": {"userName": "brandon"}, "responseElements": answer,
        })
    };
    let records = [
        record("CreateUser", json!({"user": {"userName": "brandon", "userId": "AIDAEXAMPLEBRANDON000"}})),
        record("CreateLoginProfile", json!({"loginProfile": {"userName": "brandon"}})),
        record(
            "CreateAccessKey",
            json!({"accessKey": {"userName": "brandon", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}}),
        ),
    ];
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("log.json"), json!({ "Records": records }).to_string()).unwrap();
    let paths = [folder.path().to_owned()];
    Arc::new(Report::of_files(&paths, Period::default(), RuleParameters::default()).unwrap())
}

/// The page of a user with one key, and a history of both.
fn with_history(by: &str) -> Audited {
    let report = history(by);
    let mut brandon = user("brandon", &[0]);
    brandon.keys.as_mut().unwrap()[0].creation = Creation::of(&report.history.episodes[0].keys[0]);
    let mut audited = of_users(vec![brandon, user("paras", &[17])]);
    audited.audit.history = Some(report);
    audited
}

#[test]
fn history_says_who_created_a_key_and_what_the_period_had() {
    let by = "arn:aws:sts::111122223333:assumed-role/admin/alice";

    let page = read(&with_history(by));

    assert_eq!(
        texts(&page, "#findings td.creator"),
        [format!("by the creator of the user, {by}"), "not in the log files".to_owned()]
    );
    assert_eq!(
        texts(&page, "#period tbody tr > *"),
        ["brandon", "AKIAIOSFODNN7EXAMPLE", "2016-05-30 07:45:00same second", by, "present"]
    );
    assert!(text(&page, "#period p").starts_with("1 user of 1 created in the period has a key"));
    assert_eq!(text(&page, ".verdict"), "FAIL ");
}

#[test]
fn text_of_others_in_a_history_is_text() {
    let harmless = elements(&read(&with_history("harmless")));
    for hostile in [MARKUP, UNSEEN, "${7*7}{{7*7}}<%= 7*7 %>"] {
        let page = read(&with_history(hostile));

        assert_eq!(elements(&page), harmless, "{hostile}");
        assert!(texts(&page, "#period bdi").contains(&visible(hostile).into_owned()));
    }
}

/// An audit with every user decided said that it was complete, while log files of its history could not be read.
#[test]
fn history_with_a_gap_makes_the_page_incomplete() {
    let mut audited = with_history("alice");
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("cut.json"), r#"{"Records": [{"eventVersion": "1.08", "#).unwrap();
    let paths = [folder.path().to_owned()];
    let report = Report::of_files(&paths, Period::default(), RuleParameters::default()).unwrap();
    audited.audit.history = Some(Arc::new(report));

    let page = read(&audited);

    assert_eq!(text(&page, ".verdict"), "FAIL INCOMPLETE ");
    assert_eq!(text(&page, ".incomplete h2"), "Incomplete: 1 log file could not be read");
    assert_eq!(attributes(&page, ".incomplete a", "href"), ["#period"]);
    assert!(text(&page, "#period .notes").contains("cut.json"), "{}", text(&page, "#period .notes"));
    assert!(text(&page, ".of").contains("Completeno"));
}

#[test]
fn every_row_has_the_columns_of_its_table() {
    let [tables, rows, cells] =
        ["table.rows", "tbody tr", "td, th"].map(|text| Selector::parse(text).unwrap());
    let heads = Selector::parse("thead th").unwrap();
    let mut seen = BTreeSet::new();
    for audited in [written_by_others("x"), with_history("alice"), of_users(vec![user("anitha", &[0])])] {
        for table in read(&audited).select(&tables) {
            let columns: Vec<String> = table.select(&heads).map(|head| head.text().collect()).collect();
            for row in table.select(&rows) {
                let labels =
                    row.select(&cells).skip(1).map(|cell| cell.attr("data-label").unwrap_or_default());
                assert_eq!(labels.collect::<Vec<_>>(), columns[1..]);
            }
            seen.insert(columns);
        }
    }
    assert!(seen.len() >= 8, "{seen:?}");
}

#[test]
fn keys_of_a_user_have_rows_of_their_own() {
    let page = read(&of_users(vec![user("four", &[0, 1, 17, 9_000])]));

    let rows: BTreeSet<String> = attributes(&page, ".lane use[href='#t']", "y")
        .into_iter()
        .chain(attributes(&page, ".lane circle", "cy"))
        .collect();

    assert_eq!(rows, ["25", "29", "33", "37"].map(str::to_owned).into());
}

/// Flagged keys and others differed in color alone: 1.2 to 1, and alike in gray.
#[test]
fn flagged_key_has_another_shape() {
    let page = read(&of_users(vec![user("two", &[0, 9_000])]));

    assert_eq!(attributes(&page, ".lane use[href='#t']", "class"), ["mark f", "mark f"], "on both axes");
    assert_eq!(attributes(&page, ".lane circle", "class"), ["mark", "mark"]);
}

#[test]
fn report_alone_says_what_it_cannot_tell() {
    let mut flagged = user("anitha", &[17]);
    let key = &mut flagged.keys.as_mut().unwrap()[0];
    key.access_key_id = None;
    let mut audited = of_users(vec![flagged]);
    audited.accounts[0].source = Source::CredentialReport;
    audited.accounts[0].report_time = None;
    audited.audit.notes = vec!["`last_rotated` stands for the creation date".to_owned()];

    let page = read(&audited);

    // a column of "not in the report", and tags of exemptions that nobody can have here, said nothing
    assert_eq!(texts(&page, "#findings td[data-label='Access key']"), ["active"]);
    assert!(text(&page, "#findings .note").starts_with("A credential report has no key IDs"));
    assert!(text(&page, ".facts").contains("Exemptionsnone: a credential report has no tags"));
    assert_eq!(
        texts(&page, "#commands code"),
        [
            "aws iam list-access-keys --user-name anitha",
            "aws iam update-access-key --user-name anitha --access-key-id ACCESS_KEY_ID --status Inactive",
            "aws iam update-access-key --user-name anitha --access-key-id ACCESS_KEY_ID --status Active",
            "aws iam delete-access-key --user-name anitha --access-key-id ACCESS_KEY_ID",
        ]
    );
    assert!(text(&page, ".of").contains("credential report file only"));
    // the backticks stood there literally
    assert_eq!(texts(&page, ".notes li"), ["last_rotated stands for the creation date"]);
    assert_eq!(texts(&page, ".notes code"), ["last_rotated"]);
}

#[test]
fn accounts_with_most_findings_come_first() {
    let mut named = account("444455556666", vec![user("anitha", &[17]), user("brandon", &[0])]);
    named.evidence.account_name = Some("payments".to_owned());
    let mut denied = account("777788889999", Vec::new());
    denied.unread.push(Unread { user_name: None, reason: "AssumeRole: denied".to_owned() });

    let page = read(&audit(vec![
        account("111122223333", vec![user("anitha", &[0])]),
        account("222233334444", vec![user("paras", &[])]),
        named,
        denied,
    ]));

    assert_eq!(
        texts(&page, "#accounts tbody tr"),
        [
            "payments (444455556666)200002completely",
            "111122223333100001completely",
            "777788889999\u{2013}\u{2013}\u{2013}\u{2013}\u{2013}\u{2013}not read",
            "222233334444001001completely",
        ]
    );
    assert_eq!(attributes(&page, "#accounts .flag", "href"), ["#f2", "#f0"]);
    for link in attributes(&page, "#accounts a", "href") {
        assert_eq!(texts(&page, &format!("tr{link}")).len(), 1, "{link}");
    }
    assert_eq!(texts(&page, "#f2 th"), ["anitha"], "the first finding of the account");
    assert_eq!(texts(&page, "#f2 td[data-label='Account']"), ["payments (444455556666)"]);
    assert!(texts(&page, ".lane p")[1].contains("444455556666"));
}

#[test]
fn page_of_5000_users_is_below_20_megabytes() {
    let users: Vec<User> = (0..5_000)
        .map(|n| user(&format!("somebody.with-a-name-of-64-characters.{n:0>25}"), &[0, 27]))
        .collect();

    let size = document(&of_users(users)).len();

    assert!(size < 20_000_000, "{size}");
}

#[test]
fn account_without_users_has_a_page() {
    let page = read(&of_users(Vec::new()));

    assert_eq!(texts(&page, "#commands").len(), 0);
    assert_eq!(texts(&page, "#findings p"), ["No access key is flagged."]);
    assert_eq!(texts(&page, "#window svg").len(), 0);
}

#[test]
fn many_accounts_do_not_fill_the_memory() {
    let accounts = (0..3).map(|_| {
        let mut users: Vec<User> = (0..4_000).map(|n| user(&format!("user{n}"), &[2_280])).collect();
        users.push(user("flagged", &[0]));
        account("111122223333", users)
    });

    let read = read(&audit(accounts.collect()));

    assert_eq!(texts(&read, ".lane").len(), MAX_LANES + 1);
    assert_eq!(texts(&read, ".lane[data-verdict='flagged']").len(), 3);
    assert_eq!(texts(&read, ".parts .sum"), ["= 12,003 users"]);
    assert!(text(&read, "#window p").contains("3 access keys are within"));
    assert!(text(&read, "#window p").contains("12,000 access keys are outside"));
    assert!(
        text(&read, "#lanes .note:not(.paper)")
            .starts_with("2,002 users who are compliant or out of scope are not drawn")
    );
}
