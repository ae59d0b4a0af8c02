//! Parses a session that is a JSON object: [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259), with keys as PHP has them
//! after `json_decode($session, true)`.

use std::borrow::Cow;

use super::Unmergeable;
use super::document::{Builder, Kind, Open, Parsed};
use super::key::Key;
use super::scan::Scanner;

/// A JSON object; or `[]`, which is what `json_encode` makes of a PHP array that has nothing in it.
pub(super) fn parse(text: &[u8]) -> Result<Parsed<'_>, Unmergeable> {
    std::str::from_utf8(text).map_err(|_| Unmergeable::Malformed)?;
    let mut parser = Parser { scanner: Scanner::new(text), builder: Builder::default() };
    parser.space();
    let root = parser.builder.open(Key::Int(0), b"")?;
    let start = parser.scanner.at();
    let is_list = if parser.scanner.skip(b'[') {
        parser.space();
        parser.scanner.expect(b"]")?;
        true
    } else {
        parser.object()?
    };
    parser.builder.close_array(&root, is_list, parser.scanner.since(start));
    parser.space();
    if parser.scanner.at_end() { Ok(parser.builder.finish(Vec::new())) } else { Err(Unmergeable::Malformed) }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    builder: Builder<'a>,
}

impl<'a> Parser<'a> {
    fn space(&mut self) {
        self.scanner.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn value(&mut self, key: Key<'a>, written_key: &'a [u8]) -> Result<(), Unmergeable> {
        let open = self.builder.open(key, written_key)?;
        let start = self.scanner.at();
        match self.scanner.peek() {
            Some(b'{') => return self.nested(&open, Self::object),
            Some(b'[') => return self.nested(&open, Self::array),
            Some(b'"') => {
                self.text()?;
            }
            Some(b't') => self.scanner.expect(b"true")?,
            Some(b'f') => self.scanner.expect(b"false")?,
            Some(b'n') => self.scanner.expect(b"null")?,
            _ => self.number()?,
        }
        self.builder.close(&open, Kind::Plain, self.scanner.since(start));
        Ok(())
    }

    fn nested(&mut self, open: &Open, parse: fn(&mut Self) -> Result<bool, Unmergeable>) -> Result<(), Unmergeable> {
        let start = self.scanner.at();
        self.builder.descend()?;
        let is_list = parse(self)?;
        self.builder.ascend();
        self.builder.close_array(open, is_list, self.scanner.since(start));
        Ok(())
    }

    /// Whether its keys are those of a list.
    fn object(&mut self) -> Result<bool, Unmergeable> {
        self.scanner.expect(b"{")?;
        self.space();
        let mut is_list = true;
        if self.scanner.skip(b'}') {
            return Ok(is_list);
        }
        for at in 0.. {
            let (key, written) = self.key()?;
            is_list &= key.is_index(at);
            self.space();
            self.scanner.expect(b":")?;
            self.space();
            self.value(key, written)?;
            self.space();
            if self.scanner.skip(b'}') {
                break;
            }
            self.scanner.expect(b",")?;
            self.space();
        }
        Ok(is_list)
    }

    fn array(&mut self) -> Result<bool, Unmergeable> {
        self.scanner.expect(b"[")?;
        self.space();
        if self.scanner.skip(b']') {
            return Ok(true);
        }
        for index in 0.. {
            self.value(Key::Int(index), b"")?;
            self.space();
            if self.scanner.skip(b']') {
                break;
            }
            self.scanner.expect(b",")?;
            self.space();
        }
        Ok(true)
    }

    fn key(&mut self) -> Result<(Key<'a>, &'a [u8]), Unmergeable> {
        let start = self.scanner.at();
        let has_escapes = self.text()?;
        let written = self.scanner.since(start);
        let text = if has_escapes {
            let text: String = serde_json::from_slice(written).map_err(|_| Unmergeable::Malformed)?;
            Cow::Owned(text.into_bytes())
        } else {
            Cow::Borrowed(written.get(1..written.len().saturating_sub(1)).unwrap_or_default())
        };
        Ok((Key::from_text(text), written))
    }

    /// A string with its quotes; whether it has escapes.
    fn text(&mut self) -> Result<bool, Unmergeable> {
        self.scanner.expect(b"\"")?;
        let mut has_escapes = false;
        loop {
            self.scanner.take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1F));
            if self.scanner.skip(b'"') {
                return Ok(has_escapes);
            }
            self.scanner.expect(b"\\")?;
            self.escape()?;
            has_escapes = true;
        }
    }

    /// What stands after a backslash. Half of a surrogate pair is malformed to PHP too.
    fn escape(&mut self) -> Result<(), Unmergeable> {
        match self.scanner.take(1)? {
            b"\"" | b"\\" | b"/" | b"b" | b"f" | b"n" | b"r" | b"t" => Ok(()),
            b"u" => match self.code_unit()? {
                0xD800..=0xDBFF => {
                    self.scanner.expect(b"\\u")?;
                    let second = self.code_unit()?;
                    if (0xDC00..=0xDFFF).contains(&second) { Ok(()) } else { Err(Unmergeable::Malformed) }
                }
                0xDC00..=0xDFFF => Err(Unmergeable::Malformed),
                _ => Ok(()),
            },
            _ => Err(Unmergeable::Malformed),
        }
    }

    fn code_unit(&mut self) -> Result<u32, Unmergeable> {
        let digits = self.scanner.take(4)?;
        let value = |sum: u32, byte: &u8| Some(sum.wrapping_mul(16).wrapping_add(char::from(*byte).to_digit(16)?));
        digits.iter().try_fold(0, value).ok_or(Unmergeable::Malformed)
    }

    fn number(&mut self) -> Result<(), Unmergeable> {
        self.scanner.skip(b'-');
        if !self.scanner.skip(b'0') {
            self.scanner.digits()?;
        }
        if self.scanner.skip(b'.') {
            self.scanner.digits()?;
        }
        if self.scanner.skip(b'e') || self.scanner.skip(b'E') {
            let _signed = self.scanner.skip(b'-') || self.scanner.skip(b'+');
            self.scanner.digits()?;
        }
        Ok(())
    }
}
