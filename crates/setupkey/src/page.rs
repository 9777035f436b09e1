//! `--format html`: one file that shows an audit, with nothing loaded from anywhere. Here: the document, and
//! what a browser lets it do. Not here: the sections; each has a module of its name.
//!
//! The order is that of a reader: the verdict, the findings, the proof, then pictures. All of it is in the document, and
//! is seen and printed without scripts: mail gateways and archives of evidence take scripts out. The script sorts,
//! filters, turns pages and copies. `html!` escapes every text, and a policy forbids every script and style but these two.

mod accounts;
mod axis;
mod distances;
mod exemptions;
mod findings;
mod header;
mod histogram;
mod lanes;
mod patterns;
mod period;
mod proof;
mod story;
mod table;
mod text;
mod verdict;

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use setupkey_rule::parameters::RuleParameters;
use sha2::{Digest as _, Sha256};

use self::distances::Distances;
use self::lanes::Span;
use self::verdict::Verdict;
use crate::audit::model::{Account, Audit, Summary, User};

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// So many users have a lane; of those beyond, only users who are flagged, exempt or not read. A browser copes with it,
/// and an audit of many accounts does not fill the memory.
const MAX_LANES: usize = 10_000;

/// A page that is being gathered, account by account.
#[derive(Debug)]
pub(crate) struct Page {
    /// The accounts with the users that have a lane.
    accounts: Vec<(Account, Summary)>,
    distances: Distances,
    span: Span,
    lanes: usize,
    without_lane: usize,
}

impl Page {
    /// A page without accounts.
    pub(crate) fn new(parameters: &RuleParameters) -> Self {
        let window = parameters.setup_window.num_seconds().unsigned_abs();
        Self {
            accounts: Vec::new(),
            distances: Distances::from_window(window),
            span: Span::default(),
            lanes: 0,
            without_lane: 0,
        }
    }

    /// Adds an account.
    pub(crate) fn add(&mut self, mut account: Account) {
        let summary = Summary::of(&account);
        for user in &account.users {
            self.distances.add(user);
            self.span.add(user);
        }
        account.users.retain(|user| {
            let has_lane = self.lanes < MAX_LANES || Verdict::of(user).matters();
            self.lanes += usize::from(has_lane);
            self.without_lane += usize::from(!has_lane);
            has_lane
        });
        self.accounts.push((account, summary));
    }

    /// Writes the page.
    ///
    /// # Errors
    ///
    /// It could not be written.
    pub(crate) fn write(&self, audit: &Audit, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.document(audit, summary).into_string().as_bytes())
    }

    /// Every user that has a lane, with the account and its place.
    fn users(&self) -> impl Iterator<Item = (usize, &Account, &User)> {
        let accounts = self.accounts.iter().enumerate();
        accounts
            .flat_map(|(place, (account, _))| account.users.iter().map(move |user| (place, account, user)))
    }

    fn has_several_accounts(&self) -> bool {
        self.accounts.len() > 1
    }

    fn document(&self, audit: &Audit, summary: &Summary) -> Markup {
        let findings = findings::all(self);
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy());
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content={ "setupkey " (audit.version) };
                    meta name="referrer" content="no-referrer";
                    title { (header::title(self, audit)) }
                    // else a browser asks for one where the page is served
                    link rel="icon" href="data:,";
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a class="skip" href="#findings" { "Skip to the findings" }
                    (patterns::definitions())
                    (header::header(self, audit, summary))
                    main {
                        (findings::section(self, &findings))
                        (exemptions::section(self, audit))
                        (accounts::section(self))
                        (period::section(self, audit))
                        (proof::section(self, audit))
                        (histogram::section(&self.distances))
                        (lanes::section(self, audit))
                        (findings::commands(self, &findings))
                    }
                    (header::footer(audit))
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
    }
}

/// The buttons that turn the pages of a long list; the script shows them where there is more than one.
fn pages(of: &str) -> Markup {
    html! {
        div class="pages" role="group" aria-label={ "Pages of " (of) } hidden {
            button type="button" { "Previous" }
            span {}
            button type="button" { "Next" }
        }
    }
}

/// The Content-Security-Policy: nothing is loaded, and only the scripts and styles of the page run.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

#[cfg(test)]
mod tests;
