//! What an audit comes to: the verdict in a sentence, what could not be read, the figures, and what an auditor has
//! to know of how they came about.

use std::collections::BTreeMap;

use maud::{Markup, html};
use setupkey_rule::parameters::{Criterion, Scope};

use super::Page;
use super::text::{count, counted, duration, isolated, time};
use crate::audit::model::{Account, Audit, Source, Summary};
use crate::text::visible;

/// More names than this scroll, and so can be reached by keyboard.
const MANY: usize = 20;

/// How an account is called: its twelve digits, or that nobody knows them.
pub(super) fn account_id(account: &Account) -> String {
    account.account_id.as_deref().map_or_else(|| "unknown account".to_owned(), |id| visible(id).into_owned())
}

/// The title of the window.
pub(super) fn title(page: &Page, audit: &Audit) -> String {
    format!("setupkey audit, {}, {}", accounts(page), audit.time.format("%Y-%m-%d"))
}

fn accounts(page: &Page) -> String {
    match page.accounts.as_slice() {
        [(one, _)] => format!("account {}", account_id(one)),
        several => counted(several.len(), "account", "accounts"),
    }
}

/// The verdict, and before all figures what is missing from them.
pub(super) fn header(page: &Page, audit: &Audit, summary: &Summary) -> Markup {
    html! {
        header {
            p class="eyebrow" {
                "IAM access keys made during user setup \u{b7} " (accounts(page)) " \u{b7} " (time(audit.time)) " UTC"
            }
            h1 { (verdict(audit, summary)) }
            @if !summary.is_complete() { (incomplete(page)) }
        }
    }
}

fn verdict(audit: &Audit, summary: &Summary) -> String {
    let what = audit.parameters.criterion.in_words();
    let read = match (summary.is_complete(), summary.in_scope()) {
        (true, _) => "",
        (_, 1) => " that was read",
        (_, _) => " that were read",
    };
    let users = format!("{} in scope{read}", counted(summary.in_scope(), "IAM user", "IAM users"));
    match (summary.in_scope(), summary.non_compliant) {
        (0, _) if !summary.is_complete() => "No IAM user that was read is in scope".to_owned(),
        (0, _) => "No IAM user is in scope".to_owned(),
        (_, 0) => format!("None of {users} has an access key {what}"),
        (_, 1) => format!("1 of {users} has an access key {what}"),
        (_, flagged) => format!("{} of {users} have access keys {what}", count(flagged)),
    }
}

