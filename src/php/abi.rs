//! The seam's types as Rust sees them: `dynamosess.h`, line by line.

use std::ffi::{CStr, CString, c_char, c_int};

/// `dynamosess_reply`. The pointers are boxed slices of ours, freed by `dynamosess_reply_free`.
#[repr(C)]
pub struct Reply {
    pub ok: c_int,
    pub problem: c_int,
    pub notice: c_int,
    pub data: *mut u8,
    pub data_len: usize,
    pub warnings: *mut u8,
    pub warnings_len: usize,
}

// The other half of this check is in reply.c.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(std::mem::offset_of!(Reply, data) == 16 && size_of::<Reply>() == 48);

/// `dynamosess_problem`: which exception an option is.
pub mod problem {
    /// None.
    pub const NONE: i32 = 0;
    /// A ValueError.
    pub const VALUE: i32 = 1;
    /// A TypeError.
    pub const TYPE: i32 = 2;
}

/// `dynamosess_kind`: the type of an option's value. What is none of these is null.
pub mod kind {
    pub const BOOL: i32 = 1;
    pub const INT: i32 = 2;
    pub const FLOAT: i32 = 3;
    pub const TEXT: i32 = 4;
    pub const CALLABLE: i32 = 5;
    pub const OBJECT: i32 = 6;
}

/// `dynamosess_hides`: what phpinfo() does not show of a setting.
pub mod hides {
    pub const NOTHING: i32 = 0;
    /// User and password of a URL.
    pub const USER: i32 = 1;
    pub const ALL: i32 = 2;
}

/// `dynamosess_setting`
#[repr(C)]
pub struct SettingDef {
    pub ini_name: *const c_char,
    pub initial: *const c_char,
    pub system_only: c_int,
    pub hides: c_int,
}

unsafe extern "C" {
    /// The value of an INI entry, or null where there is none; borrowed until the entry changes.
    pub fn dynamosess_ini(name: *const c_char, name_len: usize) -> *const c_char;
    /// `session.gc_maxlifetime` as PHP understands it, in seconds.
    pub safe fn dynamosess_gc_maxlifetime() -> i64;
    /// The value of an environment variable as the page or its server has set it, or null; borrowed until page code runs.
    pub fn dynamosess_page_variable(name: *const c_char, len: usize) -> *const c_char;
    /// The environment when the module started, each variable ended by NUL: its length, of which at most `room` are copied.
    pub fn dynamosess_environment_at_start(to: *mut u8, room: usize) -> usize;
    /// The same of a process forked since then, before its first page.
    pub fn dynamosess_environment_of_child(to: *mut u8, room: usize) -> usize;
    /// Whether this PHP has a session serializer of this name.
    pub fn dynamosess_has_serializer(name: *const c_char) -> c_int;
    /// The names in php.ini that begin with "dynamo", as [`dynamosess_environment`] copies.
    pub fn dynamosess_configured(to: *mut u8, room: usize) -> usize;
    /// `PHP_VERSION`
    pub safe fn dynamosess_php_version() -> *const c_char;
}

/// Whether `session.serialize_handler` can be this.
pub fn has_serializer(name: &CStr) -> bool {
    // SAFETY: `name` ends with NUL; the session extension only compares it with its serializers' names.
    unsafe { dynamosess_has_serializer(name.as_ptr()) != 0 }
}

/// The value of an INI entry; `None` when it has none or is not there. Bytes that are not UTF-8 are replaced.
pub fn ini(name: &str) -> Option<String> {
    let name = CString::new(name).ok()?;
    let mut value = Vec::new();
    append_ini(&name, &mut value).then(|| String::from_utf8_lossy(&value).into_owned())
}

/// Appends the value of an INI entry; says whether it has one.
pub fn append_ini(name: &CStr, to: &mut Vec<u8>) -> bool {
    // SAFETY: name and length describe one borrowed string; zend_ini_string_ex neither keeps it nor leaves by longjmp.
    let value = unsafe { dynamosess_ini(name.as_ptr(), name.count_bytes()) };
    if value.is_null() {
        return false;
    }
    // SAFETY: PHP's strings end with NUL, and the entry cannot change before this function returns.
    to.extend_from_slice(unsafe { CStr::from_ptr(value) }.to_bytes());
    true
}

