//! The exemptions in force: who answers for them, until when, why.

use maud::{Markup, html};
use setupkey_rule::exemption::Exemption;

use super::Page;
use super::table::{cell, head};
use super::text::{account, counted, isolated, time};
use crate::audit::model::{Account, Audit, Tagged, User};

const USER: &str = "User";
const ACCOUNT: &str = "Account";
const OWNER: &str = "Owner";
const APPROVER: &str = "Approved by";
const ENDS: &str = "Ends";
const REASON: &str = "Reason";

/// The section; nothing if there is no exemption.
pub(super) fn section(page: &Page, audit: &Audit) -> Markup {
    let mut exempt: Vec<(&Account, &User, &Exemption)> = page
        .users()
        .filter_map(|(_, account, user)| match &user.exemption {
            Some(Tagged::InForce(exemption)) => Some((account, user, exemption)),
            Some(Tagged::Void(_)) | None => None,
        })
        .collect();
    exempt.sort_by_key(|(.., exemption)| exemption.until);
    let has_account = page.has_several_accounts();
    let has_approver = exempt.iter().any(|(.., exemption)| exemption.approver.is_some());
    let columns = [USER]
        .into_iter()
        .chain(has_account.then_some(ACCOUNT))
        .chain([OWNER])
        .chain(has_approver.then_some(APPROVER))
        .chain([ENDS, REASON]);
    html! {
        @if !exempt.is_empty() {
            section id="exemptions" aria-labelledby="exemptions-heading" {
                h2 id="exemptions-heading" { "Exemptions in force" }
                p {
                    (counted(exempt.len(), "user", "users"))
                    " would be flagged, and " @if exempt.len() == 1 { "is" } @else { "are" }
                    " exempt. Exemptions that end first come first."
                }
                table class="rows cards" role="table" aria-labelledby="exemptions-heading" {
                    (head(columns.map(|name| (name, None))))
                    tbody role="rowgroup" {
                        @for (of, user, exemption) in &exempt {
                            tr role="row" {
                                th scope="row" role="rowheader" { b { (isolated(user.user_name.as_str())) } }
                                @if has_account { (cell(ACCOUNT, &account(of))) }
                                (cell(OWNER, &isolated(&exemption.owner)))
                                @if has_approver {
                                    (cell(APPROVER, &html! { @if let Some(name) = &exemption.approver { (isolated(name)) } }))
                                }
                                (cell(ENDS, &html! {
                                    (time(exemption.until))
                                    @if exemption.ends_soon(audit.time) { " " b { "within 14 days" } }
                                }))
                                (cell(REASON, &isolated(&exemption.reason)))
                            }
                        }
                    }
                }
            }
        }
    }
}
