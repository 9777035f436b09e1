//! The examples of `--help`, what an exit code says, and the man pages.

use std::io::{self, Write as _};

use clap::Command;
use clap_mangen::Man;

/// Of the program.
pub(crate) const EXAMPLES: &str = "\
Examples:
  setupkey audit                                    the account of the environment's credentials
  setupkey audit --credential-report report.csv     a credential report, offline
  setupkey explain brandon                          one user, in full
  setupkey check-template template.yaml             before it is deployed
  setupkey history AWSLogs/ --since 2026-01-01      what happened in a period, from CloudTrail log files

Exit codes: 0 nothing flagged; 1 something flagged; 2 an error, or not everything could be read.";

/// Of `audit`.
pub(crate) const AUDIT: &str = "\
Examples:
  setupkey audit --profile security
  setupkey audit --preset cis-cli --format csv --output audit.csv
  setupkey audit --credential-report report.csv --preset cis-cli
  setupkey audit --role-name security-audit --accounts 111122223333,444455556666 --format json
  setupkey audit --format html --output evidence.html

Exit codes: 0 nothing flagged; 1 something flagged; 2 an error, or not everything could be read.";

/// Of `explain`.
pub(crate) const EXPLAIN: &str = "\
Examples:
  setupkey explain brandon
  setupkey explain brandon --preset panther
  setupkey explain brandon --credential-report report.csv

Exit codes: 0 not flagged; 1 flagged; 2 an error, or no verdict.";

/// Of `check-template`.
pub(crate) const CHECK_TEMPLATE: &str = "\
Examples:
  setupkey check-template template.yaml stacks/
  setupkey check-template --format sarif . > setupkey.sarif
  terraform show -json plan.out | setupkey check-template -

Exit codes: 0 no findings; 1 findings; 2 a file could not be checked, or a note with --strict.";

/// Of `history`.
pub(crate) const HISTORY: &str = "\
Examples:
  aws s3 sync s3://BUCKET/AWSLogs/111122223333/CloudTrail/us-east-1/2026 logs
  setupkey history logs --since 2026-01-01 --until 2026-06-30
  setupkey history logs --format json --output history.json
  aws s3 cp s3://BUCKET/KEY.json.gz - | setupkey history -
  setupkey history --live --save lookup.jsonl

Exit codes: 0 no violation; 1 a violation; 2 an error, a file that cannot be read, or a gap in the records.";

/// The man page of the program, then that of each command.
///
/// # Errors
///
/// None: memory takes what is written.
pub(crate) fn man_pages(cli: &mut Command) -> io::Result<Vec<u8>> {
    cli.build();
    let mut pages = Vec::new();
    page(cli, &mut pages)?;
    for command in cli.get_subcommands().filter(|command| command.get_name() != "help") {
        page(command, &mut pages)?;
    }
    Ok(pages)
}

/// As clap_mangen does it, but with the examples as they are: it would fill them like prose.
fn page(command: &Command, out: &mut Vec<u8>) -> io::Result<()> {
    let man = Man::new(command.clone());
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    if command.has_subcommands() {
        man.render_subcommands_section(out)?;
    }
    if let Some(examples) = command.get_after_help() {
        let examples = examples.to_string().replace('\\', "\\e").replace('-', "\\-");
        writeln!(out, ".SH EXAMPLES\n.nf\n{}\n.fi", examples.trim_start_matches("Examples:\n"))?;
    }
    Ok(())
}
