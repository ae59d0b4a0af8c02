//! One session, from open to close.

use std::ffi::{c_char, c_int};

use crate::php::abi::{Reply, bytes, text};
use crate::php::ahead;
use crate::php::guard::{self, Answer};
use crate::php::session::{Options, Session};
use crate::session::prefetch::{Method, Script};

#[unsafe(no_mangle)]
extern "C" fn dynamosess_session_new(is_native: c_int) -> *mut Session {
    Box::into_raw(Box::new(Session::new(is_native != 0)))
}

/// # Safety
/// `session` must come from `dynamosess_session_new` and not be used again.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_session_free(session: *mut Session) {
    // SAFETY: the box is given back, as the caller promises.
    let session = unsafe { Box::from_raw(session) };
    guard::or((), move || drop(session));
}

/// # Safety
/// `session` must be live, `options` live or null; `path` and `name` as long as is said; `reply` point to a reply.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_open(
    session: *mut Session,
    options: *const Options,
    path: *const c_char,
    path_len: usize,
    name: *const c_char,
    name_len: usize,
    reply: *mut Reply,
) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (session, options, path, name, reply) =
        unsafe { (&mut *session, options.as_ref(), text(path, path_len), text(name, name_len), &mut *reply) };
    guard::reply(reply, || session.open(options, &path, &name));
}

/// # Safety
/// `session` must be live.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_is_open(session: *const Session) -> c_int {
    // SAFETY: borrowed for this call, as the caller promises.
    c_int::from(unsafe { &*session }.is_open())
}

/// # Safety
/// `session` must be live.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_close(session: *mut Session) {
    // SAFETY: borrowed for this call, as the caller promises.
    let session = unsafe { &mut *session };
    guard::or((), || session.close());
}

/// # Safety
/// `session` must be live.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_lose(session: *mut Session) {
    // SAFETY: borrowed for this call, as the caller promises.
    let session = unsafe { &mut *session };
    guard::or((), || session.lose());
}

/// # Safety
/// `session` must be live, `id` as long as is said.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_created(session: *mut Session, id: *const c_char, id_len: usize) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (session, id) = unsafe { (&mut *session, bytes(id, id_len)) };
    guard::or((), || session.created(id));
}

/// An operation on one id.
macro_rules! on_id {
    ($name:ident, $act:expr) => {
        /// # Safety
        /// `session` must be live, `id` as long as is said, `reply` point to a reply.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(session: *mut Session, id: *const c_char, id_len: usize, reply: *mut Reply) {
            // SAFETY: borrowed for this call, as the caller promises.
            let (session, id, reply) = unsafe { (&mut *session, bytes(id, id_len), &mut *reply) };
            guard::reply(reply, || {
                session.asks_for(id);
                session.run(|handler| $act(handler, id))
            });
        }
    };
}

on_id!(dynamosess_validate, |handler: &mut crate::session::Handler, id| match handler.validate(id) {
    Ok(exists) => Answer::is(exists),
    // An id that cannot be a key cannot have a session.
    Err(_) => Answer::is(false),
});
on_id!(dynamosess_read, |handler: &mut crate::session::Handler, id| match handler.read(id) {
    Ok(data) => Answer::data(data),
    Err(error) => Answer::failed(&error),
});
on_id!(dynamosess_destroy, |handler: &mut crate::session::Handler, id| Answer::of(handler.destroy(id)));
on_id!(dynamosess_serialize_failed, |handler: &mut crate::session::Handler, id| Answer::of(
    handler.serialize_failed(id)
));

/// An operation on one id and its data.
macro_rules! on_data {
    ($name:ident, $act:ident) => {
        /// # Safety
        /// `session` must be live, `id` and `data` as long as is said, `reply` point to a reply.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(
            session: *mut Session,
            id: *const c_char,
            id_len: usize,
            data: *const c_char,
            data_len: usize,
            reply: *mut Reply,
        ) {
            let (session, id, data, reply) =
                // SAFETY: borrowed for this call, as the caller promises.
                unsafe { (&mut *session, bytes(id, id_len), bytes(data, data_len), &mut *reply) };
            guard::reply(reply, || session.run(|handler| Answer::of(handler.$act(id, data))));
        }
    };
}

on_data!(dynamosess_write, write);
on_data!(dynamosess_touch, touch);
on_data!(dynamosess_write_early, write_early);

/// # Safety
/// `script`, `method` and `cookies` must be as long as is said.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_page_begins(
    script: *const c_char,
    script_len: usize,
    method: *const c_char,
    method_len: usize,
    cookies: *const c_char,
    cookies_len: usize,
) {
    let (script, method, cookies) =
        // SAFETY: borrowed for this call, as the caller promises.
        unsafe { (bytes(script, script_len), bytes(method, method_len), bytes(cookies, cookies_len)) };
    guard::or((), || {
        ahead::page_begins(Script { path: script.to_vec(), method: Method::named(method) }, cookies);
    });
}
