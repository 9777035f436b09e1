//! The findings, a row each: both dates, the distance between them, the last use, and what to do.

use maud::{Markup, html};
use setupkey_rule::iam::{LastUsed, UserName};
use setupkey_rule::remedy::Remedy;
use setupkey_rule::verdict::ComplianceType;

use super::table::{cell, head};
use super::text::{account, code_in, counted, distance, isolated, time};
use super::{Page, pages};
use crate::audit::model::{Account, Key, Tagged, User};
use crate::text::visible;

/// A flagged key.
pub(super) struct Finding<'a> {
    /// Its place among the accounts.
    pub(super) account_number: usize,
    pub(super) account: &'a Account,
    pub(super) user: &'a User,
    pub(super) key: &'a Key,
    pub(super) remedy: Remedy,
}

/// All findings of a page, in the order of accounts and users.
pub(super) fn all(page: &Page) -> Vec<Finding<'_>> {
    let mut findings = Vec::new();
    for (account_number, account, user) in page.users() {
        if user.compliance_type == Some(ComplianceType::NonCompliant) {
            let keys = user.keys.iter().flatten();
            findings.extend(
                keys.filter_map(|key| {
                    Some(Finding { account_number, account, user, key, remedy: key.remedy? })
                }),
            );
        }
    }
    findings
}

/// The columns, as far as the audit has something to put in them.
struct Columns {
    account: bool,
    key_id: bool,
    creator: bool,
}

const USER: &str = "User";
const ACCOUNT: &str = "Account";
const KEY: &str = "Access key";
const USER_CREATED: &str = "User created";
const KEY_CREATED: &str = "Key created";
const DISTANCE: &str = "Distance";
const LAST_USED: &str = "Last used";
const CREATOR: &str = "Who created it";
const TO_DO: &str = "What to do";

/// The section.
pub(super) fn section(page: &Page, findings: &[Finding<'_>]) -> Markup {
    let columns = Columns {
        account: page.has_several_accounts(),
        key_id: findings.iter().any(|finding| finding.key.access_key_id.is_some()),
        creator: findings.iter().any(|finding| finding.key.creation.is_some()),
    };
    html! {
        section id="findings" aria-labelledby="findings-heading" tabindex="-1" {
            div class="heading" {
                h2 id="findings-heading" { "Findings" }
                div class="controls" hidden {
                    label {
                        span class="unseen" { "Filter the findings by user, account or key ID" }
                        input type="search" placeholder="User, account or key ID" autocomplete="off" spellcheck="false";
                    }
                    output aria-live="polite" {}
                }
            }
            @if findings.is_empty() {
                p { "No access key is flagged." }
            } @else {
                (table(findings, &columns))
                (pages("findings"))
                @if !columns.key_id {
                    p class="note" { "A credential report has no key IDs: the first command of each finding lists them." }
                }
            }
        }
    }
}

fn table(findings: &[Finding<'_>], columns: &Columns) -> Markup {
    let names = [USER]
        .into_iter()
        .chain(columns.account.then_some(ACCOUNT))
        .chain([KEY, USER_CREATED, KEY_CREATED, DISTANCE, LAST_USED])
        .chain(columns.creator.then_some(CREATOR))
        .chain([TO_DO]);
    let mut account_before = None;
    html! {
        table class="findings rows cards" role="table" aria-labelledby="findings-heading" {
            (head(names.map(|name| (name, [USER, DISTANCE, LAST_USED].contains(&name).then_some("main")))))
            tbody role="rowgroup" {
                @for (place, finding) in findings.iter().enumerate() {
                    @let is_first = account_before.replace(finding.account_number) != Some(finding.account_number);
                    tr role="row" id=[(is_first && columns.account).then(|| format!("f{}", finding.account_number))] {
                        (row(place, finding, columns))
                    }
                }
            }
        }
    }
}

fn row(place: usize, finding: &Finding<'_>, columns: &Columns) -> Markup {
    let Finding { user, key, remedy, .. } = finding;
    let seconds = key.seconds_after_user;
    html! {
        th scope="row" role="rowheader" {
            b { (isolated(user.user_name.as_str())) }
            @if let Some(path) = path(&user.arn, &user.user_name) { span class="where" { "path " (isolated(path)) } }
            @if let Some(Tagged::Void(void)) = &user.exemption { span class="where" { (code_in(&void.to_string())) } }
        }
        @if columns.account { (cell(ACCOUNT, &account(finding.account))) }
        (cell(KEY, &html! {
            @if let Some(id) = &key.access_key_id { code { (visible(id.as_str())) } }
            @if let Some(status) = key.status { span class="where" { (status) } }
        }))
        (cell(USER_CREATED, &time(user.create_date)))
        (cell(KEY_CREATED, &html! { @match key.create_date { Some(date) => (time(date)), None => "unknown" } }))
        td role="cell" class="distance" data-label=(DISTANCE) data-sort=[seconds] {
            @match seconds { Some(seconds) => b { (distance(seconds)) }, None => "unknown" }
        }
        (cell(LAST_USED, &html! {
            @match key.last_used {
                Some(LastUsed::At(date)) => (time(date)),
                Some(LastUsed::Never) => "never",
                None => "unknown",
            }
        }))
        @if columns.creator {
            td role="cell" class="creator" data-label=(CREATOR) {
                @match &key.creation {
                    Some(creation) => (isolated(&creation.in_words())),
                    None => "not in the log files",
                }
            }
        }
        (cell(TO_DO, &html! { span { (remedy.in_short()) } " " a href={ "#c" (place + 1) } { "Commands" } }))
    }
}

/// The path of an ARN, if there is one: the rest of it repeats the account and the name.
fn path<'a>(arn: &'a str, user_name: &UserName) -> Option<&'a str> {
    let Some((_, resource)) = arn.split_once(":user/") else { return Some(arn) };
    match resource.strip_suffix(user_name.as_str()) {
        Some("") => None,
        Some(path) => Some(path),
        None => Some(arn),
    }
}

