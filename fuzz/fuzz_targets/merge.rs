//! Any three byte strings: a merge ends, without a panic, and what it has made is a session again.
//!
//! The input is a byte for the serializer, then the three, with 0xFE between them.

#![no_main]

use dynamosess::session::merge::{Serializer, Unmergeable, empties_session, merge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let serializer = match choice % 4 {
        0 => None,
        1 => Some(Serializer::Php),
        2 => Some(Serializer::PhpSerialize),
        _ => Some(Serializer::Other),
    };
    let mut parts = rest.splitn(3, |byte| *byte == 0xFE);
    let mut next = || parts.next().unwrap_or_default();
    let (base, mine, theirs) = (next(), next(), next());
    let _any = empties_session(serializer, base, mine);
    let Ok(merged) = merge(serializer, base, mine, theirs) else { return };
    if ![base, mine, theirs].contains(&merged.as_slice()) {
        for with in [base, mine, theirs] {
            let again = merge(serializer, b"", &merged, with);
            // Names may be made to look like another format.
            let is_misread = serializer.is_none() && again == Err(Unmergeable::MixedFormats);
            assert!(is_misread || matches!(again, Ok(_) | Err(Unmergeable::TooLarge)), "{again:?}");
        }
    }
});
