//! What comes first: the verdict in a word and a sentence, of what and by whom, what is missing, and the bar whose
//! parts add up to all users.

use maud::{Markup, html};

use super::table::{cell, head};
use super::text::{account, account_id, code_in, count, counted, fact, isolated, ratio, time};
use super::verdict::Verdict;
use super::{Page, patterns};
use crate::audit::model::{Audit, Source, Summary};
use crate::text::visible;

/// More names than this scroll, and so can be reached by keyboard.
const MANY: usize = 20;

/// Part of a bar that is seen, however few users it stands for: per cent.
const SMALLEST: f64 = 0.6;

/// The title of the window.
pub(super) fn title(page: &Page, audit: &Audit) -> String {
    let accounts = match page.accounts.as_slice() {
        [(one, _)] => format!("account {}", visible(account_id(one))),
        several => counted(several.len(), "account", "accounts"),
    };
    format!("setupkey audit, {accounts}, {}", audit.time.format("%Y-%m-%d"))
}

/// The header.
pub(super) fn header(page: &Page, audit: &Audit, summary: &Summary) -> Markup {
    html! {
        header {
            p class="verdict" { @for (class, word) in badges(audit, summary) { span class={ "badge " (class) } { (word) } " " } }
            h1 { (sentence(audit, summary)) }
            (of_what(page, audit, summary))
            @if !audit.is_complete(summary) { (incomplete(page, audit)) }
            (parts(summary))
        }
    }
}

/// The verdict in a word. A finding is a finding whatever could not be read; nothing passes before all was read.
fn badges(audit: &Audit, summary: &Summary) -> impl Iterator<Item = (&'static str, &'static str)> {
    let (is_flagged, is_complete) = (summary.non_compliant > 0, audit.is_complete(summary));
    let badges = [
        (is_flagged, ("fail", "FAIL")),
        (!is_complete, ("partial", "INCOMPLETE")),
        (!is_flagged && is_complete, ("pass", "PASS")),
    ];
    badges.into_iter().filter_map(|(holds, badge)| holds.then_some(badge))
}

fn sentence(audit: &Audit, summary: &Summary) -> String {
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

/// Of which account, as whom, when, from what.
fn of_what(page: &Page, audit: &Audit, summary: &Summary) -> Markup {
    html! {
        dl class="of" {
            @match page.accounts.as_slice() {
                [(one, _)] => (fact("Account", &account(one))),
                several => (fact("Accounts", &html! { (count(several.len())) })),
            }
            @if let Some(arn) = &audit.caller_arn { (fact("Read as", &isolated(arn))) }
            (fact("Time", &html! { (time(audit.time)) " UTC" }))
            (fact("Source", &html! { (source(page)) }))
            (fact("Complete", &html! {
                @if audit.is_complete(summary) { "yes, every user has a verdict" } @else { "no" }
            }))
        }
    }
}

/// Where the facts come from.
pub(super) fn source(page: &Page) -> &'static str {
    let is = |source| page.accounts.iter().any(|(account, _)| account.source == source);
    match (is(Source::Live), is(Source::CredentialReport)) {
        (true, true) => "IAM and credential report files",
        (true, false) => "IAM; every finding is confirmed there",
        (false, true) => "credential report file only",
        (false, false) => "nothing",
    }
}

/// Who was not read, by account and reason: there are fewer reasons than users.
fn incomplete(page: &Page, audit: &Audit) -> Markup {
    const COLUMNS: [&str; 3] = ["Account", "Not read", "Why"];
    let [account_column, who_column, why_column] = COLUMNS;
    html! {
        section class="incomplete" aria-labelledby="incomplete" {
            h2 id="incomplete" {
                "Incomplete"
                @if let Some(parts) = not_read(page, audit) { ": " (parts) " could not be read" }
            }
            p { "Whatever could not be read has no verdict, and can hold findings that are not on this page." }
            @if page.accounts.iter().any(|(account, _)| !account.unread.is_empty()) {
                table class="rows cards" role="table" aria-labelledby="incomplete" {
                    (head(COLUMNS.map(|name| (name, None))))
                    tbody role="rowgroup" {
                        @for (of, _) in &page.accounts {
                            @for (reason, who) in of.reasons() {
                                tr role="row" {
                                    (cell(account_column, &account(of)))
                                    (cell(who_column, &unread(&who)))
                                    (cell(why_column, &code_in(reason)))
                                }
                            }
                        }
                    }
                }
            }
            @if !audit.is_history_complete() {
                p { "The " a href="#period" { "history of the period" } " has gaps." }
            }
        }
    }
}

/// How many accounts, users and log files were not read; `None` if all were.
fn not_read(page: &Page, audit: &Audit) -> Option<String> {
    let all = page.accounts.iter().flat_map(|(account, _)| &account.unread);
    let (users, accounts): (Vec<_>, Vec<_>) = all.partition(|unread| unread.user_name.is_some());
    let files = audit.history.as_ref().map_or(0, |history| history.not_read.len());
    let parts = [
        (accounts.len(), "account", "accounts"),
        (users.len(), "user", "users"),
        (files, "log file", "log files"),
    ];
    let parts = parts.into_iter().filter(|(number, ..)| *number > 0);
    let parts: Vec<String> = parts.map(|(number, one, many)| counted(number, one, many)).collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
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

/// The bar, and the figures that it is drawn from.
fn parts(summary: &Summary) -> Markup {
    html! {
        section class="parts" aria-label="All users by verdict" {
            svg aria-hidden="true" {
                @for (verdict, left, width) in drawn(summary) {
                    rect class="part" fill=(verdict.fill()) x={ (left) "%" } width={ (width) "%" } height="100%" {}
                }
            }
            ul {
                @for verdict in Verdict::PARTS {
                    li {
                        (patterns::swatch(verdict.fill()))
                        b { (count(verdict.count(summary))) } " " (verdict.in_words())
                    }
                }
                li class="sum" { "= " b { (count(summary.users)) } @if summary.users == 1 { " user" } @else { " users" } }
            }
            @if summary.accounts_unread > 0 {
                p class="note" {
                    "The users of " (counted(summary.accounts_unread, "account that was", "accounts that were"))
                    " not read, or not read to the end, are not counted: their number is unknown."
                }
            }
        }
    }
}

/// The parts of the bar that are not empty: left edge and width, per cent with one decimal.
fn drawn(summary: &Summary) -> Vec<(Verdict, String, String)> {
    let filled = Verdict::PARTS.into_iter().filter(|verdict| verdict.count(summary) > 0);
    let shares: Vec<(Verdict, f64)> = filled
        .map(|verdict| (verdict, (100.0 * ratio(verdict.count(summary), summary.users)).max(SMALLEST)))
        .collect();
    let whole: f64 = shares.iter().map(|(_, share)| share).sum();
    let mut left = 0.0;
    let place = |(verdict, share): (Verdict, f64)| {
        let width = 100.0 * share / whole;
        let placed = (verdict, format!("{left:.2}"), format!("{width:.2}"));
        left += width;
        placed
    };
    shares.into_iter().map(place).collect()
}

/// What the page is.
pub(super) fn footer(audit: &Audit) -> Markup {
    html! {
        footer {
            "Created by setupkey " (audit.version) ". All times are UTC. This page loads nothing and sends nothing."
        }
    }
}