/// The commands of every finding: by remedy, since its sentence is the same. On a screen the script shows them beside
/// the finding; on paper, and without it, they are an appendix.
pub(super) fn commands(page: &Page, findings: &[Finding<'_>]) -> Markup {
    const REMEDIES: [Remedy; 4] =
        [Remedy::Deactivate, Remedy::SwitchToOtherKey, Remedy::Rotate, Remedy::Delete];
    let of =
        |remedy: Remedy| findings.iter().enumerate().filter(move |(_, finding)| finding.remedy == remedy);
    html! {
        @if !findings.is_empty() {
            section id="commands" aria-labelledby="commands-heading" {
                h2 id="commands-heading" { "Appendix: commands" }
                p {
                    "Run the commands of a key one at a time, in their order. AWS's record of a key's last use lags, so \
                     deactivate first. A deactivation can be undone; a deletion cannot."
                }
                @for remedy in REMEDIES.into_iter().filter(|remedy| of(*remedy).next().is_some()) {
                    div class="remedy" {
                        h3 { (counted(of(remedy).count(), "key", "keys")) ": " (remedy.in_short()) }
                        p { (remedy.in_full()) }
                        @for (place, finding) in of(remedy) { (commands_of(place, finding, page.has_several_accounts())) }
                    }
                }
            }
        }
    }
}

fn commands_of(place: usize, finding: &Finding<'_>, has_account: bool) -> Markup {
    let Finding { user, key, remedy, .. } = finding;
    let id = key.access_key_id.as_ref();
    let commands = remedy.commands(&user.user_name, id).into_iter();
    // without an ID, the first command is no step: it lists the IDs
    let steps = id.is_none().then_some(None).into_iter().chain(remedy.steps().iter().copied().map(Some));
    html! {
        div id={ "c" (place + 1) } {
            p {
                b { (isolated(user.user_name.as_str())) }
                @if let Some(id) = id { " " code { (visible(id.as_str())) } }
                @if has_account { " " span class="where" { (account(finding.account)) } }
            }
            ol {
                @for (command, step) in commands.zip(steps) {
                    li {
                        code { (command) }
                        @if let Some(undo) = step.and_then(|step| step.undo_command(&user.user_name, id)) {
                            p { "Undo: " code { (undo) } }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arn_is_shown_as_far_as_it_says_something() {
        let name = UserName::parse("anitha").unwrap();
        for (arn, shown) in [
            ("arn:aws:iam::111122223333:user/anitha", None),
            ("arn:aws:iam::111122223333:user/team/a/anitha", Some("team/a/")),
            ("arn:aws:iam::111122223333:user/other", Some("arn:aws:iam::111122223333:user/other")),
            ("no ARN", Some("no ARN")),
        ] {
            assert_eq!(path(arn, &name), shown);
        }
    }
}
