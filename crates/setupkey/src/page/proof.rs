//! How the audit was made: what was asked, of which source, by whom, when, and the counts that have to agree.

use maud::{Markup, html};
use setupkey_rule::parameters::Scope;

use super::table::{cell, head};
use super::text::{account, code_in, count, counted, duration, fact, isolated, time};
use super::verdict::Verdict;
use super::{Page, header};
use crate::audit::evidence::{COMMIT, Evidence};
use crate::audit::model::{Account, Audit, Source, Summary};

/// The section.
pub(super) fn section(page: &Page, audit: &Audit) -> Markup {
    html! {
        section id="proof" aria-labelledby="proof-heading" {
            h2 id="proof-heading" { "How this audit was made" }
            (asked(page, audit))
            (sources(page))
            @if !audit.notes.is_empty() {
                ul class="notes" { @for note in &audit.notes { li { (code_in(note)) } } }
            }
        }
    }
}

fn asked(page: &Page, audit: &Audit) -> Markup {
    let parameters = &audit.parameters;
    let window = page.distances.window;
    let has_tags = page.accounts.iter().any(|(account, _)| account.source == Source::Live);
    html! {
        dl class="facts" {
            (fact("Control", &html! {
                "CIS AWS Foundations Benchmark v1.1 to v6.0: do not set up access keys during initial user setup"
            }))
            (fact("Criterion", &html! {
                code { (parameters.criterion.name()) } ": a key " (parameters.criterion.in_words())
            }))
            (fact("Scope", &html! {
                code { (parameters.scope.name()) } ": "
                (match parameters.scope {
                    Scope::ConsoleUsers => "IAM users with a console password",
                    Scope::AllUsers => "all IAM users",
                })
                ". The root user is not an IAM user"
            }))
            (fact("Setup window", &html! {
                (count(usize::try_from(window).unwrap_or(usize::MAX))) " s"
                @if window >= 120 { " (" (duration(window)) ")" }
                " before or after the user, both ends included"
            }))
            (fact("Inactive keys", &html! {
                @if parameters.include_inactive_keys { "included" } @else { "not included" }
            }))
            (fact("Exemptions", &html! {
                @match &parameters.exception_tag_prefix {
                    _ if !has_tags => "none: a credential report has no tags",
                    Some(prefix) => { "tags " code { (isolated(prefix)) ":owner, :expires, :reason" } },
                    None => "none are accepted",
                }
            }))
            (fact("Source", &html! { (header::source(page)) }))
            @if let Some(arn) = &audit.caller_arn { (fact("Read as", &isolated(arn))) }
            (fact("Time", &html! { (time(audit.time)) " UTC" }))
            @if let Some(region) = &audit.region { (fact("Region called", &isolated(region))) }
            (fact("Command", &html! { code { (isolated(&audit.command)) } }))
            (fact("Tool", &html! {
                "setupkey " (audit.version)
                @if let Some(commit) = COMMIT { ", commit " code { (commit) } }
            }))
        }
    }
}

/// What was read of each account, and the counts that show that it is all.
fn sources(page: &Page) -> Markup {
    const ACCOUNT: &str = "Account";
    const READING: &str = "Reading";
    const REPORT: &str = "Credential report";
    const COUNTS: &str = "Counts";
    html! {
        table class="rows cards sources" role="table" aria-label="Sources of each account" {
            (head([ACCOUNT, READING, REPORT, COUNTS].map(|name| (name, None))))
            tbody role="rowgroup" {
                @for (place, (of, summary)) in page.accounts.iter().enumerate() {
                    tr role="row" id={ "e" (place) } {
                        th scope="row" role="rowheader" { (account(of)) }
                        (cell(READING, &reading(of)))
                        (cell(REPORT, &report(of)))
                        (cell(COUNTS, &counts(&of.evidence, summary)))
                    }
                }
            }
        }
    }
}

fn reading(of: &Account) -> Markup {
    let Evidence { caller_arn, started_at, finished_at, .. } = &of.evidence;
    html! {
        @if of.source == Source::CredentialReport {
            "from a file"
        } @else {
            @if let Some(arn) = caller_arn { (isolated(arn)) }
            @if let Some(begun) = started_at { span class="where" { "from " (time(*begun)) } }
            @if let Some(ended) = finished_at { span class="where" { "to " (time(*ended)) } }
        }
    }
}

fn report(of: &Account) -> Markup {
    html! {
        @match &of.evidence.report {
            None => "none",
            Some(report) => {
                @match report.generated_time {
                    Some(generated) => { "generated " (time(generated)) },
                    None => "generated at an unknown time",
                }
                span class="where" { (counted(report.rows, "row", "rows")) ", including the root user" }
                span class="where" { "SHA-256 of the CSV: " code { (report.sha256) } }
            },
        }
    }
}

/// The number of users by each source, and that on this page.
fn counts(evidence: &Evidence, summary: &Summary) -> Markup {
    let parts: Vec<String> = Verdict::PARTS
        .iter()
        .map(|part| format!("{} {}", count(part.count(summary)), part.in_words()))
        .collect();
    let here = u64::try_from(summary.users).ok();
    let listed = evidence.users_listed.and_then(|users| u64::try_from(users).ok());
    let sources = [("ListUsers", listed), ("GetAccountSummary", evidence.account_summary_users)];
    let known: Vec<(&str, u64)> =
        sources.into_iter().filter_map(|(source, users)| Some((source, users?))).collect();
    html! {
        ul class="counts" {
            @for (source, users) in &known { li { (source) ": " b { (users) } } }
            li { "this page: " b { (count(summary.users)) } " = " (parts.join(" + ")) }
        }
        @if !known.is_empty() {
            @if known.iter().all(|(_, users)| Some(*users) == here) {
                span class="where" { "The counts agree." }
            } @else {
                span class="where" {
                    b { "The counts differ" } ": users can be created and deleted while an account is read."
                }
            }
        }
    }
}
