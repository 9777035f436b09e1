//! Every text from outside, whatever it is: no parser panics or loops, and what it says stays short. The same
//! properties are fuzzed with coverage by `make fuzz`, from the same seeds.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;

use crate::properties;
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

fn seeds(parser: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(parser);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| fs::read(file).unwrap()).collect()
}

#[test]
fn every_seed_is_parsed() {
    for (parser, property) in PARSERS {
        let seeds = seeds(parser);
        assert!(seeds.len() >= 3, "{parser} has {} seeds", seeds.len());
        seeds.iter().for_each(|seed| property(seed));
    }
}

/// What happens to a seed.
#[derive(Clone, Debug)]
enum Change {
    Byte(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    // what means something to JSON, CSV, times and tags, and what means nothing to anybody
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            "{", "}", "[", "]", "\"", "\\", "\\u0000", "\n", "\r\n", ",", ":", "=", "null", "true", "-1", "1e999",
            "99999999999999999999", "N/A", "no_information", "9999-12-31T23:59:60Z", "\u{feff}", "\u{2028}", "\0",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        (any::<Index>(), piece).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (any::<Index>(), 1..40usize).prop_map(|(at, bytes)| Change::Remove(at, bytes)),
        (any::<Index>(), 1..60usize).prop_map(|(at, bytes)| Change::Repeat(at, bytes)),
        any::<Index>().prop_map(Change::Cut),
    ]
}

fn changed(mut seed: Vec<u8>, changes: Vec<Change>) -> Vec<u8> {
    for change in changes {
        let place = |at: &Index| at.index(seed.len() + 1);
        match change {
            Change::Byte(at, byte) if !seed.is_empty() => {
                let place = at.index(seed.len());
                seed[place] = byte;
            }
            Change::Byte(..) => {}
            Change::Insert(at, piece) => {
                let place = place(&at);
                seed.splice(place..place, piece);
            }
            Change::Remove(at, bytes) => {
                let place = place(&at);
                seed.drain(place..(place + bytes).min(seed.len()));
            }
            Change::Repeat(at, bytes) => {
                let place = place(&at);
                let piece = seed[place..(place + bytes).min(seed.len())].to_vec();
                seed.splice(place..place, piece);
            }
            Change::Cut(at) => seed.truncate(place(&at)),
        }
    }
    seed
}

proptest! {
    #![proptest_config(tried(4_000))]

    #[test]
    fn no_parser_stumbles_over_a_changed_seed(
        which in any::<Index>(),
        seed in any::<Index>(),
        changes in prop::collection::vec(change(), 0..8),
    ) {
        let (parser, property) = PARSERS[which.index(PARSERS.len())];
        let seeds = seeds(parser);
        property(&changed(seeds[seed.index(seeds.len())].clone(), changes));
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
