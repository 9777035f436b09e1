use super::*;
use crate::fixtures::{event_time, exemption, tags};

fn complete(expires: &str) -> Vec<(String, String)> {
    tags(&[("team", "core"), ("ex:owner", "payments"), ("ex:expires", expires), ("ex:reason", "TICKET-17")])
}

fn tagged(tags: &[(String, String)]) -> String {
    match read(tags, "ex", event_time()) {
        Tagged::Nothing => "nothing".to_owned(),
        Tagged::Exempt(exemption) => format!("until {}", exemption.until.to_rfc3339()),
        Tagged::Void(void) => void.to_string(),
    }
}

fn malformed(expires: &str) -> String {
    format!("exemption malformed: expires `{expires}`, expected a date or RFC 3339 within 366 days")
}

#[test]
fn end_is_a_date_or_a_time_within_a_year() {
    let cases = [
        ("2026-11-22", "until 2026-11-23T00:00:00+00:00".to_owned()),
        ("2026-11-21", "exemption expired 2026-11-21".to_owned()),
        ("2026-11-22T06:00:00Z", "exemption expired 2026-11-22T06:00:00Z".to_owned()),
        ("2026-11-22T06:00:01Z", "until 2026-11-22T06:00:01+00:00".to_owned()),
        ("2026-11-22T07:00:00+02:00", "exemption expired 2026-11-22T07:00:00+02:00".to_owned()),
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
        ("22.11.2026", malformed("22.11.2026")),
        ("2026-11-30 12:00", malformed("2026-11-30 12:00")),
        ("2016-12-31T23:59:60Z", malformed("2016-12-31T23:59:60Z")),
    ];
    for (expires, expected) in cases {
        assert_eq!(tagged(&complete(expires)), expected, "{expires}");
    }
    assert!(tagged(&complete(&"9".repeat(256))).len() < 120, "a long value is cut");
}

/// The date parser took spaces, signs and single digits, so that such a tag exempted a user.
#[test]
fn date_with_spaces_signs_or_single_digits_exempted_a_user() {
    for expires in [
        "2026- 1-02",
        "+2026-1-2",
        "+2026-1-02",
        "2026-1-2",
        "2027-1-02",
        "2027-01-2",
        "+2027-01-02",
        "2027- 1- 2",
    ] {
        assert_eq!(tagged(&complete(expires)), malformed(expires), "{expires}");
    }
}

#[test]
fn all_three_tags_are_needed_and_keys_are_compared_byte_for_byte() {
    let cases = [
        (tags(&[]), "nothing"),
        (tags(&[("team", "core"), ("ex", "b"), ("ex:owners", "c"), ("example:owner", "d")]), "nothing"),
        (tags(&[("ex:approver", "jane")]), "nothing"),
        (tags(&[("ex:owner", "payments")]), "exemption incomplete: no expires, no reason"),
        (
            tags(&[("ex:owner", ""), ("ex:expires", "2026-12-01")]),
            "exemption incomplete: no owner, no reason",
        ),
        (
            tags(&[("ex:owner", "payments"), ("ex:expires", " "), ("ex:reason", "TICKET-17")]),
            "exemption incomplete: no expires",
        ),
    ];
    for (tags, expected) in cases {
        assert_eq!(tagged(&tags), expected, "{tags:?}");
    }
}

#[test]
fn tag_key_that_differs_only_in_case_or_separators_is_pointed_out() {
    let misspelled = |key: &str| format!("exemption tag `{key}` ignored, expected `ex:owner`");
    for key in ["ex:Owner", "EX:owner", "exowner", "ex-owner", "ex : owner"] {
        assert_eq!(tagged(&tags(&[(key, "payments")])), misspelled(key), "alone");
        let with_the_others =
            tags(&[(key, "payments"), ("ex:expires", "2026-12-01"), ("ex:reason", "TICKET-17")]);
        assert_eq!(tagged(&with_the_others), misspelled(key), "with the two others");
        let mut with_all = complete("2026-12-01");
        with_all.push((key.to_owned(), "other".to_owned()));
        assert_eq!(tagged(&with_all), "until 2026-12-02T00:00:00+00:00", "an extra tag does no harm");
    }
}

/// A value that shows nothing passed for an owner and a reason.
#[test]
fn owner_and_reason_need_two_letters_or_digits_that_can_be_seen() {
    let with = |owner: &str, reason: &str| {
        tagged(&tags(&[("ex:owner", owner), ("ex:expires", "2026-12-01"), ("ex:reason", reason)]))
    };
    for says_nothing in
        ["", " ", ".", "-", "--", "n", ".a.", "\u{3164}", "\u{3164}\u{3164}", "\u{200b}\u{200b}"]
    {
        assert_eq!(with(says_nothing, "TICKET-17"), "exemption incomplete: no owner", "{says_nothing:?}");
        assert_eq!(with("payments", says_nothing), "exemption incomplete: no reason", "{says_nothing:?}");
    }
    for word in ["ab", "17", "A-1", "支払"] {
        assert_eq!(with(word, word), "until 2026-12-02T00:00:00+00:00", "{word}");
    }
}

#[test]
fn exemption_holds_what_was_tagged() {
    let mut given = complete("2026-12-31");
    assert_eq!(read(&given, "ex", event_time()), Tagged::Exempt(exemption("2026-12-31")));

    given.extend(tags(&[("ex:approver", " jane\ndoe ")]));
    let Tagged::Exempt(approved) = read(&given, "ex", event_time()) else { panic!() };
    assert_eq!(approved.approver.as_deref(), Some("jane\ndoe"));
    assert_eq!(approved.to_string(), "owner payments, until 2026-12-31, TICKET-17, approved by jane doe");
}

#[test]
fn exemption_ends_soon_within_14_days_of_the_event() {
    for (expires, expected) in [("2026-12-05", true), ("2026-12-06", false)] {
        assert_eq!(exemption(expires).ends_soon(event_time()), expected, "{expires}");
    }
}
