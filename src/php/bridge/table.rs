//! Looking after the table, and credentials that a PHP callable makes.

use std::ffi::{c_char, c_int};

use crate::php::abi::{Reply, text};
use crate::php::guard::{self, Answer};
use crate::php::session::{Options, Session};

/// # Safety
/// `session` and `options` must be live, `reply` point to a reply.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_create_table(session: *mut Session, options: *const Options, reply: *mut Reply) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (session, options, reply) = unsafe { (&mut *session, &*options, &mut *reply) };
    guard::reply(reply, || session.create_table(options));
}

/// # Safety
/// `session` must be live, `reply` point to a reply.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_garbage_collect(session: *mut Session, reply: *mut Reply) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (session, reply) = unsafe { (&mut *session, &mut *reply) };
    guard::reply(reply, || session.garbage_collect());
}

/// # Safety
/// `session` must be live.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_wants_credentials(session: *mut Session) -> c_int {
    // SAFETY: borrowed for this call, as the caller promises.
    let session = unsafe { &mut *session };
    guard::or(0, || c_int::from(session.wants_credentials()))
}

/// # Safety
/// `session` and `credentials` must be live, `reply` point to a reply.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_take_credentials(
    session: *mut Session,
    credentials: *const Options,
    reply: *mut Reply,
) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (session, credentials, reply) = unsafe { (&mut *session, &*credentials, &mut *reply) };
    guard::reply(reply, || session.take_credentials(credentials));
}

/// # Safety
/// `session` must be live, `options` live or null; `path` as long as is said; `reply` point to a reply.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_check(
    session: *mut Session,
    options: *const Options,
    path: *const c_char,
    path_len: usize,
    as_text: c_int,
    reply: *mut Reply,
) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (session, options, path, reply) =
        unsafe { (&mut *session, options.as_ref(), text(path, path_len), &mut *reply) };
    guard::reply(reply, || {
        let found = session.check(options, &path);
        Answer::data(if as_text == 0 { found.to_json() } else { found.to_text() })
    });
}