/// Who was not read, by account and reason: there are fewer reasons than users.
fn incomplete(page: &Page) -> Markup {
    let reasons = page.accounts.iter().map(|(account, _)| (account_id(account), reasons(account)));
    html! {
        section class="incomplete" aria-labelledby="incomplete" {
            h2 id="incomplete" {
                "Incomplete: " (not_read(page)) " could not be read"
            }
            p { "They may hold findings that are not on this page: what could not be read has no verdict." }
            table class="rows cards" role="table" {
                thead role="rowgroup" { tr role="row" {
                    th scope="col" role="columnheader" { "Account" }
                    th scope="col" role="columnheader" { "Not read" }
                    th scope="col" role="columnheader" { "Why" }
                } }
                tbody role="rowgroup" {
                    @for (account, reasons) in reasons {
                        @for (reason, who) in &reasons {
                            tr role="row" {
                                td role="cell" data-label="Account" { (account) }
                                td role="cell" data-label="Not read" { (unread(who)) }
                                td role="cell" data-label="Why" { (isolated(reason)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Who was not read for which reason; `None` is the account as a whole.
fn reasons(account: &Account) -> BTreeMap<&str, Vec<Option<&str>>> {
    let mut reasons: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for unread in &account.unread {
        reasons.entry(unread.reason.as_str()).or_default().push(unread.user_name.as_deref());
    }
    reasons
}

fn not_read(page: &Page) -> String {
    let all = page.accounts.iter().flat_map(|(account, _)| &account.unread);
    let (users, accounts): (Vec<_>, Vec<_>) = all.partition(|unread| unread.user_name.is_some());
    let users = (!users.is_empty()).then(|| counted(users.len(), "user", "users"));
    let accounts = (!accounts.is_empty()).then(|| counted(accounts.len(), "account", "accounts"));
    [accounts, users].into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

fn unread(who: &[Option<&str>]) -> Markup {
    let names: Vec<&str> = who.iter().copied().flatten().collect();
    html! {
        @if names.len() < who.len() { "the account" }
        @if !names.is_empty() {
            div class="names" tabindex=[(names.len() > MANY).then_some(0)] {
                (counted(names.len(), "user", "users")) ": "
                @for (at, name) in names.iter().enumerate() {
                    @if at > 0 { ", " }
                    (isolated(name))
                }
            }
        }
    }
}

/// The figures, what was asked, and of what.
pub(super) fn section(page: &Page, audit: &Audit, summary: &Summary) -> Markup {
    let figure = |class: &str, number: usize, what: &str| {
        html! { div class=(class) { dt { (what) } dd { (count(number)) } } }
    };
    html! {
        section aria-label="Summary" class="summary" {
            dl class="figures" {
                (figure("accounts", page.accounts.len(), if page.accounts.len() == 1 { "account" } else { "accounts" }))
                (figure("users", summary.users, "users"))
                (figure("in-scope", summary.in_scope(), "in scope"))
                (figure(if summary.non_compliant > 0 { "flagged" } else { "" }, summary.non_compliant, "flagged"))
                (figure("excepted", summary.excepted, "excepted"))
                (figure("unread", summary.users_unread + summary.accounts_unread, "not read"))
            }
            (provenance(page, audit))
            @if !audit.notes.is_empty() {
                ul class="notes" { @for note in &audit.notes { li { (isolated(note)) } } }
            }
            @if page.accounts.len() > 1 { (by_account(page)) }
        }
    }
}

fn provenance(page: &Page, audit: &Audit) -> Markup {
    let parameters = &audit.parameters;
    let criterion = Criterion::NAMES.iter().find(|(_, criterion)| *criterion == parameters.criterion);
    let scope = Scope::NAMES.iter().find(|(_, scope)| *scope == parameters.scope);
    let window = page.distances.window;
    let fact = |name: &str, value: Markup| html! { div { dt { (name) } dd { (value) } } };
    html! {
        dl class="facts" {
            (fact("Criterion", html! {
                code { (criterion.map_or("", |(name, _)| name)) } ": " (parameters.criterion.in_words())
            }))
            (fact("Audited", html! { (time(audit.time)) " UTC" }))
            (fact("Scope", html! {
                code { (scope.map_or("", |(name, _)| name)) } ": "
                (match parameters.scope {
                    Scope::ConsoleUsers => "users with a console password",
                    Scope::AllUsers => "every user",
                })
            }))
            (fact("Source", source(page)))
            (fact("Setup window", html! {
                (count(usize::try_from(window).unwrap_or(usize::MAX))) " s"
                @if window > 60 { " (" (duration(window)) ")" }
                " before or after the user, both ends included"
            }))
            (fact("Credential report", report(page)))
            (fact("Inactive keys", html! {
                @if parameters.include_inactive_keys { "count" } @else { "do not count" }
            }))
            (fact("Tool", html! { "setupkey " (audit.version) }))
            (fact("Exceptions", html! {
                @match &parameters.exception_tag_prefix {
                    Some(prefix) => { "tags " code { (isolated(prefix)) ":owner, :expires, :reason" } },
                    None => "none are applied",
                }
            }))
            (fact("Control", html! {
                "CIS AWS Foundations v1.1 to v6.0: do not set up access keys during initial user setup"
            }))
        }
    }
}

fn source(page: &Page) -> Markup {
    let is = |source| page.accounts.iter().any(|(account, _)| account.source == source);
    html! {
        @match (is(Source::Live), is(Source::CredentialReport)) {
            (true, false) => "the account itself, by the IAM API; every finding was confirmed there",
            (false, true) => "a credential report alone",
            (true, true) => "accounts themselves and credential reports",
            (false, false) => "nothing",
        }
    }
}

fn report(page: &Page) -> Markup {
    let of_file = page.accounts.iter().any(|(account, _)| account.source == Source::CredentialReport);
    let times: Vec<_> = page.accounts.iter().filter_map(|(account, _)| account.report_time).collect();
    html! {
        @match (times.iter().min(), times.iter().max()) {
            (Some(first), Some(last)) => {
                "made "
                @if first < last { "from " (time(*first)) " to " }
                (time(*last)) " UTC"
                @if times.len() < page.accounts.len() {
                    ", for " (count(times.len())) " of " (counted(page.accounts.len(), "account", "accounts"))
                }
            },
            _ if of_file => "from a file, which does not tell when it was made",
            _ => "none was used",
        }
    }
}

fn by_account(page: &Page) -> Markup {
    let columns = |summary: &Summary| {
        [
            ("Users", summary.users),
            ("In scope", summary.in_scope()),
            ("Flagged", summary.non_compliant),
            ("Excepted", summary.excepted),
            ("Not read", summary.users_unread + summary.accounts_unread),
        ]
    };
    html! {
        h2 id="accounts-heading" class="by-account" { "By account" }
        table id="accounts" class="rows cards" role="table" aria-labelledby="accounts-heading" {
            thead role="rowgroup" { tr role="row" {
                th scope="col" role="columnheader" { "Account" }
                @for (name, _) in columns(&Summary::default()) { th scope="col" role="columnheader" class="number" { (name) } }
                th scope="col" role="columnheader" { "Credential report" }
            } }
            tbody role="rowgroup" {
                @for (account, summary) in &page.accounts {
                    tr role="row" {
                        th scope="row" role="rowheader" { span class="who" { (account_id(account)) } }
                        @for (name, number) in columns(summary) {
                            td role="cell" class="number" data-label=(name) { (count(number)) }
                        }
                        td role="cell" data-label="Credential report" {
                            @match account.report_time { Some(made) => (time(made)), None => "none" }
                        }
                    }
                }
            }
        }
    }
}

/// What the page is.
pub(super) fn footer(audit: &Audit) -> Markup {
    html! {
        footer {
            "Made by setupkey " (audit.version) ". All times are UTC. Nothing on this page is loaded from anywhere, and \
             nothing is sent."
        }
    }
}
