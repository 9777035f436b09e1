//! What holds of the reader of `CloudTrail` records, whatever it is given: it ends, it does not panic, and each record is
//! counted once. Used by the fuzz target, and by the tests of `crates/history`.

use setupkey_history::{Period, Splitter, Trail};
use setupkey_rule::parameters::RuleParameters;

/// A log file.
pub(crate) fn trail(bytes: &[u8]) {
    let mut trail = Trail::new(Period::default());
    let mut found = 0;
    let mut splitter = Splitter::new();
    let mut each = |record: &[u8]| {
        found += 1;
        trail.add(record);
    };
    // a file that is cut off or no log file is an error; the records before that count
    let _ = splitter.push(bytes, &mut each).and_then(|()| splitter.finish());
    let history = trail.history(&RuleParameters::default());
    let coverage = &history.coverage;
    assert_eq!(coverage.records, found);
    let of_calls = coverage.records_used + coverage.duplicates + coverage.other_users + coverage.left_out;
    let not_of_calls = coverage.outside_period + coverage.other + coverage.refused;
    let not_read = coverage.not_understood + coverage.not_records;
    assert_eq!(of_calls + not_of_calls + not_read, found, "{coverage:?}");
    for episode in history.episodes.iter().filter(|episode| episode.violation) {
        assert!(episode.console_password.is_some(), "{episode:?}");
        assert!(episode.setup_keys().next().is_some(), "{episode:?}");
    }
}
