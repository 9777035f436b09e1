#![no_main]

#[path = "../trail.rs"]
mod trail;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| trail::trail(bytes));
