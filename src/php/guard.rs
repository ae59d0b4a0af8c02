//! No panic leaves Rust: unwinding into C is undefined, and a page must not die of our bugs.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::abi::{self, Reply};
use crate::error::{Cause, Error};

/// What an exported function has to say.
#[derive(Debug, Default)]
pub struct Answer {
    /// What was asked for has been done, or is so.
    pub ok: bool,
    /// Of options: which exception they deserve, of [`abi::problem`].
    pub problem: i32,
    /// Its lines are notices, not warnings.
    pub notice: bool,
    /// Bytes asked for.
    pub data: Vec<u8>,
    /// A warning each.
    pub warnings: Vec<String>,
}

impl Answer {
    /// Done.
    pub fn done() -> Self {
        Answer { ok: true, ..Answer::default() }
    }

    /// Done, with data.
    pub fn data(data: impl Into<Vec<u8>>) -> Self {
        Answer { ok: true, data: data.into(), ..Answer::default() }
    }

    /// Yes or no.
    pub fn is(ok: bool) -> Self {
        Answer { ok, ..Answer::default() }
    }

    /// Not done, for this reason.
    pub fn failed(error: &Error) -> Self {
        Answer { warnings: vec![error.to_string()], ..Answer::default() }
    }

    /// From what the core returns.
    pub fn of(result: crate::error::Result<()>) -> Self {
        match result {
            Ok(()) => Answer::done(),
            Err(error) => Answer::failed(&error),
        }
    }
}

/// Runs `act` and fills `reply`; a panic becomes a warning and a failure.
pub fn reply(reply: &mut Reply, act: impl FnOnce() -> Answer) {
    let answer =
        catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|_| Answer::failed(&Error::new("dynamosess", Cause::Panic)));
    reply.ok = i32::from(answer.ok);
    reply.problem = answer.problem;
    reply.notice = i32::from(answer.notice);
    (reply.data, reply.data_len) = abi::give(answer.data);
    (reply.warnings, reply.warnings_len) = abi::give(answer.warnings.join("\n").into_bytes());
}

/// Runs `act`; a panic becomes `otherwise`.
pub fn or<T>(otherwise: T, act: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or(otherwise)
}

/// A panic says where it was, on standard error, without the backtrace that costs a page 60 ms.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| match info.location() {
        Some(place) => eprintln!("dynamosess: internal error at {}:{}", place.file(), place.line()),
        None => eprintln!("dynamosess: internal error"),
    }));
}
