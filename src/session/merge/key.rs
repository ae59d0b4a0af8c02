//! When two keys are the same.

use std::borrow::Cow;

/// A key of a PHP array, or a name in a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    Int(i64),
    Text(Cow<'a, [u8]>),
}

impl<'a> Key<'a> {
    /// The key that PHP makes of a string: `"5"` is 5, `"05"` is not.
    ///
    /// <https://www.php.net/manual/en/language.types.array.php>
    pub(super) fn from_text(text: Cow<'a, [u8]>) -> Self {
        match canonical_int(&text) {
            Some(number) => Key::Int(number),
            None => Key::Text(text),
        }
    }

    /// The name of a variable of the `php` format, where digits stay a name.
    pub(super) fn name(text: &'a [u8]) -> Self {
        Key::Text(Cow::Borrowed(text))
    }
}

impl Key<'_> {
    /// Whether this is the key that the element at this place of a list has.
    pub(super) fn is_index(&self, at: usize) -> bool {
        matches!(self, Key::Int(number) if usize::try_from(*number) == Ok(at))
    }
}

fn canonical_int(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    match digits {
        [b'0'] if digits.len() == text.len() => Some(0),
        [b'1'..=b'9', ..] if digits.iter().all(u8::is_ascii_digit) => std::str::from_utf8(text).ok()?.parse().ok(),
        _ => None,
    }
}

/// Up to this many keys each is compared with each.
const FEW: usize = 12;

/// Whether a key occurs twice among these.
pub(super) fn has_duplicates<'k, 'a: 'k>(keys: impl Iterator<Item = &'k Key<'a>> + Clone) -> bool {
    if keys.clone().nth(FEW).is_none() {
        let mut rest = keys;
        while let Some(key) = rest.next() {
            if rest.clone().any(|other| other == key) {
                return true;
            }
        }
        return false;
    }
    let mut sorted: Vec<(u64, &Key<'a>)> = keys.map(|key| (beginning(key), key)).collect();
    sorted.sort_unstable();
    sorted.iter().zip(sorted.iter().skip(1)).any(|(one, next)| one == next)
}

/// Orders most keys without a look at their text.
pub(super) fn beginning(key: &Key<'_>) -> u64 {
    match key {
        Key::Int(number) => number.cast_unsigned(),
        Key::Text(text) => {
            let mut first = [0; 8];
            first.iter_mut().zip(text.iter()).for_each(|(to, from)| *to = *from);
            u64::from_be_bytes(first)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_of_digits_is_a_number_where_php_makes_it_one() {
        for (text, number) in
            [("0", 0), ("7", 7), ("-1", -1), ("9223372036854775807", i64::MAX), ("-9223372036854775808", i64::MIN)]
        {
            assert_eq!(Key::from_text(text.as_bytes().into()), Key::Int(number), "{text}");
        }
        for text in ["", "-", "-0", "00", "01", "+1", " 1", "1 ", "1e1", "9223372036854775808", "-9223372036854775809"]
        {
            assert_eq!(Key::from_text(text.as_bytes().into()), Key::name(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_found_wherever_it_stands() {
        let keys = |names: &[&'static str]| -> Vec<Key> {
            names.iter().map(|name| Key::from_text(name.as_bytes().into())).collect()
        };
        for unique in [&["a", "b"][..], &["b", "a"], &["long name 1", "long name 2", "long"], &["1", "01", "0"], &[]] {
            assert!(!has_duplicates(keys(unique).iter()), "{unique:?}");
        }
        for double in [&["a", "a"][..], &["b", "a", "b"], &["long name 2", "long name 1", "long name 2"], &["5", "5"]] {
            assert!(has_duplicates(keys(double).iter()), "{double:?}");
        }
        let many: Vec<Key> =
            (0..99).rev().chain([-1]).map(Key::Int).chain(keys(&["x", "long name 1", "long name 2"])).collect();
        assert!(!has_duplicates(many.iter()));
        for double in keys(&["98", "0", "-1", "x", "long name 2"]) {
            assert!(has_duplicates(many.iter().chain([&double])), "{double:?}");
        }
    }
}
