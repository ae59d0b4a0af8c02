//! What stands between the values: numbers, lengths, quoted bytes.

use super::Unmergeable;

/// Bytes, and how far they have been parsed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Scanner { text, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn at_end(&self) -> bool {
        self.rest().is_empty()
    }

    /// What was parsed since then.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The next so many bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Unmergeable> {
        let end = self.at.checked_add(count).ok_or(Unmergeable::Malformed)?;
        let bytes = self.text.get(self.at..end).ok_or(Unmergeable::Malformed)?;
        self.at = end;
        Ok(bytes)
    }

    /// The bytes that satisfy this.
    pub(super) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let count = self.rest().iter().take_while(|byte| wanted(**byte)).count();
        self.take(count).unwrap_or_default()
    }

    /// These bytes must come next.
    pub(super) fn expect(&mut self, wanted: &[u8]) -> Result<(), Unmergeable> {
        if self.take(wanted.len())? == wanted { Ok(()) } else { Err(Unmergeable::Malformed) }
    }

    /// Takes this byte if it comes next.
    pub(super) fn skip(&mut self, wanted: u8) -> bool {
        let comes = self.peek() == Some(wanted);
        if comes {
            self.at = self.at.saturating_add(1);
        }
        comes
    }

    /// One or more digits.
    pub(super) fn digits(&mut self) -> Result<&'a [u8], Unmergeable> {
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        if digits.is_empty() { Err(Unmergeable::Malformed) } else { Ok(digits) }
    }

    /// A number of bytes, elements or the like.
    pub(super) fn count(&mut self) -> Result<usize, Unmergeable> {
        parse(self.digits()?)
    }

    /// A whole number; PHP reads a plus too.
    pub(super) fn int(&mut self) -> Result<i64, Unmergeable> {
        let start = self.at;
        let _signed = self.skip(b'-') || self.skip(b'+');
        self.digits()?;
        parse(self.since(start))
    }
}

fn parse<T: std::str::FromStr>(digits: &[u8]) -> Result<T, Unmergeable> {
    let text = std::str::from_utf8(digits).map_err(|_| Unmergeable::Malformed)?;
    text.parse().map_err(|_| Unmergeable::Malformed)
}
