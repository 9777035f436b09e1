use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use scraper::{Html, Selector};
use setupkey_rule::exemption::{Exemption, VoidExemption};
use setupkey_rule::iam::{AccessKeyId, AccessKeyStatus, LastUsed, UserId, UserName};
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::remedy::Remedy;
use setupkey_rule::verdict::ComplianceType;

use super::*;
use crate::audit::evidence::Evidence;
use crate::audit::model::{Account, Counted, Key, Source, Tagged, Unread, User};
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
    }
}

/// A user with a password, and keys made so many seconds after the user, never used.
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

fn text(page: &Html, selector: &str) -> String {
    texts(page, selector).concat()
}

fn elements(page: &Html) -> Vec<String> {
    page.root_element().descendent_elements().map(|element| element.value().name().to_owned()).collect()
}

/// Everything that somebody else wrote and that is no identifier of IAM, as this text.
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
fn nothing_is_loaded_and_only_our_script_runs() {
    let page = read(&written_by_others(MARKUP));

    let all = Selector::parse("[src], [href], [action], [srcset], [poster], [data]").unwrap();
    let addresses: BTreeSet<&str> = page
        .select(&all)
        .flat_map(|element| element.value().attrs())
        .filter(|(name, _)| *name == "href" || *name == "src")
        .map(|(_, value)| value)
        .collect();
    assert_eq!(addresses, BTreeSet::from(["#c", "#e", "#findings", "#p", "#u", "data:,"]));
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

#[test]
fn summary_counts_and_tells_what_was_asked() {
    let mut excepted = written_by_others("x").accounts.remove(0).users.remove(1);
    excepted.user_name = UserName::parse("excepted").unwrap();
    let mut out_of_scope = user("service", &[]);
    out_of_scope.compliance_type = Some(ComplianceType::NotApplicable);
    let users = vec![user("brandon", &[0]), user("paras", &[2_280]), excepted, out_of_scope];

    let page = read(&of_users(users));

    assert_eq!(
        text(&page, "h1"),
        "1 of 3 IAM users in scope has an access key created with the user and never used"
    );
    assert_eq!(texts(&page, ".figures dd"), ["1", "4", "3", "1", "1", "0"]);
    assert_eq!(
        texts(&page, ".figures dt"),
        ["account", "users", "in scope", "flagged", "excepted", "not read"]
    );
    let facts = text(&page, ".facts");
    for fact in [
        "setup-and-unused",
        "console-users",
        "60 s before or after the user",
        "2026-11-22 06:00:00 UTC",
        "made 2026-11-22 05:59:00 UTC",
        "setupkey 0.1.0",
        "setup-key-exception",
    ] {
        assert!(facts.contains(fact), "{fact}: {facts}");
    }
    assert_eq!(texts(&page, ".incomplete").len(), 0);
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
    assert_eq!(
        text(&page, "h1"),
        "None of 1 IAM user in scope that was read has an access key created with the user and never used"
    );
    let whole = document(&of_users(Vec::new()));
    assert!(!whole.contains("class=\"incomplete\""));
}

#[test]
fn every_finding_is_there_without_scripts() {
    let users: Vec<User> = (0..300).map(|n| user(&format!("user{n}"), &[0, 17])).collect();

    let page = read(&of_users(users));

    assert_eq!(texts(&page, "#findings tbody").len(), 600);
    let commands = texts(&page, "#findings .remedy code");
    assert_eq!(commands.len(), 1_200);
    assert_eq!(
        commands[..2],
        [
            "aws iam update-access-key --user-name user0 --access-key-id AKIAIOSFODNN7EXAMPLE --status Inactive",
            "aws iam delete-access-key --user-name user0 --access-key-id AKIAIOSFODNN7EXAMPLE",
        ]
    );
    assert_eq!(texts(&page, ".off").len(), 0);
    assert_eq!(
        texts(&page, ".controls:not([hidden]), .pages:not([hidden])").len(),
        0,
        "they need the script"
    );
    assert_eq!(texts(&page, "#findings thead tr").len(), 1);
}

#[test]
fn only_keys_that_meet_the_criterion_are_findings() {
    let mut excepted = user("excepted", &[0]);
    excepted.compliance_type = Some(ComplianceType::NotApplicable);

    let page = read(&of_users(vec![user("anitha", &[17, 9_000]), user("paras", &[9_000]), excepted]));

    assert_eq!(texts(&page, "#findings tbody .who"), ["anitha"]);
    assert_eq!(texts(&page, "#findings tbody td.number"), ["+17 s"]);
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
            "created 2016-05-30 07:45:00; password created +2 s; key AKIAIOSFODNN7EXAMPLE +27 s, active, never used, flagged",
            "created 2016-05-30 07:45:00; password created +2 s; keys not known",
            "created 2016-05-30 07:45:00; password created +2 s; key AKIAIOSFODNN7EXAMPLE +2 h 30 min, active, never used",
        ]
    );
}

#[test]
fn keys_of_a_user_have_rows_of_their_own() {
    let page = document(&of_users(vec![user("four", &[0, 1, 17, 9_000])]));

    let rows: BTreeSet<&str> = page
        .split("<circle class=\"mark")
        .skip(4)
        .filter_map(|circle| circle.split("cy=\"").nth(1)?.split('"').next())
        .collect();

    assert_eq!(rows, BTreeSet::from(["25", "29", "33", "37"]));
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

    assert!(text(&page, "#findings .key").contains("not in the report"));
    assert_eq!(
        texts(&page, "#findings .remedy code"),
        [
            "aws iam list-access-keys --user-name anitha",
            "aws iam update-access-key --user-name anitha --access-key-id ACCESS_KEY_ID --status Inactive",
            "aws iam delete-access-key --user-name anitha --access-key-id ACCESS_KEY_ID",
        ]
    );
    assert!(text(&page, ".facts").contains("a credential report alone"));
    assert_eq!(texts(&page, ".notes li"), audited.audit.notes);
}

#[test]
fn several_accounts_are_told_apart() {
    let page = read(&audit(vec![
        account("111122223333", vec![user("anitha", &[0])]),
        account("444455556666", vec![user("anitha", &[17])]),
    ]));

    assert_eq!(texts(&page, "#findings td[data-label='Account']"), ["111122223333", "444455556666"]);
    assert_eq!(texts(&page, "#accounts tbody th"), ["111122223333", "444455556666"]);
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

    assert_eq!(text(&page, "h1"), "No IAM user is in scope");
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
    assert_eq!(texts(&read, ".figures dd")[..2], ["3", "12,003"]);
    assert!(text(&read, "#window p").contains("3 access keys within"));
    assert!(text(&read, "#window p").contains("12,000 access keys beyond"));
    assert!(
        text(&read, "#lanes .note").starts_with("2,002 users who are compliant or out of scope have no lane")
    );
}
