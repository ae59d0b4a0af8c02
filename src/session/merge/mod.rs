//! Merges what two pages have made of one session, so that neither loses what it changed.
//!
//! Works on serialized bytes: no PHP code runs, and no object is made. The work is linear in the size of the data but for
//! the sorting of keys, and nothing recurses deeper than 64 levels. What is stored is not trusted.
//!
//! The rules are in docs/design.md, "Merging".
//!
//! | file | its one job |
//! | --- | --- |
//! | `format` | which format bytes are in |
//! | `document` | a parsed session: a flat tree of borrowed slices |
//! | `php` | parses the formats `php` and `php_serialize` |
//! | `scan` | parses what stands between the values: numbers, lengths, quoted bytes |
//! | `json` | parses JSON objects |
//! | `references` | what `r:` refers to, in data of PHP's |
//! | `key` | when two keys are the same |
//! | `value` | what becomes of one key, given both sides and what they began with |
//! | `map` | merges arrays by key |
//! | `list` | merges lists as bags |
//! | `render` | writes what was merged |

mod document;
mod format;
mod json;
mod key;
mod list;
mod map;
mod php;
mod references;
mod render;
mod scan;
mod value;

use std::cell::OnceCell;
use std::fmt;

pub use format::Serializer;

use document::Document;
use value::Merged;

/// How deep arrays and objects may stand in each other, the session itself not counted.
const MAX_DEPTH: usize = 64;

/// How many values a session may have, so that hostile data cannot claim much memory: each takes 64 bytes.
const MAX_VALUES: usize = 1 << 17;

/// What becomes longer than this when references to enums are written out is refused, in bytes.
const MAX_EXPANDED: usize = 16 * 1024 * 1024;

/// Why sessions cannot be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unmergeable {
    /// It begins like a known format, and breaks off or goes wrong.
    Malformed,
    /// Arrays and objects stand more than 64 deep in each other.
    TooDeep,
    /// Too many values.
    TooLarge,
    /// A name or key stands there twice.
    DuplicateKeys,
    /// `R:`, or `r:` to something else than an enum: what is changed in one place changes in another.
    References,
    /// `S:`, a string with escapes, which no PHP writes today.
    EscapedString,
    /// The igbinary extension's format.
    Igbinary,
    /// The msgpack extension's format.
    Msgpack,
    /// PHP's `php_binary`.
    PhpBinary,
    /// Nothing known: the application encrypts its sessions, or has a format of its own.
    UnknownFormat,
    /// The three are not of one format.
    MixedFormats,
}

impl Unmergeable {
    /// Every one, for statistics.
    pub const ALL: [Unmergeable; 11] = [
        Unmergeable::Malformed,
        Unmergeable::TooDeep,
        Unmergeable::TooLarge,
        Unmergeable::DuplicateKeys,
        Unmergeable::References,
        Unmergeable::EscapedString,
        Unmergeable::Igbinary,
        Unmergeable::Msgpack,
        Unmergeable::PhpBinary,
        Unmergeable::UnknownFormat,
        Unmergeable::MixedFormats,
    ];

    /// The word that statistics have for it; it stays the same between versions.
    pub const fn reason(self) -> &'static str {
        match self {
            Unmergeable::Malformed => "malformed",
            Unmergeable::TooDeep => "too_deep",
            Unmergeable::TooLarge => "too_large",
            Unmergeable::DuplicateKeys => "duplicate_keys",
            Unmergeable::References => "references",
            Unmergeable::EscapedString => "escaped_string",
            Unmergeable::Igbinary => "igbinary",
            Unmergeable::Msgpack => "msgpack",
            Unmergeable::PhpBinary => "php_binary",
            Unmergeable::UnknownFormat => "unknown_format",
            Unmergeable::MixedFormats => "mixed_formats",
        }
    }
}

impl fmt::Display for Unmergeable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

/// What two pages have made of a session: `mine` and `theirs`, which both began with `base`.
///
/// `serializer` is `session.serialize_handler` where PHP serialized the data; `None` tells it from the bytes. Where nobody
/// or only one side has changed anything, the data need not be of a known format. The result is `theirs` byte for byte
/// when it has everything that is new in `mine`.
pub fn merge(serializer: Option<Serializer>, base: &[u8], mine: &[u8], theirs: &[u8]) -> Result<Vec<u8>, Unmergeable> {
    if mine == base || mine == theirs {
        return Ok(theirs.to_vec());
    }
    if theirs == base {
        return Ok(mine.to_vec());
    }
    let written_out = [const { OnceCell::new() }; 3];
    let [space_of_base, space_of_mine, space_of_theirs] = &written_out;
    let base = format::read(serializer, base, space_of_base)?;
    let my_session = format::read(serializer, mine, space_of_mine)?;
    let their_session = format::read(serializer, theirs, space_of_theirs)?;
    let format = format::common([base.format, my_session.format, their_session.format])?;
    let roots = (base.document.root(), my_session.document.root(), their_session.document.root());
    let (Some(base), Some(my_root), Some(their_root)) = roots else {
        return Err(Unmergeable::Malformed);
    };
    match map::merge_arrays(base, my_root, their_root) {
        Merged::Whole(value) if value.is(their_root) => Ok(theirs.to_vec()),
        Merged::Whole(value) if value.is(my_root) => Ok(mine.to_vec()),
        merged => Ok(render::session(format, &merged)),
    }
}

/// Whether PHP finds nothing in data that are there: an empty session after them is no change, and no reason to store one
/// in place of what another serializer may have written. Known of `php` only: it looks for names that end with `|`, and where
/// there is none it is content; the others fail.
/// <https://github.com/php/php-src/blob/PHP-8.2/ext/session/session.c> (`PS_SERIALIZER_DECODE_FUNC(php)`)
pub fn has_no_names(serializer: Option<Serializer>, data: &[u8]) -> bool {
    serializer == Some(Serializer::Php) && !data.is_empty() && !data.contains(&b'|')
}

/// Whether `mine` empties the session that the page began with (`base`), as a logout or a change of user does.
///
/// That is so where less than a quarter of its names are left, of at least four. Data of unknown format: where nothing
/// is left.
pub fn empties_session(serializer: Option<Serializer>, base: &[u8], mine: &[u8]) -> bool {
    let names = |data| format::read_with_obstacles(serializer, data);
    let (base_names, my_names) = (names(base), names(mine));
    let roots = (base_names.as_ref().and_then(Document::root), my_names.as_ref().and_then(Document::root));
    match roots {
        (Some(base), Some(mine)) => {
            let (before, left) = map::count_left(base, mine);
            before >= 4 && left.saturating_mul(4) < before
        }
        _ => !format::is_empty(base) && format::is_empty(mine),
    }
}
