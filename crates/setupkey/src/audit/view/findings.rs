//! What a view for people keeps of the accounts: flagged users, exemptions, and what was not read. Users who are
//! compliant or out of scope are only counted.

use setupkey_rule::verdict::ComplianceType;

use crate::audit::evidence::Evidence;
use crate::audit::model::{Account, Audit, Source, Summary, Tagged, User};
use crate::text::{counted, time, visible};

/// What is kept of the accounts.
#[derive(Default)]
pub(crate) struct Findings {
    /// Flagged and exempt users, each with the account.
    pub(crate) users: Vec<(Place, User)>,
    /// What was not read, a line for each cause.
    pub(crate) unread: Vec<String>,
    /// The account, if there is only one.
    only: Option<(Place, Source, Evidence)>,
}

/// An account as people are shown it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// The twelve digits.
    pub(crate) id: String,
    /// The alias, or the name in the organization.
    pub(crate) name: Option<String>,
}

impl Place {
    fn of(account: &Account) -> Self {
        Self {
            id: account.account_id.clone().unwrap_or_else(|| "unknown".to_owned()),
            name: account.evidence.name().map(|name| visible(name).into_owned()),
        }
    }

    /// The ID, with the name in brackets.
    pub(crate) fn with_name(&self) -> String {
        match &self.name {
            Some(name) => format!("{} ({name})", self.id),
            None => self.id.clone(),
        }
    }
}

impl Findings {
    /// Keeps what is to be shown of an account.
    pub(crate) fn add(&mut self, account: &Account) {
        let place = Place::of(account);
        let is_shown =
            |user: &&User| user.compliance_type == Some(ComplianceType::NonCompliant) || user.is_exempt();
        let shown = account.users.iter().filter(is_shown);
        self.users.extend(shown.map(|user| (place.clone(), user.clone())));
        for (reason, who) in account.causes() {
            let line = format!("not read: account {}: {who}{reason}", place.with_name());
            self.unread.push(visible(&line).into_owned());
        }
        self.only = Some((place, account.source, account.evidence.clone()));
    }

    /// Which account, as whom, when: the first line of the result.
    pub(crate) fn headline(&self, audit: &Audit, summary: &Summary) -> String {
        let when = audit.time.format("%Y-%m-%d %H:%M:%S UTC");
        let (what, source) = match &self.only {
            Some((place, source, _)) if summary.accounts == 1 => {
                (format!("account {}", place.with_name()), Some(*source))
            }
            only => (
                counted(summary.accounts, "account", "accounts"),
                only.as_ref().map(|(_, source, _)| *source),
            ),
        };
        match (&audit.caller_arn, source) {
            (Some(arn), _) => format!("{what}, as {}, {when}", visible(arn)),
            (None, Some(Source::CredentialReport)) => format!("{what}, from a credential report, {when}"),
            (None, _) => format!("{what}, {when}"),
        }
    }

    /// What the reader can compare with other sources, of a single account.
    pub(crate) fn evidence(&self, summary: &Summary) -> Option<String> {
        let (_, _, evidence) = self.only.as_ref().filter(|_| summary.accounts == 1)?;
        let mut parts = Vec::new();
        if let Some(report) = &evidence.report {
            let of = report.generated_time.map_or_else(String::new, |when| format!(" of {}", time(when)));
            let rows = counted(report.rows, "row", "rows");
            parts.push(format!("credential report{of} with {rows}, SHA-256 {}", report.sha256));
        }
        if let Some(listed) = evidence.users_listed {
            parts.push(format!("{} listed", counted(listed, "user", "users")));
        }
        if let Some(counts) = evidence.account_summary_users {
            parts.push(format!("IAM counts {counts}"));
        }
        (!parts.is_empty()).then(|| format!("evidence: {}", parts.join("; ")))
    }
}

/// Who created the flagged keys of a user, a line each.
pub(crate) fn creators(user: &User) -> impl Iterator<Item = String> {
    user.keys.iter().flatten().filter(|key| key.is_flagged()).filter_map(|key| {
        let creation = key.creation.as_ref()?;
        let key = key.access_key_id.as_ref().map_or_else(|| "the key".to_owned(), ToString::to_string);
        Some(format!("created: {key} of user {} {}", visible(user.user_name.as_str()), creation.in_words()))
    })
}

/// The period of the history, in one line.
pub(crate) fn period(audit: &Audit) -> Option<String> {
    let report = audit.history.as_ref()?;
    let coverage = &report.history.coverage;
    let (Some(first), Some(last)) = (coverage.first_event, coverage.last_event) else {
        return Some("history: no events".to_owned());
    };
    Some(format!(
        "history: events from {} to {}, {} created, {} with a violation{}",
        time(first),
        time(last),
        counted(report.history.episodes.len(), "user", "users"),
        report.violations().count(),
        if report.is_complete() { "" } else { "; incomplete" }
    ))
}

/// The line about the exemption of a user.
pub(crate) fn exemption(place: &Place, user: &User) -> Option<String> {
    let name = visible(user.user_name.as_str());
    let of = place.with_name();
    Some(match user.exemption.as_ref()? {
        Tagged::InForce(exemption) => {
            let approver = exemption.approver.as_ref();
            let approver =
                approver.map_or_else(String::new, |name| format!(", approved by {}", visible(name)));
            format!(
                "exempt: user {name} of account {of} through {}, owner {}{approver}: {}",
                visible(&exemption.expires),
                visible(&exemption.owner),
                visible(&exemption.reason)
            )
        }
        Tagged::Void(void) => {
            format!("not exempt: user {name} of account {of}: {}", visible(&void.to_string()))
        }
    })
}

/// The counts, in one line.
pub(crate) fn total(summary: &Summary) -> String {
    let Summary {
        accounts,
        accounts_unread,
        users,
        non_compliant,
        compliant,
        out_of_scope,
        excepted,
        users_unread,
    } = summary;
    if accounts == accounts_unread && *users == 0 {
        return format!("{} not read", counted(*accounts, "account", "accounts"));
    }
    let accounts = match (accounts, accounts_unread) {
        (1, 0) => String::new(),
        (accounts, 0) => format!("{accounts} accounts: "),
        (accounts, unread) => format!("{}, {unread} not read: ", counted(*accounts, "account", "accounts")),
    };
    format!(
        "{accounts}{}: {non_compliant} NON_COMPLIANT, {compliant} COMPLIANT, {excepted} exempt, {out_of_scope} out of \
         scope, {users_unread} not read",
        counted(*users, "user", "users")
    )
}

/// What was asked, in one line.
pub(crate) fn asked(audit: &Audit) -> String {
    let parameters = &audit.parameters;
    format!(
        "criterion {}, scope {}, setup window {} s, inactive keys {}, exemptions {}",
        parameters.criterion.name(),
        parameters.scope.name(),
        parameters.setup_window.num_seconds(),
        if parameters.include_inactive_keys { "included" } else { "not included" },
        parameters
            .exception_tag_prefix
            .as_deref()
            .map_or_else(|| "none".to_owned(), |prefix| format!("by tags `{}:...`", visible(prefix))),
    )
}
