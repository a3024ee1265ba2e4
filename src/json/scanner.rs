//! Reads the lexemes of JSON (RFC 8259): strings, numbers, literals, and the white space between
//! them.

use std::borrow::Cow;

use super::JsonFault;

/// The number of decimal digits that an `f64` holds exactly.
const EXACT_DIGITS: usize = 15;

/// The unread rest of a text that is read lexeme by lexeme.
///
/// A lexeme is so short that a call would cost as much as reading it. So common cases are inlined;
/// rare ones (escapes, fractions) are cold functions that work on a copy.
#[derive(Clone, Copy)]
pub(super) struct Scanner<'t>(&'t str);

impl<'t> Scanner<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self(text)
    }

    /// The text between an earlier state of this scanner and where it is now.
    pub(super) fn text_since(self, earlier: Self) -> &'t str {
        earlier.0.get(..earlier.0.len() - self.0.len()).unwrap_or_default()
    }

    /// Returns the first byte of the next lexeme, or NUL at the end: no lexeme begins with NUL.
    #[inline]
    pub(super) fn peek(&mut self) -> u8 {
        match self.0.as_bytes().first() {
            Some(byte) if *byte > b' ' => *byte,
            _ => {
                *self = self.after_space();
                self.0.as_bytes().first().copied().unwrap_or_default()
            }
        }
    }

    /// Skips the lexeme that [`peek`](Self::peek) has shown to be one ASCII character.
    #[inline]
    pub(super) fn bump(&mut self) {
        self.0 = self.0.get(1..).unwrap_or_default();
    }

    /// Skips the next lexeme if it is this character.
    #[inline]
    pub(super) fn skip(&mut self, character: char) -> bool {
        let found = self.0.strip_prefix(character);
        match found.or_else(|| self.after_space().0.strip_prefix(character)) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    #[inline]
    pub(super) fn expect(&mut self, character: char) -> Result<(), JsonFault> {
        if self.skip(character) { Ok(()) } else { Err(JsonFault::Syntax) }
    }

    /// Checks that only white space is left.
    pub(super) fn end(self) -> Result<(), JsonFault> {
        if self.after_space().0.is_empty() { Ok(()) } else { Err(JsonFault::Syntax) }
    }

    /// Reads `true`, `false` or `null`.
    pub(super) fn literal<T>(&mut self, name: &str, value: T) -> Result<T, JsonFault> {
        self.0 = self.0.strip_prefix(name).ok_or(JsonFault::Syntax)?;
        Ok(value)
    }

    /// Reads a string, borrowed if it has no escapes.
    #[inline(always)]
    pub(super) fn string(&mut self) -> Result<Cow<'t, str>, JsonFault> {
        self.expect('"')?;
        let plain = self.plain()?;
        if let Some(rest) = self.0.strip_prefix('"') {
            self.0 = rest;
            return Ok(Cow::Borrowed(plain));
        }
        let (text, rest) = self.unescaped(plain)?;
        *self = rest;
        Ok(Cow::Owned(text))
    }

    /// Reads a number. One that is too great for an `f64` is a syntax error.
    #[inline]
    pub(super) fn number(&mut self) -> Result<f64, JsonFault> {
        let mut rest = *self;
        let digits = rest.digits();
        let exact = matches!(digits.as_bytes(), [b'1'..=b'9', ..]) && digits.len() <= EXACT_DIGITS;
        if exact && !matches!(rest.0.as_bytes(), [b'.' | b'e' | b'E', ..]) {
            *self = rest;
            let value = |digit: u8| u64::from(digit.wrapping_sub(b'0'));
            return Ok(digits.bytes().fold(0, |number, digit| number * 10 + value(digit)) as f64);
        }
        let (number, rest) = self.inexact()?;
        *self = rest;
        Ok(number)
    }

    /// Reads any number. Returns it and the scanner after it.
    #[cold]
    #[inline(never)]
    fn inexact(self) -> Result<(f64, Self), JsonFault> {
        let mut rest = self;
        rest.skip_number()?;
        let number = rest.text_since(self).parse().ok();
        match number.filter(|number: &f64| number.is_finite()) {
            Some(number) => Ok((number, rest)),
            None => Err(JsonFault::Syntax),
        }
    }

    /// Skips a number, however great it is. Returns the number of its exponent's digits.
    pub(super) fn skip_number(&mut self) -> Result<usize, JsonFault> {
        let mut rest = *self;
        rest.0 = rest.0.strip_prefix('-').unwrap_or(rest.0);
        let whole = rest.digits();
        let mut sound = !whole.is_empty() && (whole == "0" || !whole.starts_with('0'));
        if let Some(fraction) = rest.0.strip_prefix('.') {
            rest.0 = fraction;
            sound &= !rest.digits().is_empty();
        }
        let mut exponent_digits = 0;
        if let Some(exponent) = rest.0.strip_prefix(['e', 'E']) {
            rest.0 = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            exponent_digits = rest.digits().len();
            sound &= exponent_digits > 0;
        }
        *self = rest;
        if sound { Ok(exponent_digits) } else { Err(JsonFault::Syntax) }
    }

    /// Checks a number as [`number`](Self::number) does, and skips it.
    pub(super) fn check_number(&mut self) -> Result<(), JsonFault> {
        let start = *self;
        let exponent_digits = self.skip_number()?;
        // 200 digits and an exponent of two are far below the greatest `f64`, 1.8e308.
        if exponent_digits <= 2 && self.text_since(start).len() <= 200 {
            return Ok(());
        }
        start.inexact().map(|_| ())
    }

    /// Checks a string as [`string`](Self::string) does, and skips it.
    pub(super) fn check_string(&mut self) -> Result<(), JsonFault> {
        self.expect('"')?;
        loop {
            self.plain()?;
            if let Some(rest) = self.0.strip_prefix('"') {
                self.0 = rest;
                return Ok(());
            }
            self.0 = self.0.strip_prefix('\\').ok_or(JsonFault::Syntax)?;
            self.escape()?;
        }
    }

    /// Skips a string, whatever its escapes stand for.
    pub(super) fn skip_string(&mut self) -> Result<(), JsonFault> {
        self.expect('"')?;
        loop {
            self.plain()?;
            if let Some(rest) = self.0.strip_prefix('"') {
                self.0 = rest;
                return Ok(());
            }
            let escape = self.0.strip_prefix('\\').ok_or(JsonFault::Syntax)?;
            let rest = escape.strip_prefix(['"', '\\', '/', 'b', 'f', 'n', 'r', 't', 'u']);
            self.0 = rest.ok_or(JsonFault::Syntax)?;
            if escape.starts_with('u') {
                self.hexadecimal()?;
            }
        }
    }

    fn digits(&mut self) -> &'t str {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(count).unwrap_or_default();
        self.0 = rest;
        digits
    }

    /// Reads up to the end of the string, an escape, or a character that no string may have.
    #[inline]
    fn plain(&mut self) -> Result<&'t str, JsonFault> {
        let end = first_special(self.0.as_bytes());
        let (plain, rest) = self.0.split_at_checked(end).ok_or(JsonFault::Syntax)?;
        self.0 = rest;
        Ok(plain)
    }

    /// Reads the rest of a string with escapes. Returns the string and the scanner after it.
    #[cold]
    #[inline(never)]
    fn unescaped(mut self, plain: &str) -> Result<(String, Self), JsonFault> {
        let mut text = plain.to_owned();
        while let Some(escape) = self.0.strip_prefix('\\') {
            self.0 = escape;
            text.push(self.escape()?);
            text.push_str(self.plain()?);
        }
        self.0 = self.0.strip_prefix('"').ok_or(JsonFault::Syntax)?;
        Ok((text, self))
    }

    /// Reads an escape after its backslash. Returns the character that it stands for.
    fn escape(&mut self) -> Result<char, JsonFault> {
        let mut characters = self.0.chars();
        let letter = characters.next().ok_or(JsonFault::Syntax)?;
        self.0 = characters.as_str();
        Ok(match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.utf16(),
            _ => return Err(JsonFault::Syntax),
        })
    }

    /// Reads a character by its number, after the `u`. One beyond 16 bits is a pair of surrogates;
    /// a lone surrogate is a syntax error.
    fn utf16(&mut self) -> Result<char, JsonFault> {
        let first = self.hexadecimal()?;
        if let Some(character) = char::from_u32(first.into()) {
            return Ok(character);
        }
        self.literal("\\u", ())?;
        match char::decode_utf16([first, self.hexadecimal()?]).next() {
            Some(Ok(character)) => Ok(character),
            _ => Err(JsonFault::Syntax),
        }
    }

    fn hexadecimal(&mut self) -> Result<u16, JsonFault> {
        let (digits, rest) = self.0.split_at_checked(4).ok_or(JsonFault::Syntax)?;
        self.0 = rest;
        let digits_only = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u16::from_str_radix(digits, 16).ok().filter(|_| digits_only);
        number.ok_or(JsonFault::Syntax)
    }

    #[cold]
    #[inline(never)]
    fn after_space(self) -> Self {
        Self(self.0.trim_start_matches([' ', '\n', '\t', '\r']))
    }
}

/// Returns the index of the first byte that ends plain text in a string: a quotation mark, a
/// backslash or a control character.
#[inline]
fn first_special(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks();
    for (index, word) in words.iter().enumerate() {
        let found = specials(*word);
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    // The NULs of the padding are special, so they end the search where the text ends.
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(last, byte)| *last = *byte);
    words.len() * 8 + specials(last).trailing_zeros() as usize / 8
}

/// Sets the highest bit of the lowest special byte of eight. Bits above it may be false positives.
const fn specials(bytes: [u8; 8]) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const fn zeros(bytes: u64) -> u64 {
        bytes.wrapping_sub(ONES) & !bytes
    }
    let bytes = u64::from_le_bytes(bytes);
    let quotation_marks = zeros(bytes ^ (ONES * b'"' as u64));
    let backslashes = zeros(bytes ^ (ONES * b'\\' as u64));
    let controls = bytes.wrapping_sub(ONES * b' ' as u64) & !bytes;
    (quotation_marks | backslashes | controls) & (ONES << 7)
}
