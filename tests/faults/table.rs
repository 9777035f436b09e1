//! The page `docs/faults.md`: what each row is and what came of it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use crate::account::USERS;
use crate::remediation;
use crate::row::{Row, Told};

const HEAD: &str = "\
# What can go wrong, and what comes of it

Made by `make faults`, which runs every row with the real function on local AWS: do not edit. Each row is a run a day
after the first one, in an account with these users:

| user | since the first run |
|---|---|
";

const RULES: &str = "
In every row:

- A result in AWS Config is the verdict on the user now (where others change something during the run: before or
  after that), or it is the one of the run before. The table names the users whose result is still the one of the run
  before; everybody else's is right.
- The run ends before its deadline, `success` or with this `errorType`.
- The next run without faults succeeds and brings AWS Config to the truth, and brandon, the new finding, is told of at
  least once.
- No result token and no credential is in the log, in a result or in a message.

An entry with \"or\", and the users of a row where others change something, are what may be: it depends on which call
comes first.

| fault | where | the run ends | the last result stands of | brandon is told of |
|---|---|---|---|---|
";

const REMEDIATION: &str = "
## Remediation

anitha has one key that was set up with the user and never used, which is to be deactivated, and one that is used;
another user has a key like the first. In every row the other two keys stay as they are; no key is deleted; whoever
reads the alerts is told of a key that was deactivated, and of one that has the tag of a deactivation and could not be
deactivated (unless SNS is what fails): that one is finished by hand, because no later run can know who left it active.

| fault | where | the run ends | the key | after the next run without faults |
|---|---|---|---|---|
";

/// The page, from the rows.
pub(crate) fn page(rows: &[Row], remediations: &[remediation::Row]) -> String {
    let mut page = HEAD.to_owned();
    for (name, what) in USERS {
        let _ = writeln!(page, "| {name} | {what} |");
    }
    page += RULES;
    for row in rows {
        let expected = &row.expected;
        let ends: Vec<String> = expected
            .ends
            .split(" or ")
            .map(|end| if end == "success" { end.to_owned() } else { format!("`{end}`") })
            .collect();
        let stands = match (expected.stands, expected.told) {
            ([], _) => "nobody".to_owned(),
            (names, Told::IfStillFlagged | Told::OnceOrTwice) => format!("{}, at most", names.join(", ")),
            (names, _) => names.join(", "),
        };
        let _ = writeln!(
            page,
            "| {} | {} | {} | {stands} | {} |",
            row.fault,
            row.at,
            ends.join(" or "),
            expected.told
        );
    }
    page += REMEDIATION;
    for row in remediations {
        let remediation::Expected { ends, deactivated, by_the_next_run } = row.expected;
        let ends = if ends == "success" { ends.to_owned() } else { format!("`{ends}`") };
        let _ = writeln!(
            page,
            "| {} | `{}` | {ends} | {} | {} |",
            row.fault,
            row.at,
            if deactivated { "deactivated" } else { "active" },
            if by_the_next_run { "deactivated" } else { "active, by hand" },
        );
    }
    page
}

/// Writes the page that was made and compares it with the one that is committed.
pub(crate) fn compare(page: &str) -> ExitCode {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let (made, committed) = (workspace.join("target/faults.md"), workspace.join("docs/faults.md"));
    std::fs::write(&made, page).unwrap();
    if std::fs::read_to_string(&committed).is_ok_and(|text| text == page) {
        return ExitCode::SUCCESS;
    }
    eprintln!("docs/faults.md is not what the rows say: run `make faults` and commit it");
    ExitCode::FAILURE
}
