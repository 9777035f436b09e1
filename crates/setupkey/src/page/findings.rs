//! The table of findings, with the commands that fix them, and the table of exemptions.

use maud::{Markup, html};
use setupkey_rule::exemption::Exemption;
use setupkey_rule::iam::LastUsed;
use setupkey_rule::verdict::ComplianceType;

use super::summary::account_id;
use super::text::{after_user, counted, isolated, time};
use super::{Page, pages};
use crate::audit::model::{Account, Key, Tagged, User};
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
                p { "No access key is flagged." }
            } @else {
                p {
                    "Each flagged access key, with what to do. AWS's record of a key's last use lags: deactivate first, \
                     and delete once you are sure that nothing depends on the key."
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
        th scope="row" role="rowheader" data-sort=(visible(user.user_name.as_str())) {
            span class="who" { (isolated(user.user_name.as_str())) }
            span class="where" { (isolated(&user.arn)) }
        }
        @if let Some(account) = account {
            td role="cell" class="account" data-label="Account" { (account_id(account)) }
        }
        td role="cell" data-label="Console password" { (password(user)) }
        td role="cell" class="key" data-label="Access key" {
            @match &key.access_key_id {
                Some(id) => code { (isolated(id.as_str())) },
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
    html! {
        p {
            @if let Some(Tagged::Void(void)) = &user.exemption { "The " (isolated(&void.to_string())) ". " }
            @if let Some(remedy) = key.remedy { (remedy.in_full()) }
        }
        @if let Some(remedy) = key.remedy {
            @for command in remedy.commands(&user.user_name, key.access_key_id.as_ref()) {
                code { (command) }
            }
        }
    }
}

/// The exemptions in force.
pub(super) fn exceptions(page: &Page) -> Markup {
    let mut exempt: Vec<(Option<&Account>, &User, &Exemption)> = page
        .users()
        .filter_map(|(account, user)| match &user.exemption {
            Some(Tagged::InForce(exemption)) => Some((account, user, exemption)),
            Some(Tagged::Void(_)) | None => None,
        })
        .collect();
    exempt.sort_by_key(|(.., exemption)| exemption.until);
    let with_account = page.accounts.len() > 1;
    html! {
        @if !exempt.is_empty() {
            section id="exceptions" aria-labelledby="exceptions-heading" {
                h2 id="exceptions-heading" { "Exemptions in force" }
                p {
                    (counted(exempt.len(), "user", "users")) " would be flagged and are exempt. Those that end first come first."
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
                        @for (account, user, exemption) in &exempt {
                            tr role="row" {
                                th scope="row" role="rowheader" { span class="who" { (isolated(user.user_name.as_str())) } }
                                @if let Some(account) = account {
                                    td role="cell" data-label="Account" { (account_id(account)) }
                                }
                                td role="cell" data-label="Owner" { (isolated(&exemption.owner)) }
                                td role="cell" data-label="Ends" { (time(exemption.until)) }
                                td role="cell" data-label="Reason" { (isolated(&exemption.reason)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
