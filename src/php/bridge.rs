//! The exported functions: borrow, call in the guard, convert. Nothing else happens here.
//!
//! Ownership: sessions and options are boxes whose pointers C keeps and gives back once; replies are C's structs
//! whose buffers are ours until `dynamosess_reply_free`; all other pointers are borrowed for one call.

use std::ffi::{CString, c_char, c_int, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::abi::{self, Reply, SettingDef, bytes, text};
use super::guard::{self, Answer};
use super::session::{Options, Session};
use super::{info, process};
use crate::config::{SETTINGS, Scope, Value};
use crate::session::key;

/// What PHP looks for in a shared object.
#[unsafe(no_mangle)]
pub extern "C" fn get_module() -> *mut c_void {
    // SAFETY: returns the address of a static of the C side.
    unsafe { abi::dynamosess_module() }
}

#[unsafe(no_mangle)]
extern "C" fn dynamosess_module_start() {
    guard::or((), || {
        guard::quiet_panics();
        process::start();
    });
}

#[unsafe(no_mangle)]
extern "C" fn dynamosess_request_start() {
    guard::or((), process::request_start);
}

#[unsafe(no_mangle)]
extern "C" fn dynamosess_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// INI names and defaults as C strings, for the life of the process.
static DEFINITIONS: OnceLock<Vec<(CString, CString, bool)>> = OnceLock::new();

/// Fills at most `room` settings; returns how many there are.
///
/// # Safety
/// `settings` must point to `room` settings.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_settings(settings: *mut SettingDef, room: usize) -> usize {
    guard::or(0, || {
        let all = DEFINITIONS.get_or_init(|| {
            let definition = |setting: &'static crate::config::Setting| {
                let name = CString::new(setting.ini_name()?).ok()?;
                Some((name, CString::new(setting.default).ok()?, setting.scope == Scope::System))
            };
            SETTINGS.iter().filter_map(definition).collect()
        });
        for (at, (name, initial, system_only)) in all.iter().enumerate().take(room) {
            let definition = SettingDef {
                ini_name: name.as_ptr(),
                initial: initial.as_ptr(),
                system_only: c_int::from(*system_only),
            };
            // SAFETY: `at` is below `room`, so this is one of the caller's settings.
            unsafe { settings.add(at).write(definition) };
        }
        all.len()
    })
}

/// # Safety
/// `reply` must be one that a function of this file has filled, or zeroed.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_reply_free(reply: *mut Reply) {
    // SAFETY: the caller's struct; its buffers come from `abi::give` or are null, and are null afterwards.
    unsafe {
        let reply = &mut *reply;
        abi::take_back(&mut reply.data, &mut reply.data_len);
        abi::take_back(&mut reply.warnings, &mut reply.warnings_len);
    }
}

/// # Safety
/// `reply` must point to a reply.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_info(reply: *mut Reply) {
    // SAFETY: the caller's struct, borrowed for this call.
    guard::reply(unsafe { &mut *reply }, || Answer::data(info::rows()));
}

/// # Safety
/// `reply` must point to a reply.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_stats(reply: *mut Reply) {
    // SAFETY: the caller's struct, borrowed for this call.
    guard::reply(unsafe { &mut *reply }, || Answer::data(info::stats()));
}

/// # Safety
/// `id` must be `len` bytes, `reply` point to a reply.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_id_is_valid(id: *const c_char, len: usize, reply: *mut Reply) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (id, reply) = unsafe { (bytes(id, len), &mut *reply) };
    guard::reply(reply, || match key::is_native_id(id) {
        true => Answer::done(),
        false => Answer { warnings: vec![key::INVALID_NATIVE_ID.to_owned()], ..Answer::default() },
    });
}

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
/// `options` must be live; `path` and `value` must be as long as is said.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_options_add(
    options: *mut Options,
    path: *const c_char,
    path_len: usize,
    kind: c_int,
    number: i64,
    real: f64,
    value: *const c_char,
    value_len: usize,
) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (options, path, value) = unsafe { (&mut *options, text(path, path_len), text(value, value_len)) };
    guard::or((), || {
        let value = match kind {
            1 => Value::Bool(number != 0),
            2 => Value::Int(number),
            3 => Value::Float(real),
            4 => Value::Text(value),
            5 => Value::Array(std::collections::BTreeMap::new()),
            6 => Value::Callable(CALLABLES.fetch_add(1, Ordering::Relaxed)),
            7 => Value::Object(value),
            _ => Value::Null,
        };
        options.add(&path, value);
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

#[unsafe(no_mangle)]
extern "C" fn dynamosess_session_new() -> *mut Session {
    Box::into_raw(Box::default())
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
            guard::reply(reply, || session.run(|handler| $act(handler, id)));
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
/// `session` must be live, `reply` point to a reply.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_unserialized(session: *mut Session, reply: *mut Reply) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (session, reply) = unsafe { (&mut *session, &mut *reply) };
    guard::reply(reply, || session.run(|handler| Answer::failed(&handler.refuse_unserialized())));
}

#[unsafe(no_mangle)]
extern "C" fn dynamosess_prefetch_is_on() -> c_int {
    guard::or(0, || {
        let on = abi::ini("dynamosess.prefetch").and_then(|text| crate::config::table::parse_bool(&text));
        c_int::from(on == Some(true))
    })
}

/// # Safety
/// `path`, `name` and `id` must be as long as is said.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_prefetch(
    path: *const c_char,
    path_len: usize,
    name: *const c_char,
    name_len: usize,
    id: *const c_char,
    id_len: usize,
) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (path, name, id) = unsafe { (text(path, path_len), text(name, name_len), bytes(id, id_len)) };
    guard::or((), || {
        if key::is_native_id(id) {
            process::read_ahead(&path, &name, id);
        }
    });
}

/// # Safety
/// `session` must be live, `options` as long as is said, `reply` point to a reply.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_create_table(
    session: *mut Session,
    options: *const c_char,
    len: usize,
    reply: *mut Reply,
) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (session, options, reply) = unsafe { (&mut *session, bytes(options, len), &mut *reply) };
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
    reply: *mut Reply,
) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (session, options, path, reply) =
        unsafe { (&mut *session, options.as_ref(), text(path, path_len), &mut *reply) };
    guard::reply(reply, || Answer::data(session.check(options, &path).to_json()));
}

/// # Safety
/// `session` must be live, `options` live or null; `path` as long as is said; `reply` point to a reply.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_check_report(
    session: *mut Session,
    options: *const Options,
    path: *const c_char,
    path_len: usize,
    reply: *mut Reply,
) {
    // SAFETY: borrowed for this call, as the caller promises.
    let (session, options, path, reply) =
        unsafe { (&mut *session, options.as_ref(), text(path, path_len), &mut *reply) };
    guard::reply(reply, || Answer::data(session.check(options, &path).to_text()));
}
