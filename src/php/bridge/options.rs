//! Arrays of PHP's: the constructor's, a callable's, createTable()'s.

use std::ffi::{c_char, c_int};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::config::Value;
use crate::php::abi::{Reply, kind, text};
use crate::php::guard;
use crate::php::session::Options;

#[unsafe(no_mangle)]
extern "C" fn dynamosess_options_new() -> *mut Options {
    Box::into_raw(Box::default())
}

/// # Safety
/// `options` must come from `dynamosess_options_new` and not be used again.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_options_free(options: *mut Options) {
    // SAFETY: the box is given back, as the caller promises.
    let options = unsafe { Box::from_raw(options) };
    guard::or((), move || drop(options));
}

/// Tells one callable from another.
static CALLABLES: AtomicU64 = AtomicU64::new(0);

/// # Safety
/// `options` must be live; `key` and `value` must be as long as is said.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_options_add(
    options: *mut Options,
    key: *const c_char,
    key_len: usize,
    kind: c_int,
    number: i64,
    real: f64,
    value: *const c_char,
    value_len: usize,
) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (options, key, value) = unsafe { (&mut *options, text(key, key_len), text(value, value_len)) };
    guard::or((), || {
        let value = match kind {
            kind::BOOL => Value::Bool(number != 0),
            kind::INT => Value::Int(number),
            kind::FLOAT => Value::Float(real),
            kind::TEXT => Value::Text(value),
            kind::CALLABLE => Value::Callable(CALLABLES.fetch_add(1, Ordering::Relaxed)),
            kind::OBJECT => Value::Object(value),
            _ => Value::Null,
        };
        options.0.insert(key, value);
    });
}

/// # Safety
/// `options` must be live; `key` must be as long as is said; `array` must come from `dynamosess_options_new` and not be
/// used again.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_options_add_array(
    options: *mut Options,
    key: *const c_char,
    key_len: usize,
    array: *mut Options,
) {
    // SAFETY: borrowed for this call, and the box is given back, as the caller promises.
    let (options, key, array) = unsafe { (&mut *options, text(key, key_len), Box::from_raw(array)) };
    guard::or((), move || {
        options.0.insert(key, Value::Array(array.0));
    });
}

/// # Safety
/// `options` must be live, `reply` point to a reply.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_options_check(options: *const Options, reply: *mut Reply) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (options, reply) = unsafe { (&*options, &mut *reply) };
    guard::reply(reply, || options.check());
}
