//! What happened in the period that the log files of CloudTrail cover: also keys that were deleted since.

use maud::{Markup, html};
use setupkey_history::Episode;
use setupkey_history::episode::{Act, Done, Key};

use super::Page;
use super::table::{cell, head};
use super::text::{code_in, count, counted, distance, isolated, time};
use crate::audit::model::Audit;
use crate::history::report::Report;

const USER: &str = "User";
const ACCOUNT: &str = "Account";
const KEY: &str = "Access key";
const CREATED: &str = "Key created";
const BY: &str = "By";
const SINCE: &str = "Since then";

/// The section; nothing if no log files were given.
pub(super) fn section(page: &Page, audit: &Audit) -> Markup {
    html! {
        @if let Some(report) = &audit.history {
            section id="period" aria-labelledby="period-heading" {
                h2 id="period-heading" { "History of the period" }
                (coverage(report))
                (violations(page, report))
                ul class="notes" {
                    @for file in &report.not_read {
                        li { b { "not read: " } (isolated(&file.path)) ": " (code_in(&file.reason)) }
                    }
                    @for note in report.notes() { li { (code_in(&note)) } }
                }
            }
        }
    }
}

fn coverage(report: &Report) -> Markup {
    let coverage = &report.history.coverage;
    let violations = report.violations().count();
    html! {
        p {
            b { (counted(violations, "user", "users")) }
            " of " (count(report.history.episodes.len())) " created in the period "
            @if violations == 1 { "has" } @else { "have" }
            " a key that was created with the user"
            @if let (Some(first), Some(last)) = (coverage.first_event, coverage.last_event) {
                ". CloudTrail events from " (time(first)) " to " (time(last)) " UTC"
            }
            ". " (counted(usize::try_from(report.files_read).unwrap_or(usize::MAX), "log file was", "log files were")) " read"
            @if !report.not_read.is_empty() { ", " b { (count(report.not_read.len())) " could not be read" } }
            "."
            @if !report.is_complete() { " " b { "The history is incomplete." } }
        }
    }
}

fn violations(page: &Page, report: &Report) -> Markup {
    let keys: Vec<(&Episode, &Key)> =
        report.violations().flat_map(|episode| episode.setup_keys().map(move |key| (episode, key))).collect();
    // a trail can have more accounts than the audit
    let of_page = page.accounts.first().and_then(|(account, _)| account.account_id.as_deref());
    let has_account =
        page.has_several_accounts() || keys.iter().any(|(episode, _)| Some(&*episode.account_id) != of_page);
    let columns = [USER].into_iter().chain(has_account.then_some(ACCOUNT)).chain([KEY, CREATED, BY, SINCE]);
    html! {
        @if !keys.is_empty() {
            table class="rows cards" role="table" aria-labelledby="period-heading" {
                (head(columns.map(|name| (name, None))))
                tbody role="rowgroup" {
                    @for (episode, key) in keys {
                        tr role="row" {
                            th scope="row" role="rowheader" { b { (isolated(&episode.user_name)) } }
                            @if has_account { (cell(ACCOUNT, &isolated(&episode.account_id))) }
                            (cell(KEY, &html! { code { (isolated(&key.access_key_id)) } }))
                            (cell(CREATED, &html! {
                                @if let Some(Act { time: created, .. }) = &key.created { (time(*created)) }
                                @if let Some(seconds) = key.seconds_after_user { span class="where" { (distance(seconds)) } }
                            }))
                            (cell(BY, &actor(&key.created)))
                            (cell(SINCE, &html! {
                                (key.fate.name())
                                @if let Some(Act { time: then, actor }) = &key.fate_act {
                                    " " (time(*then))
                                    span class="where" { "by " (isolated(&actor.to_string())) }
                                }
                            }))
                        }
                    }
                }
            }
        }
    }
}

fn actor(done: &Done) -> Markup {
    html! {
        @match done {
            Some(Act { actor, .. }) => (isolated(&actor.to_string())),
            None => "unknown: the record is missing",
        }
    }
}
