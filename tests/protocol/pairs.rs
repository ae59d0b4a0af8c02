//! Each pair of features, in one session.

use crate::others::Other;
use crate::page::Deed::{Close, Read, Touch, Validate, Write};
use crate::scenarios::{bounds, holds, locked};
use crate::world::{Cast, NOBODY};

/// What is added to two pages that have a session open under a lock.
type Feature = (&'static str, fn(&mut Cast));

const FEATURES: [Feature; 12] = [
    ("a second write", |cast| cast.pages[0].deeds = &[Read, Write, Write, Close]),
    ("validateId()", |cast| {
        let twice = cast.pages[0].deeds.len() > 3;
        cast.pages[0].deeds =
            if twice { &[Read, Write, Validate, Write, Close] } else { &[Read, Validate, Write, Close] };
    }),
    ("a touch without a read", |cast| cast.pages[1].deeds = &[Touch, Close]),
    ("a new session", |cast| cast.session = None),
    ("a renewal", |cast| cast.renewals = 1),
    ("TTL", |cast| {
        cast.ends_in = 2;
        cast.others.push(Other::Ttl);
    }),
    ("a kill", |cast| cast.kills = 1),
    ("a fork", |cast| cast.forks = 1),
    ("the AWS SDK", |cast| cast.others.push(Other::Sdk(1))),
    ("a peer without locks", |cast| cast.others.push(Other::Careless)),
    ("a page without a lock", |cast| cast.pages[1].locking = false),
    ("a clock two hours off", |cast| cast.pages[0].skew = 7_200),
];

#[test]
fn every_two_features_together_keep_every_promise() {
    for (at, (first, add_first)) in FEATURES.iter().enumerate() {
        for (second, add_second) in FEATURES.iter().skip(at + 1) {
            let pages = vec![locked(&[Read, Write, Close]); 2];
            let mut cast = Cast { pages, faults: 1, seconds: bounds(2, 6), ..NOBODY };
            add_first(&mut cast);
            add_second(&mut cast);
            holds(&format!("{first}, {second}"), &cast);
        }
    }
}
