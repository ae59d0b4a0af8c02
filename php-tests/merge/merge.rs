//! Merges what it is told to: a line has base, mine and theirs in base64, the answer the result, or `!` and why not.

#![allow(clippy::unwrap_used)]

use std::io::{self, BufRead, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dynamosess::session::merge::merge;

fn main() {
    let (lines, mut answers) = (io::stdin().lock().lines(), io::stdout().lock());
    for line in lines {
        let line = line.unwrap();
        let mut sessions = line.split(',').map(|session| STANDARD.decode(session).unwrap());
        let mut next = || sessions.next().unwrap();
        let answer = match merge(None, &next(), &next(), &next()) {
            Ok(merged) => STANDARD.encode(merged),
            Err(why) => format!("!{why}"),
        };
        writeln!(answers, "{answer}").unwrap();
        answers.flush().unwrap();
    }
}
