//! The seeds of the fuzz targets, as they are and changed: what the tests try without a fuzzer. Used by the tests of
//! `crates/rule` and of `crates/history`.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;

/// The seeds of a parser, by the name of its folder in `corpus`: three or more.
pub(crate) fn seeds(parser: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(parser);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 3, "{parser} has {} seeds", files.len());
    files.into_iter().map(|file| fs::read(file).unwrap()).collect()
}

/// A seed of a parser, changed in a few places.
pub(crate) fn changed_seed(parser: &str) -> impl Strategy<Value = Vec<u8>> {
    (prop::sample::select(seeds(parser)), prop::collection::vec(change(), 0..8))
        .prop_map(|(seed, changes)| changed(seed, changes))
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
