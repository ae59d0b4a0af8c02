//! Which zstd level packs serialized PHP sessions well for the least time, and from which size on it pays:
//! `cargo bench --no-default-features --bench compression`. Sessions come from `bench/sessions.php`, so PHP is needed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

const LEVELS: [i32; 8] = [-3, -1, 1, 2, 3, 5, 6, 9];
const SIZES: [usize; 6] = [200, 500, 1_000, 2_000, 6_144, 61_440];
const KINDS: [&str; 5] = ["woocommerce", "laravel", "objects", "tokens", "encrypted"];

fn main() {
    println!("bytes after packing / microseconds to pack and to unpack");
    print!("{:12} {:>6}", "session", "bytes");
    LEVELS.iter().for_each(|level| print!("{:>18}", format!("level {level}")));
    println!();
    for kind in KINDS {
        for size in SIZES {
            let data = session(kind, size);
            print!("{kind:12} {size:>6}");
            for level in LEVELS {
                let packed = zstd::bulk::compress(&data, level).unwrap();
                let pack = fastest(|| zstd::bulk::compress(&data, level).unwrap());
                let unpack = fastest(|| zstd::bulk::decompress(&packed, size).unwrap());
                let shown = format!("{} / {:.0} {:.0}", packed.len(), micros(pack), micros(unpack));
                print!("{shown:>18}");
            }
            println!();
        }
    }
}

fn session(kind: &str, bytes: usize) -> Vec<u8> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/sessions.php");
    let output = Command::new("php").args(["-n", script, kind, &bytes.to_string()]).output().expect("php is needed");
    assert!(output.status.success() && output.stdout.len() == bytes, "{kind} {bytes}");
    output.stdout
}

/// The fastest of many runs: what else the machine does only adds to it.
fn fastest<T>(act: impl Fn() -> T) -> Duration {
    let run = || {
        let started = Instant::now();
        black_box(act());
        started.elapsed()
    };
    (0..200).map(|_| run()).min().unwrap_or_default()
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
