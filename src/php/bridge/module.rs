//! Loading, requests, replies, phpinfo().

use std::ffi::{CString, c_char, c_int};
use std::sync::OnceLock;

use crate::config::{Kind, SETTINGS, Scope, Setting};
use crate::php::abi::{self, Reply, SettingDef, bytes};
use crate::php::guard::{self, Answer};
use crate::php::{before_fork, info, ini, process};
use crate::session::key;

#[unsafe(no_mangle)]
extern "C" fn dynamosess_module_start(by_script: c_int) {
    guard::or((), || {
        guard::quiet_panics();
        process::start(by_script != 0);
    });
}

/// # Safety
/// `reply` must point to a reply.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_read_keys(reply: *mut Reply) {
    // SAFETY: the caller's struct, borrowed for this call.
    guard::reply(unsafe { &mut *reply }, || {
        before_fork::read_keys().map_or_else(Answer::done, |error| Answer::failed(&error))
    });
}

#[unsafe(no_mangle)]
extern "C" fn dynamosess_before_fork() {
    guard::or((), before_fork::read_ca_bundle);
}

#[unsafe(no_mangle)]
extern "C" fn dynamosess_request_start() {
    guard::or((), process::request_start);
}

#[unsafe(no_mangle)]
extern "C" fn dynamosess_request_end() {
    guard::or((), process::request_end);
}

#[unsafe(no_mangle)]
extern "C" fn dynamosess_ini_changes() {
    ini::changes();
}

#[unsafe(no_mangle)]
extern "C" fn dynamosess_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// INI names and defaults as C strings, for the life of the process.
///
/// What is not set has no value at all: `Off`, `no` and ini_set()'s false arrive as the empty text, and mean false.
static DEFINITIONS: OnceLock<Vec<(CString, Option<CString>, &Setting)>> = OnceLock::new();

/// Fills at most `room` settings; returns how many there are.
///
/// # Safety
/// `settings` must point to `room` settings.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_settings(settings: *mut SettingDef, room: usize) -> usize {
    guard::or(0, || {
        let all = DEFINITIONS.get_or_init(|| {
            let definition = |setting: &'static Setting| {
                let initial = Some(setting.default).filter(|text| !text.is_empty()).map(CString::new);
                Some((CString::new(setting.ini_name()?).ok()?, initial.transpose().ok()?, setting))
            };
            SETTINGS.iter().filter_map(definition).collect()
        });
        for (at, (name, initial, setting)) in all.iter().enumerate().take(room) {
            let definition = SettingDef {
                ini_name: name.as_ptr(),
                initial: initial.as_ref().map_or(std::ptr::null(), |text| text.as_ptr()),
                system_only: c_int::from(setting.scope == Scope::System),
                hides: match setting.kind {
                    Kind::Url => abi::hides::USER,
                    Kind::Keys => abi::hides::ALL,
                    _ => abi::hides::NOTHING,
                },
            };
            // SAFETY: `at` is below `room`, so this is one of the caller's settings.
            unsafe { settings.add(at).write(definition) };
        }
        all.len()
    })
}

/// # Safety
/// `reply` must be one that a function of the seam has filled, or zeroed.
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
unsafe extern "C" fn dynamosess_stats(of_all: c_int, reply: *mut Reply) {
    // SAFETY: the caller's struct, borrowed for this call.
    guard::reply(unsafe { &mut *reply }, || Answer::data(info::stats(of_all != 0)));
}

/// # Safety
/// `reply` must point to a reply.
#[unsafe(no_mangle)]
unsafe extern "C" fn dynamosess_metrics(reply: *mut Reply) {
    // SAFETY: the caller's struct, borrowed for this call.
    guard::reply(unsafe { &mut *reply }, || Answer::data(process::all_stats().to_metrics()));
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
