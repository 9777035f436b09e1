//! The examples of `--help`, what an exit code says, and the man pages.

use std::io::{self, Write as _};
use std::path::Path;
use std::{fs, iter};

use clap::Command;
use clap_mangen::Man;

/// The widest line of a help text: a terminal of the usual width shows it as it is.
pub(crate) const WIDTH: usize = 80;

/// Of the program.
pub(crate) const EXAMPLES: &str = "\
Examples:
  setupkey audit                                 the account of your credentials
  setupkey audit --credential-report report.csv  a credential report, offline
  setupkey explain brandon                       one user, in full
  setupkey check-template template.yaml          before it is deployed
  setupkey history logs/ --since 2026-01-01      a period, from CloudTrail

Exit codes:
  0  nothing flagged
  1  something flagged
  2  an error, or not everything could be read";

/// Of `audit`.
pub(crate) const AUDIT: &str = "\
Examples:
  setupkey audit --profile security
  setupkey audit --preset cis-cli --output audit.csv --output evidence.html
  setupkey audit --credential-report report.json --preset cis-cli
  setupkey audit --credential-report reports/ --format json
  setupkey audit --organization --role-name security-audit --output audit.json
  setupkey audit --accounts 111122223333,444455556666 --role-name security-audit

Log in first: aws sso login or aws login; docs/command-line.md has a table.

Exit codes:
  0  nothing flagged
  1  something flagged
  2  an error, or not everything could be read";

/// Of `diff`.
pub(crate) const DIFF: &str = "\
Examples:
  setupkey diff 2026-10.json 2026-11.json
  setupkey diff baseline.json audit.json --format json

Exit codes:
  0  nothing new
  1  something new
  2  an error, or nothing new but not everything can be compared";

/// Of `explain`.
pub(crate) const EXPLAIN: &str = "\
Examples:
  setupkey explain brandon
  setupkey explain arn:aws:iam::111122223333:user/brandon --format json
  setupkey explain brandon --preset panther
  setupkey explain brandon --credential-report report.csv

Exit codes:
  0  not flagged
  1  flagged
  2  an error, or no verdict";

/// Of `check-template`.
pub(crate) const CHECK_TEMPLATE: &str = "\
Examples:
  setupkey check-template template.yaml stacks/
  setupkey check-template --format sarif . > setupkey.sarif
  terraform show -json plan.out | setupkey check-template -

Exit codes:
  0  no findings
  1  findings
  2  a file could not be checked, or a note with --strict";

/// Of `history`.
pub(crate) const HISTORY: &str = "\
Examples:
  aws s3 sync s3://BUCKET/AWSLogs/111122223333/CloudTrail/us-east-1/2026 logs
  setupkey history logs --since 2026-01-01 --until 2026-06-30
  setupkey history logs --format json --output history.json
  aws s3 cp s3://BUCKET/KEY.json.gz - | setupkey history -
  setupkey history --live --save lookup.jsonl

Exit codes:
  0  no violation
  1  a violation
  2  an error, a file that cannot be read, or a gap in the records";

/// The man page of the program, then that of each command, each with the name of its file.
///
/// # Errors
///
/// None: memory takes what is written.
pub(crate) fn man_pages(cli: &mut Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    cli.build();
    let commands = cli.get_subcommands().filter(|command| command.get_name() != "help");
    let of = |command: &Command, name: String| {
        let mut page = Vec::new();
        self::page(command, &mut page).map(|()| (format!("{name}.1"), page))
    };
    let pages = commands.map(|command| of(command, format!("setupkey-{}", command.get_name())));
    iter::once(of(cli, "setupkey".to_owned())).chain(pages).collect()
}

/// Writes the man pages into a folder, which is created if needed, a file each.
///
/// # Errors
///
/// A file could not be written; in one line.
pub(crate) fn write_man_pages(pages: &[(String, Vec<u8>)], folder: &Path) -> Result<(), String> {
    let failed = |path: &Path, error: io::Error| format!("cannot write to `{}`: {error}", path.display());
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for (name, page) in pages {
        let path = folder.join(name);
        fs::write(&path, page).map_err(|error| failed(&path, error))?;
    }
    Ok(())
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
