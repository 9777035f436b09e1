use proptest::prelude::*;

use super::*;

/// The records of a source in chunks of this size, and how it ended.
fn records(text: &[u8], chunk: usize) -> (Vec<String>, Result<(), SplitError>) {
    let mut found = Vec::new();
    let mut splitter = Splitter::new();
    for chunk in text.chunks(chunk) {
        let mut each = |record: &[u8]| found.push(String::from_utf8_lossy(record).into_owned());
        if let Err(error) = splitter.push(chunk, &mut each) {
            return (found, Err(error));
        }
    }
    let ended = splitter.finish();
    (found, ended)
}

#[test]
fn records_are_found_in_every_form_of_a_source() {
    let a = r#"{"a":"}]\"\\","Records":"x"}"#;
    let b = r#"{"b":[{},[1]]}"#;
    for (source, expected) in [
        (format!(r#"{{"Records":[{a},{b}]}}"#), vec![a, b]),
        (format!(" {{ \"Records\" : [\n{a} , {b} ] }} \n"), vec![a, b]),
        (format!(r#"{{"NextToken":"x[{{","Events":[{a}],"more":[{b}]}}"#), vec![a]),
        (format!("[{a},{b}]"), vec![a, b]),
        (format!("{a}\n{b}\n"), vec![a, b]),
        (format!(r#"{{"Records":[{a}]}}{{"Records":[{b}]}}"#), vec![a, b]),
        (format!("\u{feff}{{\"Records\":[{a}]}}"), vec![a]),
        (r#"{"Records":[]}"#.to_owned(), vec![]),
        (r#"{"xRecords":[{"y":1}]}"#.to_owned(), vec![r#"{"xRecords":[{"y":1}]}"#]),
        (r#"{"Record":[{"y":1}]}"#.to_owned(), vec![r#"{"Record":[{"y":1}]}"#]),
        (r#"{"x":{"Records":[{"y":1}]}}"#.to_owned(), vec![r#"{"x":{"Records":[{"y":1}]}}"#]),
        ("[]".to_owned(), vec![]),
    ] {
        for chunk in [1, 2, 3, 7, source.len()] {
            let (found, ended) = records(source.as_bytes(), chunk);
            assert_eq!(
                (found, ended),
                (expected.iter().map(|text| (*text).to_owned()).collect(), Ok(())),
                "{source}"
            );
        }
    }
}

#[test]
fn records_before_an_error_are_handed_over() {
    let cases: [(&[u8], usize, SplitError); 9] = [
        (b"", 0, SplitError::Empty),
        (b" \n", 0, SplitError::Empty),
        (b"\xff\xfe{\x00", 0, SplitError::NotRecords { offset: 0 }),
        (b"time,user\n", 0, SplitError::NotRecords { offset: 0 }),
        (br#"{"Records":["x"]}"#, 0, SplitError::NotRecords { offset: 12 }),
        (br#"{"Records":[{"a":1},{"b"#, 1, SplitError::Cut),
        (br#"{"Records":[{"a":1}"#, 1, SplitError::Cut),
        (br#"{"Records":[{"a":1}]"#, 1, SplitError::Cut),
        (br#"[{"a":1}] x"#, 1, SplitError::NotRecords { offset: 10 }),
    ];
    for (source, count, expected) in cases {
        for chunk in [1, source.len().max(1)] {
            let (found, ended) = records(source, chunk);
            assert_eq!((found.len(), ended), (count, Err(expected)), "{}", String::from_utf8_lossy(source));
        }
    }
}

#[test]
fn record_without_an_end_is_not_held_without_an_end() {
    let long = format!(r#"{{"Records":[{{"a":"{}"}}]}}"#, "x".repeat(MAX_RECORD_BYTES));
    for chunk in [4096, long.len()] {
        assert_eq!(records(long.as_bytes(), chunk), (vec![], Err(SplitError::TooLong)));
    }
}

proptest! {
    /// Whatever the bytes are, and wherever they are cut into chunks, the same records are found.
    #[test]
    fn chunks_do_not_matter(
        source in prop::collection::vec(prop::sample::select(br#"{}[]",\: aRecords"#.to_vec()), 0..200),
        chunk in 1_usize..20,
    ) {
        let whole = records(&source, usize::MAX);
        prop_assert_eq!(records(&source, chunk), whole);
    }
}
