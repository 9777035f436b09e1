use super::*;

const AT: &str = "2026-11-22T06:00:00Z";

fn tags(given: &[(&str, &str)]) -> Vec<(String, String)> {
    given.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn complete(expires: &str) -> Vec<(String, String)> {
    tags(&[("team", "core"), ("ex:owner", "payments"), ("ex:expires", expires), ("ex:reason", "TICKET-17")])
}

fn tagged(tags: &[(String, String)]) -> String {
    match read(tags, "ex", AT.parse().unwrap()) {
        Tagged::Nothing => "nothing".to_owned(),
        Tagged::Excepted(exception) => format!("until {}", exception.until.to_rfc3339()),
        Tagged::Void(void) => void.to_string(),
    }
}

#[test]
fn end_is_a_date_or_a_time_within_a_year() {
    let malformed = |expires: &str| {
        format!("exception malformed: expires `{expires}`, expected a date or RFC 3339 within 366 days")
    };
    let cases = [
        ("2026-11-22", "until 2026-11-23T00:00:00+00:00".to_owned()),
        ("2026-11-21", "exception expired 2026-11-21".to_owned()),
        ("2026-11-22T06:00:00Z", "exception expired 2026-11-22T06:00:00Z".to_owned()),
        ("2026-11-22T06:00:01Z", "until 2026-11-22T06:00:01+00:00".to_owned()),
        ("2026-11-22T07:00:00+02:00", "exception expired 2026-11-22T07:00:00+02:00".to_owned()),
        ("2027-11-23", "until 2027-11-24T00:00:00+00:00".to_owned()),
        ("2027-11-24", malformed("2027-11-24")),
        ("2027-11-23T06:00:00Z", "until 2027-11-23T06:00:00+00:00".to_owned()),
        ("2027-11-23T06:00:01Z", malformed("2027-11-23T06:00:01Z")),
        // 35 characters are read, and no more
        ("2026-12-01T00:00:00.123456789+00:00", "until 2026-12-01T00:00:00.123456789+00:00".to_owned()),
        ("2026-12-01T00:00:00.1234567890+00:00", malformed("2026-12-01T00:00:00.1234567890+00:0")),
        ("9999-12-31", malformed("9999-12-31")),
        ("never", malformed("never")),
        ("2026-02-30", malformed("2026-02-30")),
        ("2026-1-2", malformed("2026-1-2")),
        ("22.11.2026", malformed("22.11.2026")),
        ("2026-11-30 12:00", malformed("2026-11-30 12:00")),
    ];
    for (expires, expected) in cases {
        assert_eq!(tagged(&complete(expires)), expected, "{expires}");
    }
    assert!(tagged(&complete(&"9".repeat(256))).len() < 120, "a long value is cut");
}

#[test]
fn all_three_tags_are_needed_and_keys_are_compared_byte_for_byte() {
    let cases = [
        (tags(&[]), "nothing"),
        (tags(&[("EX:owner", "a"), ("ex", "b"), ("ex:owners", "c"), ("exowner", "d")]), "nothing"),
        (tags(&[("ex:owner", "payments")]), "exception incomplete: no expires, no reason"),
        (
            tags(&[("ex:owner", ""), ("ex:expires", "2026-12-01")]),
            "exception incomplete: no owner, no reason",
        ),
        (
            tags(&[("ex:owner", " "), ("ex:expires", "2026-12-01"), ("ex:reason", "r")]),
            "exception incomplete: no owner",
        ),
        (
            tags(&[("ex:Owner", "a"), ("ex:expires", "2026-12-01"), ("ex:reason", "r")]),
            "exception incomplete: no owner",
        ),
    ];
    for (tags, expected) in cases {
        assert_eq!(tagged(&tags), expected, "{tags:?}");
    }
}

#[test]
fn exception_holds_what_was_tagged() {
    let Tagged::Excepted(exception) = read(&complete("2026-12-31"), "ex", AT.parse().unwrap()) else {
        panic!()
    };

    assert_eq!(
        exception,
        Exception {
            owner: "payments".to_owned(),
            expires: "2026-12-31".to_owned(),
            until: "2027-01-01T00:00:00Z".parse().unwrap(),
            reason: "TICKET-17".to_owned(),
        }
    );
}
