//! `--format html`: one file that shows an audit, with nothing loaded from anywhere. Here: the document, and
//! what a browser lets it do. Not here: the sections; each has a module of its name.
//!
//! All of it is in the document, and is seen and printed without scripts: mail gateways and archives of
//! evidence take scripts out. The script only sorts, filters and pages. `html!` escapes every text, and a policy
//! forbids every script and style but these two.

mod axis;
mod findings;
mod histogram;
mod lanes;
mod summary;
mod text;

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::audit::model::Audit;

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// Writes the page.
pub(crate) fn write(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(document(audit).into_string().as_bytes())
}

fn document(audit: &Audit) -> Markup {
    let totals = summary::Totals::of(audit);
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
                title { (summary::title(audit)) }
                // else a browser asks for one where the page is served
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#findings" { "Skip to the findings" }
                (summary::header(audit, &totals))
                main {
                    (summary::section(audit, &totals))
                    (histogram::section(audit))
                    (lanes::section(audit))
                    (findings::section(audit))
                    (findings::exceptions(audit))
                }
                (summary::footer(audit))
                script { (PreEscaped(SCRIPT)) }
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

/// The Content-Security-Policy: nothing is loaded, and of scripts and styles only ours run.
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
