//! The accounts, if there are several: those with most findings first, then those that were not read.

use std::cmp::Reverse;

use maud::{Markup, html};

use super::Page;
use super::table::{cell, head, number};
use super::text::{account, count};
use super::verdict::Verdict;
use crate::audit::model::{Account, Summary};

const ACCOUNT: &str = "Account";
const USERS: &str = "Users";
const READ: &str = "Read";

/// The section; nothing for a single account.
pub(super) fn section(page: &Page) -> Markup {
    let mut accounts: Vec<(usize, &Account, &Summary)> = page
        .accounts
        .iter()
        .enumerate()
        .map(|(place, (account, summary))| (place, account, summary))
        .collect();
    accounts.sort_by_key(|(_, _, summary)| (Reverse(summary.non_compliant), summary.is_complete()));
    let verdicts = Verdict::PARTS.map(heading);
    let verdicts = verdicts.iter().map(|heading| (heading.as_str(), Some("number")));
    html! {
        @if page.has_several_accounts() {
            section id="accounts" aria-labelledby="accounts-heading" {
                h2 id="accounts-heading" { "Accounts" }
                table class="rows cards accounts" role="table" aria-labelledby="accounts-heading" {
                    (head([(ACCOUNT, None)].into_iter().chain(verdicts).chain([(USERS, Some("number")), (READ, None)])))
                    tbody role="rowgroup" {
                        @for (place, of, summary) in accounts { (row(place, of, summary)) }
                    }
                }
            }
        }
    }
}

/// The verdict as the heading of a column.
fn heading(verdict: Verdict) -> String {
    let mut letters = verdict.in_words().chars();
    let first = letters.next();
    first.into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn row(place: usize, of: &Account, summary: &Summary) -> Markup {
    // no number is known of an account whose users could not be listed
    let is_blank = summary.users == 0 && summary.accounts_unread > 0;
    html! {
        tr role="row" {
            th scope="row" role="rowheader" { a href={ "#e" (place) } { (account(of)) } }
            @for verdict in Verdict::PARTS {
                (number(&heading(verdict), &html! {
                    @if is_blank { "\u{2013}" }
                    @else if verdict == Verdict::Flagged && summary.non_compliant > 0 {
                        a class="flag" href={ "#f" (place) } { (count(summary.non_compliant)) }
                    }
                    @else { (count(verdict.count(summary))) }
                }))
            }
            (number(USERS, &html! { @if is_blank { "\u{2013}" } @else { (count(summary.users)) } }))
            (cell(READ, &html! {
                @if is_blank { b { "not read" } }
                @else if summary.is_complete() { "completely" }
                @else { b { "in part" } }
            }))
        }
    }
}
