//! Whether bytes are a session that msgpack-php has serialized.
//!
//! <https://github.com/msgpack/msgpack/blob/master/spec.md>; what it makes of PHP's arrays and objects:
//! <https://github.com/msgpack/msgpack-php/blob/master/msgpack_pack.c>

/// Whether all of `data` is one array of session variables, packed as msgpack-php packs it.
///
/// A first byte says little: one in 14 random ones could begin a map. So all is looked at: the map has to begin as one of
/// session variables does, and the values have to end where the data do.
pub fn is_session(data: &[u8]) -> bool {
    // No variables at all: an empty array, or an empty map.
    if matches!(data, [0x80] | [0x90]) {
        return true;
    }
    let mut rest = Rest(data);
    let Some(pairs) = rest.map() else {
        return false;
    };
    // $_SESSION is a reference, of which msgpack-php makes a map that begins so. Numbers may be names then.
    let is_reference = rest.0.starts_with(&[0xC0, 0x01]);
    let all = (0..pairs).all(|_| {
        let name = if is_reference { rest.skip_value() } else { rest.skip_name() };
        name.and_then(|()| rest.skip_value()).is_some()
    });
    all && pairs > 0 && rest.0.is_empty()
}

/// What has not been looked at.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// A length of so many bytes, big endian.
    fn length(&mut self, bytes: usize) -> Option<usize> {
        Some(self.take(bytes)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
    }

    /// How many pairs follow.
    fn map(&mut self) -> Option<usize> {
        match self.byte()? {
            first @ 0x80..=0x8F => Some(usize::from(first & 0x0F)),
            0xDE => self.length(2),
            0xDF => self.length(4),
            _ => None,
        }
    }

    /// Goes on behind the name of a session variable.
    fn skip_name(&mut self) -> Option<()> {
        let length = match self.byte()? {
            first @ 0xA0..=0xBF => usize::from(first & 0x1F),
            0xD9 => self.length(1)?,
            0xDA => self.length(2)?,
            _ => return None,
        };
        let name = std::str::from_utf8(self.take(length)?).ok()?;
        (!name.is_empty() && !name.contains(char::is_control)).then_some(())
    }

    /// Goes on behind a value, whatever it holds.
    fn skip_value(&mut self) -> Option<()> {
        let mut values: usize = 1;
        while values > 0 {
            values -= 1;
            let inner = match self.byte()? {
                0x00..=0x7F | 0xC0 | 0xC2 | 0xC3 | 0xE0..=0xFF => 0,
                first @ 0x80..=0x8F => usize::from(first & 0x0F) * 2,
                first @ 0x90..=0x9F => usize::from(first & 0x0F),
                first @ 0xA0..=0xBF => self.skip(usize::from(first & 0x1F))?,
                0xC4 | 0xD9 => self.skip_counted(1, 0)?,
                0xC5 | 0xDA => self.skip_counted(2, 0)?,
                0xC6 | 0xDB => self.skip_counted(4, 0)?,
                // Extensions: their type is one byte more.
                0xC7 => self.skip_counted(1, 1)?,
                0xC8 => self.skip_counted(2, 1)?,
                0xC9 => self.skip_counted(4, 1)?,
                0xCC | 0xD0 => self.skip(1)?,
                0xCD | 0xD1 | 0xD4 => self.skip(2)?,
                0xCA | 0xCE | 0xD2 => self.skip(4)?,
                0xCB | 0xCF | 0xD3 => self.skip(8)?,
                0xD5 => self.skip(3)?,
                0xD6 => self.skip(5)?,
                0xD7 => self.skip(9)?,
                0xD8 => self.skip(17)?,
                0xDC => self.length(2)?,
                0xDD => self.length(4)?,
                0xDE => self.length(2)? * 2,
                0xDF => self.length(4)? * 2,
                0xC1 => return None,
            };
            // Every value has a byte: more than there are left cannot follow.
            values = values.checked_add(inner).filter(|values| *values <= self.0.len())?;
        }
        Some(())
    }

    /// Leaves bytes out, in which there is no value.
    fn skip(&mut self, length: usize) -> Option<usize> {
        self.take(length).map(|_| 0)
    }

    fn skip_counted(&mut self, bytes: usize, more: usize) -> Option<usize> {
        let length = self.length(bytes)?;
        self.skip(length.checked_add(more)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_session_variables_are_taken() {
        for data in [
            &b"\x81\xA1n\x01"[..],
            // By msgpack-php 2.2: a string, an ArrayObject and an array; and names that are numbers.
            b"\x84\xC0\x01\xA1u\xA1x\xA1o\x82\xC0\xABArrayObject\xC0\x94\x00\x91\x01\x90\xC0\xA1n\x81\xA1a\x01",
            b"\x83\xC0\x01\x00\x01\x01\x02",
            b"\x82\xA1a\xC0\xA1b\x93\x01\xCB\x40\x09\x21\xFB\x54\x44\x2D\x18\xC3",
            b"\x81\xA4user\x82\xC0\xA8stdClass\xA4name\xA1x",
            b"\xDE\x00\x01\xD9\x01n\xDA\x00\x02ab",
            b"\x80",
            b"\x90",
        ] {
            assert!(is_session(data), "{data:?}");
        }
    }

    #[test]
    fn what_is_cut_short_goes_on_or_has_no_names_is_not() {
        for data in [
            &b""[..],
            b"\x81",
            b"\x81\xA1n",
            b"\x81\xA1n\x01\x01",
            b"\x81\x01\x01",
            b"\x82\xC0\x02\x00\x01",
            b"\x81\xA0\x01",
            b"\x81\xA1\x01\x01",
            b"\x81\xA1n\xC1",
            b"\x81\xA1n\xDD\xFF\xFF\xFF\xFF",
            b"\x81\xA1n\xC6\xFF\xFF\xFF\xFF",
            b"\x92\x01\x02",
            b"n|i:1;",
        ] {
            assert!(!is_session(data), "{data:?}");
        }
    }
}
