//! Every text from outside, whatever it is: no parser panics or loops, and what it says stays short. The same
//! properties are fuzzed with coverage by `make fuzz`, from the same seeds.

use proptest::prelude::*;

use crate::properties;
use crate::seeds::{changed_seed, seeds};
use crate::tried;

type Property = fn(&[u8]);

/// The parsers, by the name of the folder that holds their seeds.
const PARSERS: [(&str, Property); 5] = [
    ("event", properties::event),
    ("parameters", properties::parameters),
    ("remediation", properties::remediation),
    ("report", properties::report),
    ("tags", properties::tags),
];

#[test]
fn every_seed_is_parsed() {
    for (parser, property) in PARSERS {
        seeds(parser).iter().for_each(|seed| property(seed));
    }
}

proptest! {
    #![proptest_config(tried(4_000))]

    #[test]
    fn no_parser_stumbles_over_a_changed_seed(
        (property, bytes) in prop::sample::select(PARSERS.to_vec())
            .prop_flat_map(|(parser, property)| (Just(property), changed_seed(parser))),
    ) {
        property(&bytes);
    }

    #[test]
    fn no_parser_stumbles_over_arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for (_, property) in PARSERS {
            property(&bytes);
        }
    }
}

/// As long as an event can be (Lambda takes 256 KiB of an asynchronous one), as deep as it can be nested.
#[test]
fn long_and_deep_texts_end() {
    let long = 256 * 1024;
    for piece in ["[", "{\"a\":", "\"", "\\", "a", ",", "\n", "setup-key-exception:owner=x\n", "1"] {
        let text = piece.repeat(long / piece.len());
        for (_, property) in PARSERS {
            property(text.as_bytes());
        }
    }
}