/// Appends an environment variable as the page or its server has set it; for PHP's own thread.
pub fn append_page_variable(name: &CStr, to: &mut Vec<u8>) {
    // SAFETY: name and length describe one borrowed string; PHP's servers look it up and neither keep it nor leave.
    let value = unsafe { dynamosess_page_variable(name.as_ptr(), name.count_bytes()) };
    if !value.is_null() {
        // SAFETY: it ends with NUL, and no page code runs before this function returns.
        to.extend_from_slice(unsafe { CStr::from_ptr(value) }.to_bytes());
    }
}

/// The environment when the module started.
pub fn environment_at_start() -> Vec<(String, String)> {
    environment(dynamosess_environment_at_start)
}

/// The environment of this process, which was forked since then; before its first page.
pub fn environment_of_child() -> Vec<(String, String)> {
    environment(dynamosess_environment_of_child)
}

fn environment(copy: unsafe extern "C" fn(*mut u8, usize) -> usize) -> Vec<(String, String)> {
    let variables = list(copy);
    variables
        .iter()
        .filter_map(|variable| variable.split_once('='))
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

/// The names in php.ini that begin with "dynamo", in any case.
pub fn configured() -> Vec<String> {
    list(dynamosess_configured)
}

/// The PHP that this is built for.
pub fn php_version() -> String {
    // SAFETY: a string constant of the C side.
    unsafe { CStr::from_ptr(dynamosess_php_version()) }.to_string_lossy().into_owned()
}

/// The texts that C copies, each ended by NUL. What is not UTF-8 is left out.
fn list(copy: unsafe extern "C" fn(*mut u8, usize) -> usize) -> Vec<String> {
    let mut bytes = Vec::new();
    loop {
        // SAFETY: `bytes` is as long as is said, and these functions write no more than that.
        let length = unsafe { copy(bytes.as_mut_ptr(), bytes.len()) };
        if length <= bytes.len() {
            bytes.truncate(length);
            break;
        }
        bytes.resize(length, 0);
    }
    let texts = bytes.split(|byte| *byte == 0).filter(|text| !text.is_empty());
    texts.filter_map(|text| std::str::from_utf8(text).ok()).map(str::to_owned).collect()
}

/// The bytes that C lends for the length of one call; none where the pointer is null.
///
/// # Safety
/// `data` must be null or point to `len` bytes that stay as they are for `'a`.
pub unsafe fn bytes<'a>(data: *const c_char, len: usize) -> &'a [u8] {
    if data.is_null() {
        return &[];
    }
    // SAFETY: promised by the caller.
    unsafe { std::slice::from_raw_parts(data.cast(), len) }
}

/// [`bytes`] as text; bytes that are not UTF-8 are replaced.
///
/// # Safety
/// As [`bytes`].
pub unsafe fn text(data: *const c_char, len: usize) -> String {
    // SAFETY: promised by the caller.
    String::from_utf8_lossy(unsafe { bytes(data, len) }).into_owned()
}

/// A boxed slice as pointer and length, for C to keep until it gives them back.
pub fn give(data: Vec<u8>) -> (*mut u8, usize) {
    if data.is_empty() {
        return (std::ptr::null_mut(), 0);
    }
    let data = data.into_boxed_slice();
    let len = data.len();
    (Box::into_raw(data).cast(), len)
}

/// Takes back what [`give`] gave.
///
/// # Safety
/// Pointer and length must be those of one [`give`], not taken back yet.
pub unsafe fn take_back(data: &mut *mut u8, len: &mut usize) {
    if !data.is_null() {
        let slice = std::ptr::slice_from_raw_parts_mut(*data, *len);
        // SAFETY: promised by the caller: this is the box that `give` leaked.
        drop(unsafe { Box::from_raw(slice) });
    }
    *data = std::ptr::null_mut();
    *len = 0;
}
