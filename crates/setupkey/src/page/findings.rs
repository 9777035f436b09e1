//! The table of findings, with the commands that fix them, and the table of exceptions.

use maud::{Markup, html};
use setupkey_rule::decision::Remedy;
use setupkey_rule::evaluation::ComplianceType;
use setupkey_rule::exception::Exception;
use setupkey_rule::facts::{AccessKeyStatus, LastUsed};

use super::summary::account_id;
use super::text::{after_user, counted, isolated, time};
use super::{Page, pages};
use crate::audit::model::{Account, Key, Tagged, User};
use crate::audit::remedy;
use crate::text::visible;

/// The section.
pub(super) fn section(page: &Page) -> Markup {
    let findings: Vec<(Option<&Account>, &User, &Key)> = page
        .users()
        .filter(|(_, user)| user.compliance_type == Some(ComplianceType::NonCompliant))
        .flat_map(|(account, user)| user.keys.iter().flatten().map(move |key| (account, user, key)))
        .filter(|(.., key)| key.is_flagged())
        .collect();
    let with_account = page.accounts.len() > 1;
    html! {
        section id="findings" aria-labelledby="findings-heading" tabindex="-1" {
            h2 id="findings-heading" { "Findings" }
            @if findings.is_empty() {
                p { "No access key meets the criterion." }
            } @else {
                p {
                    "Each access key that meets the criterion, with what to do. AWS's record of a key's last use lags: \
                     deactivate first, and delete when nobody misses it."
                }
                div class="controls" hidden {
                    label { "Filter findings" input type="search" autocomplete="off" spellcheck="false"; }
                    output aria-live="polite" {}
                }
                (table(&findings, with_account))
                (pages("findings"))
            }
        }
    }
}

fn table(findings: &[(Option<&Account>, &User, &Key)], with_account: bool) -> Markup {
    let heading = |name: &str| html! { th scope="col" role="columnheader" { (name) } };
    html! {
        table class="findings cards" role="table" aria-labelledby="findings-heading" {
            thead role="rowgroup" { tr role="row" {
                (heading("User"))
                @if with_account { th scope="col" role="columnheader" class="account" { "Account" } }
                (heading("Console password"))
                (heading("Access key"))
                (heading("Key created"))
                th scope="col" role="columnheader" class="number" { "After the user" }
                (heading("Last used"))
            } }
            @for (account, user, key) in findings {
                tbody role="rowgroup" {
                    tr role="row" { (facts(*account, user, key)) }
                    tr role="row" class="remedy" {
                        td role="cell" colspan=(if with_account { 7 } else { 6 }) { (what_to_do(user, key)) }
                    }
                }
            }
        }
    }
}

fn facts(account: Option<&Account>, user: &User, key: &Key) -> Markup {
    html! {
        th scope="row" role="rowheader" data-sort=(visible(&user.user_name)) {
            span class="who" { (isolated(&user.user_name)) }
            span class="where" { (isolated(&user.arn)) }
        }
        @if let Some(account) = account {
            td role="cell" class="account" data-label="Account" { (account_id(account)) }
        }
        td role="cell" data-label="Console password" { (password(user)) }
        td role="cell" class="key" data-label="Access key" {
            @match &key.access_key_id {
                Some(id) => code { (isolated(id)) },
                None => "not in the report",
            }
            @if let Some(status) = key.status { span class="where" { (status) } }
        }
        td role="cell" data-label="Key created" {
            @match key.create_date { Some(date) => (time(date)), None => "not known" }
        }
        td role="cell" class="number" data-label="After the user"
            data-sort=(key.seconds_after_user.map_or_else(|| "Infinity".to_owned(), |seconds| seconds.to_string())) {
            @match key.seconds_after_user {
                Some(seconds) => {
                    @if key.created_with_user == Some(true) {
                        span class="flag" { (after_user(seconds)) }
                    } @else {
                        (after_user(seconds))
                    }
                },
                None => "not known",
            }
        }
        td role="cell" data-label="Last used" {
            @match key.last_used {
                Some(LastUsed::At(date)) => (time(date)),
                Some(LastUsed::Never) => "never",
                None => "not known",
            }
        }
    }
}

fn password(user: &User) -> Markup {
    html! {
        @match (user.console_password, user.password_created, user.password_last_changed) {
            (Some(false), ..) => "none",
            (_, Some(made), _) => { "created " (time(made)) },
            (_, None, Some(changed)) => { "last changed " (time(changed)) },
            (Some(true), None, None) => "yes",
            (None, None, None) => "not known",
        }
    }
}

fn what_to_do(user: &User, key: &Key) -> Markup {
    let active = key.status.is_none_or(|status| status == AccessKeyStatus::Active);
    let sentence = match key.remedy {
        Some(Remedy::Delete) if active => {
            "Nobody has used it. Deactivate it; if nobody misses it, delete it:"
        }
        Some(Remedy::Delete) => "Nobody has used it. Delete it:",
        Some(Remedy::Rotate) => {
            "It was used. Make a new key, move to it whatever uses this one, then retire this one:"
        }
        None => "",
    };
    html! {
        p {
            @if let Some(Tagged::Void(void)) = &user.exception { "The " (isolated(&void.to_string())) ". " }
            (sentence)
        }
        @for command in remedy::commands(user, key) { code class="command" { (visible(&command)) } }
    }
}

/// The exceptions in force.
pub(super) fn exceptions(page: &Page) -> Markup {
    let mut excepted: Vec<(Option<&Account>, &User, &Exception)> = page
        .users()
        .filter_map(|(account, user)| match &user.exception {
            Some(Tagged::InForce(exception)) => Some((account, user, exception)),
            Some(Tagged::Void(_)) | None => None,
        })
        .collect();
    excepted.sort_by_key(|(.., exception)| exception.until);
    let with_account = page.accounts.len() > 1;
    html! {
        @if !excepted.is_empty() {
            section id="exceptions" aria-labelledby="exceptions-heading" {
                h2 id="exceptions-heading" { "Exceptions in force" }
                p {
                    (counted(excepted.len(), "user", "users")) " would be flagged; somebody answers for them. Those that \
                     end first come first."
                }
                table class="rows cards" role="table" aria-labelledby="exceptions-heading" {
                    thead role="rowgroup" { tr role="row" {
                        th scope="col" role="columnheader" { "User" }
                        @if with_account { th scope="col" role="columnheader" { "Account" } }
                        th scope="col" role="columnheader" { "Owner" }
                        th scope="col" role="columnheader" { "Ends" }
                        th scope="col" role="columnheader" { "Reason" }
                    } }
                    tbody role="rowgroup" {
                        @for (account, user, exception) in &excepted {
                            tr role="row" {
                                th scope="row" role="rowheader" { span class="who" { (isolated(&user.user_name)) } }
                                @if let Some(account) = account {
                                    td role="cell" data-label="Account" { (account_id(account)) }
                                }
                                td role="cell" data-label="Owner" { (isolated(&exception.owner)) }
                                td role="cell" data-label="Ends" { (time(exception.until)) }
                                td role="cell" data-label="Reason" { (isolated(&exception.reason)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
