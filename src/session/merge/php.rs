//! Parses the formats `php` and `php_serialize`.
//!
//! What PHP itself would not unserialize is malformed here too:
//! <https://github.com/php/php-src/blob/PHP-8.2/ext/standard/var_unserializer.re>

use std::borrow::Cow;

use super::Unmergeable;
use super::document::{Builder, Children, Kind, Parsed};
use super::key::Key;
use super::references::{Numbering, may_refer};
use super::scan::Scanner;

/// The class of arrays that laminas-session keeps under each name.
pub(super) const LAMINAS_ARRAY: &[u8] = br"Laminas\Stdlib\ArrayObject";

/// Its property that is the array.
pub(super) const LAMINAS_STORAGE: &[u8] = b"storage";

/// A session in the format `php_serialize`: an array, as `serialize()` writes it.
pub(super) fn parse_serialized(text: &[u8]) -> Result<Parsed<'_>, Unmergeable> {
    let mut parser = Parser::new(text);
    if parser.scanner.peek() != Some(b'a') {
        return Err(Unmergeable::Malformed);
    }
    let root = parser.builder.open(Key::Int(0), b"")?;
    parser.numbering.value();
    parser.scanner.expect(b"a:")?;
    let count = parser.scanner.count()?;
    let is_list = parser.members(count)?;
    if !parser.scanner.at_end() {
        return Err(Unmergeable::Malformed);
    }
    parser.builder.close_array(&root, is_list, text);
    Ok(parser.finish())
}

/// A session in the format `php`: names, each with `|` and a value.
///
/// <https://github.com/php/php-src/blob/PHP-8.2/ext/session/session.c>, `PS_SERIALIZER_DECODE_FUNC(php)`. A `!` is part
/// of the name: PHP 7.1 ended its use as a mark.
pub(super) fn parse_names(text: &[u8]) -> Result<Parsed<'_>, Unmergeable> {
    let mut parser = Parser::new(text);
    let root = parser.builder.open(Key::Int(0), b"")?;
    while !parser.scanner.at_end() {
        let name = parser.scanner.take_while(|byte| byte != b'|');
        parser.scanner.expect(b"|")?;
        parser.value(Key::name(name), name)?;
    }
    parser.builder.close_array(&root, text.is_empty(), text);
    Ok(parser.finish())
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    builder: Builder<'a>,
    numbering: Numbering,
}

impl<'a> Parser<'a> {
    fn new(text: &'a [u8]) -> Self {
        Parser { scanner: Scanner::new(text), builder: Builder::default(), numbering: Numbering::default() }
    }

