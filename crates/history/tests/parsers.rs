//! Log files of whatever content: the reader does not stumble, and each record is counted once. The same is fuzzed with
//! coverage by `make fuzz`, from the same seeds.
#![cfg(test)]

#[path = "../../../fuzz/seeds.rs"]
mod seeds;
#[path = "../../../fuzz/trail.rs"]
mod trail;

use proptest::prelude::*;

#[test]
fn every_seed_is_read() {
    seeds::seeds("trail").iter().for_each(|seed| trail::trail(seed));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_seed_is_read(bytes in seeds::changed_seed("trail")) {
        trail::trail(&bytes);
    }
}
