use crate::binary::{AT_SETUP, LATER, NONE, USED, cis_sample, document, report, row, with_verdict};

/// Users whose names say what they are: with a password or a robot, a key created at setup or later, used or not.
fn situations() -> String {
    let key = |active, made, used| [(active, made, used), NONE];
    report(&[
        row("console-setup-unused", "true", key(true, AT_SETUP, "N/A")),
        row("console-setup-used", "true", key(true, AT_SETUP, USED)),
        row("console-later-unused", "true", key(true, LATER, "N/A")),
        row("console-later-used", "true", key(true, LATER, USED)),
        row("console-inactive-setup-unused", "true", key(false, AT_SETUP, "N/A")),
        row("console-without-keys", "true", [NONE, NONE]),
        row("robot-setup-unused", "false", key(true, AT_SETUP, "N/A")),
        row("robot-setup-used", "false", key(true, AT_SETUP, USED)),
        row("robot-later-unused", "false", key(true, LATER, "N/A")),
        row("robot-inactive-setup-used", "false", key(false, AT_SETUP, USED)),
    ])
}

#[test]
fn presets_flag_what_their_words_say() {
    let cases: [(&str, &str, &[&str]); 5] = [
        (
            "cis",
            "keys that were created at the same time as the user profile and do not have a last used date should be \
             deleted",
            &["console-setup-unused"],
        ),
        (
            "cis-console",
            "compare the user creation time to the access key created date: for any that match, the key was created \
             during initial user setup",
            &["console-setup-unused", "console-setup-used"],
        ),
        (
            "cis-cli",
            "any user having password_enabled set to true and access_key_last_used_date set to N/A",
            &["console-setup-unused", "console-later-unused"],
        ),
        (
            "cyscale",
            "hasIAMUserCredentials: accessKey1Active true, accessKey1LastUsedDate null, or the same of key 2",
            &["console-setup-unused", "console-later-unused", "robot-setup-unused", "robot-later-unused"],
        ),
        (
            "panther",
            "disable or delete all access keys that were created at account creation that are not in use, and rotate \
             any that were and are still in use",
            &[
                "console-setup-unused",
                "console-setup-used",
                "console-inactive-setup-unused",
                "robot-setup-unused",
                "robot-setup-used",
                "robot-inactive-setup-used",
            ],
        ),
    ];
    for (preset, words, expected) in cases {
        let (code, document) = document(&situations(), &["--preset", preset]);

        assert_eq!(with_verdict(&document, "NON_COMPLIANT"), expected, "{preset}: {words}");
        assert_eq!(code, 1, "{preset}");
    }
}

/// The table that CIS prints beside its command-line audit.
#[test]
fn cis_sample_flags_brandon_and_anitha_only() {
    for args in [&["--preset", "cis-cli"] as &[&str], &["--criterion", "unused"]] {
        let (code, document) = document(&cis_sample(), args);

        assert_eq!(with_verdict(&document, "NON_COMPLIANT"), ["brandon", "anitha"], "{args:?}");
        assert_eq!(code, 1);
    }
}

#[test]
fn panther_deletes_what_is_unused_and_rotates_what_is_used() {
    let (_, document) = document(&situations(), &["--preset", "panther"]);
    let remedy = |name: &str| {
        let users = document["accounts"][0]["users"].as_array().unwrap();
        users.iter().find(|user| user["userName"] == name).unwrap()["keys"][0]["remedy"].clone()
    };

    assert_eq!(remedy("console-setup-unused"), "delete");
    assert_eq!(remedy("robot-setup-used"), "rotate");
    assert_eq!(remedy("robot-later-unused"), serde_json::Value::Null);
}

#[test]
fn flags_override_a_preset() {
    let args = ["--preset", "panther", "--criterion", "unused", "--include-inactive-keys=false"];
    let (_, document) = document(&situations(), &args);

    assert_eq!(
        with_verdict(&document, "NON_COMPLIANT"),
        ["console-setup-unused", "console-later-unused", "robot-setup-unused", "robot-later-unused"]
    );
    assert_eq!(document["parameters"]["criterion"], "unused");
    assert_eq!(document["parameters"]["scope"], "all-users");
}
