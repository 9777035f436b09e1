//! The templates of the folder `templates`, each with a line in `cases.csv`. `tests/guard` replays the same table against
//! the CloudFormation Guard rules.

use std::fs;
use std::path::{Path, PathBuf};

use setupkey_template::check_all;

fn templates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates")
}

/// The records of `cases.csv`; a quoted field has no comma.
fn cases() -> Vec<Vec<String>> {
    let table = fs::read_to_string(templates().join("cases.csv")).unwrap();
    let field = |field: &str| field.trim_matches('"').replace("\"\"", "\"");
    table.lines().skip(1).map(|line| line.split(',').map(field).collect()).collect()
}

#[test]
fn every_template_is_judged_as_the_table_says() {
    for case in cases() {
        let [file, exit, keys, notes, _guard, _difference, situation] = case.as_slice() else {
            panic!("{case:?}")
        };

        let report = check_all(&[templates().join(file)]);

        let seen = report.files[0].seen.as_ref().unwrap_or_else(|error| panic!("{situation}: {error}"));
        let reported = seen.findings.iter().filter(|finding| finding.suppressed.is_none());
        let reported: Vec<_> = reported.map(|finding| finding.access_key.as_str()).collect();
        assert_eq!(reported.join(" "), *keys, "{situation}");
        assert_eq!(report.has_findings(), exit == "1", "{situation}");
        assert_eq!(seen.notes.len().to_string(), *notes, "{situation}: {:?}", seen.notes);
        assert!(seen.findings.iter().all(|finding| finding.at.is_some()), "{situation}");
    }
}

#[test]
fn every_template_is_in_the_table() {
    let mut listed: Vec<_> = cases().into_iter().map(|case| case[0].clone()).collect();
    listed.push(String::from("cases.csv"));
    listed.sort();
    let files = fs::read_dir(templates()).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();

    assert_eq!(files, listed);
}
