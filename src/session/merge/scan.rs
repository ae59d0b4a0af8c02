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
        let digit = |sum: usize, byte: &u8| sum.checked_mul(10)?.checked_add(usize::from(byte & 0xF));
        self.digits()?.iter().try_fold(0, digit).ok_or(Unmergeable::Malformed)
    }

    /// A whole number; PHP reads a plus too.
    pub(super) fn int(&mut self) -> Result<i64, Unmergeable> {
        let negative = self.skip(b'-');
        let _positive = !negative && self.skip(b'+');
        // Downwards there is room for one more.
        let digit = |sum: i64, byte: &u8| sum.checked_mul(10)?.checked_sub(i64::from(byte & 0xF));
        let number = self.digits()?.iter().try_fold(0, digit);
        let signed = if negative { number } else { number.and_then(i64::checked_neg) };
        signed.ok_or(Unmergeable::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_up_to_the_last_that_fits_and_no_further() {
        let int = |text: &str| Scanner::new(text.as_bytes()).int();
        for (text, number) in [
            ("0", 0),
            ("-0", 0),
            ("+7", 7),
            ("007", 7),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(int(text), Ok(number), "{text}");
        }
        for text in ["", "-", "+", "+-1", "--1", "x", "9223372036854775808", "-9223372036854775809"] {
            assert_eq!(int(text), Err(Unmergeable::Malformed), "{text}");
        }
        assert_eq!(Scanner::new(b"12x").count(), Ok(12));
        assert_eq!(Scanner::new(b"99999999999999999999").count(), Err(Unmergeable::Malformed));
    }
}