    fn finish(self) -> Parsed<'a> {
        self.builder.finish(self.numbering.into_references())
    }

    fn value(&mut self, key: Key<'a>, written_key: &'a [u8]) -> Result<(), Unmergeable> {
        let start = self.scanner.at();
        let open = self.builder.open(key, written_key)?;
        let letter = self.scanner.peek();
        if letter != Some(b'R') {
            self.numbering.value();
        }
        let kind = match letter {
            Some(b'a') => {
                self.scanner.expect(b"a:")?;
                let count = self.scanner.count()?;
                let is_list = self.members(count)?;
                self.builder.close_array(&open, is_list, self.scanner.since(start));
                return Ok(());
            }
            Some(b'O') => {
                let is_laminas = self.object()?;
                let keep = |members: Children<'_>| is_laminas && has_storage(members);
                self.builder.close_object(&open, self.scanner.since(start), keep);
                return Ok(());
            }
            Some(b'C') => self.custom_object()?,
            Some(b'E') => self.enumeration(start)?,
            Some(b'r' | b'R') => self.reference(start)?,
            _ => self.plain(letter)?,
        };
        self.builder.close(&open, kind, self.scanner.since(start));
        Ok(())
    }

    fn plain(&mut self, letter: Option<u8>) -> Result<Kind, Unmergeable> {
        match letter {
            Some(b'N') => self.scanner.expect(b"N")?,
            Some(b's') => {
                self.text()?;
            }
            Some(b'S') => self.escaped_text()?,
            Some(b'i') => {
                self.scanner.expect(b"i:")?;
                let _signed = self.scanner.skip(b'-') || self.scanner.skip(b'+');
                self.scanner.digits()?;
            }
            Some(b'b') => {
                self.scanner.expect(b"b:")?;
                let _is = self.scanner.skip(b'0') || {
                    self.scanner.expect(b"1")?;
                    true
                };
            }
            Some(b'd') => self.float()?,
            _ => return Err(Unmergeable::Malformed),
        }
        self.scanner.expect(b";")?;
        Ok(Kind::Plain)
    }

    fn float(&mut self) -> Result<(), Unmergeable> {
        self.scanner.expect(b"d:")?;
        if self.scanner.peek() == Some(b'N') {
            return self.scanner.expect(b"NAN");
        }
        let negative = self.scanner.skip(b'-');
        if self.scanner.peek() == Some(b'I') {
            return self.scanner.expect(b"INF");
        }
        let _positive = !negative && self.scanner.skip(b'+');
        let whole = self.scanner.take_while(|byte| byte.is_ascii_digit());
        let point = self.scanner.skip(b'.');
        let fraction = if point { self.scanner.take_while(|byte| byte.is_ascii_digit()) } else { b"" };
        if whole.is_empty() && fraction.is_empty() {
            return Err(Unmergeable::Malformed);
        }
        if self.scanner.skip(b'e') || self.scanner.skip(b'E') {
            let _signed = self.scanner.skip(b'-') || self.scanner.skip(b'+');
            self.scanner.digits()?;
        }
        Ok(())
    }

    /// `s:3:"abc"`.
    fn text(&mut self) -> Result<&'a [u8], Unmergeable> {
        self.scanner.expect(b"s:")?;
        self.quoted()
    }

    /// `3:"abc"`.
    fn quoted(&mut self) -> Result<&'a [u8], Unmergeable> {
        let length = self.scanner.count()?;
        self.scanner.expect(b":\"")?;
        let text = self.scanner.take(length)?;
        self.scanner.expect(b"\"")?;
        Ok(text)
    }

    /// `S:3:"a\62c"`: the length counts what the escapes stand for.
    fn escaped_text(&mut self) -> Result<(), Unmergeable> {
        self.builder.cannot_merge(Unmergeable::EscapedString);
        self.scanner.expect(b"S:")?;
        let length = self.scanner.count()?;
        self.scanner.expect(b":\"")?;
        for _ in 0..length {
            if self.scanner.take(1)? == b"\\" && !self.scanner.take(2)?.iter().all(u8::is_ascii_hexdigit) {
                return Err(Unmergeable::Malformed);
            }
        }
        self.scanner.expect(b"\"")
    }

    /// `:{`, so many keys and values, `}`; whether the keys are those of a list.
    fn members(&mut self, count: usize) -> Result<bool, Unmergeable> {
        self.scanner.expect(b":{")?;
        self.builder.descend()?;
        let mut is_list = true;
        for at in 0..count {
            let start = self.scanner.at();
            let key = self.key()?;
            is_list &= key.is_index(at);
            let written = self.scanner.since(start);
            self.value(key, written)?;
        }
        self.builder.ascend();
        self.scanner.expect(b"}")?;
        Ok(is_list)
    }

    fn key(&mut self) -> Result<Key<'a>, Unmergeable> {
        let key = match self.scanner.peek() {
            Some(b'i') => {
                self.scanner.expect(b"i:")?;
                Key::Int(self.scanner.int()?)
            }
            Some(b's') => Key::from_text(Cow::Borrowed(self.text()?)),
            Some(b'S') => {
                let start = self.scanner.at();
                self.escaped_text()?;
                Key::name(self.scanner.since(start))
            }
            _ => return Err(Unmergeable::Malformed),
        };
        self.scanner.expect(b";")?;
        Ok(key)
    }

    /// `O:8:"stdClass":1:{…}`; whether it is of Laminas' class.
    fn object(&mut self) -> Result<bool, Unmergeable> {
        self.scanner.expect(b"O:")?;
        let class = self.class()?;
        self.scanner.expect(b":")?;
        let count = self.scanner.int()?;
        self.members(usize::try_from(count).map_err(|_| Unmergeable::Malformed)?)?;
        Ok(class == LAMINAS_ARRAY)
    }

    /// `C:3:"Abc":5:{12345}`: a class that has written its own bytes.
    fn custom_object(&mut self) -> Result<Kind, Unmergeable> {
        self.scanner.expect(b"C:")?;
        self.class()?;
        self.scanner.expect(b":")?;
        let length = self.scanner.count()?;
        self.scanner.expect(b":{")?;
        if may_refer(self.scanner.take(length)?) {
            self.builder.cannot_merge(Unmergeable::References);
        }
        self.scanner.expect(b"}")?;
        self.numbering.custom();
        Ok(Kind::Object)
    }

    fn class(&mut self) -> Result<&'a [u8], Unmergeable> {
        let name = self.quoted()?;
        if is_class_name(name) { Ok(name) } else { Err(Unmergeable::Malformed) }
    }

    /// `E:8:"Suit:Red";`
    fn enumeration(&mut self, start: usize) -> Result<Kind, Unmergeable> {
        self.scanner.expect(b"E:")?;
        let name = self.quoted()?;
        let class = name.split(|byte| *byte == b':').next().filter(|class| class.len() < name.len());
        if !class.is_some_and(is_class_name) {
            return Err(Unmergeable::Malformed);
        }
        self.scanner.expect(b";")?;
        self.numbering.enumeration(start..self.scanner.at());
        Ok(Kind::Object)
    }

    /// `r:7;`, or `R:7;`, by which two places are one variable.
    fn reference(&mut self, start: usize) -> Result<Kind, Unmergeable> {
        let is_object = self.scanner.take(1)? == b"r";
        self.scanner.expect(b":")?;
        let number = self.scanner.count()?;
        self.scanner.expect(b";")?;
        if !is_object || !self.numbering.reference(start..self.scanner.at(), number) {
            self.builder.cannot_merge(Unmergeable::References);
        }
        Ok(Kind::Object)
    }
}

fn is_class_name(name: &[u8]) -> bool {
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\\' | 0x7F..);
    !name.is_empty() && !name.starts_with(b"\\") && name.iter().all(in_name)
}

/// Whether an object of Laminas' class holds an array. What its class writes are names of its own, without a mark for
/// protected properties:
/// <https://github.com/laminas/laminas-stdlib/blob/3.20.x/src/ArrayObject.php>, `__serialize`
fn has_storage(mut members: Children<'_>) -> bool {
    members.any(|member| *member.key() == Key::name(LAMINAS_STORAGE) && member.is_array())
}
