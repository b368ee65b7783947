//! The bytes of a plan document, made UTF-8: what PowerShell writes is UTF-16.

use super::ReadError;
use std::io::{self, BufRead, BufReader, Read};

/// Two bytes as a code unit of UTF-16.
type Unit = fn([u8; 2]) -> u16;

/// A file in whatever encoding, read as UTF-8.
pub enum Source<R> {
    Utf8(BufReader<R>),
    Utf16(Utf16<BufReader<R>>),
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Utf8(input) => input.read(buffer),
            Self::Utf16(input) => input.read(buffer),
        }
    }
}

/// A reader of UTF-8 without a byte order mark. The buffer is on the outside, so that a byte costs no call.
///
/// # Errors
/// [`ReadError`] for an empty input and for one that is no text: a binary plan file above all.
pub fn utf8<R: Read>(input: R) -> Result<BufReader<Source<R>>, ReadError> {
    let mut input = BufReader::new(input);
    let start = input.fill_buf().map_err(ReadError::from_io)?;
    let (mark, unit): (usize, Option<Unit>) = match start {
        [] => return Err(ReadError::empty()),
        [b'P', b'K', 3, 4, ..] => return Err(ReadError::binary_plan()),
        [0x1f, 0x8b, ..] => return Err(ReadError::compressed()),
        [0xef, 0xbb, 0xbf, ..] => (3, None),
        [0xff, 0xfe, ..] => (2, Some(u16::from_le_bytes)),
        [0xfe, 0xff, ..] => (2, Some(u16::from_be_bytes)),
        [b'{', 0, ..] => (0, Some(u16::from_le_bytes)),
        [0, b'{', ..] => (0, Some(u16::from_be_bytes)),
        _ => (0, None),
    };
    input.consume(mark);
    let source = match unit {
        Some(unit) => Source::Utf16(Utf16::new(input, unit)),
        None => Source::Utf8(input),
    };
    Ok(BufReader::with_capacity(256 * 1024, source))
}

/// Decodes UTF-16 as it is read; a lone surrogate becomes U+FFFD.
pub struct Utf16<R> {
    input: R,
    unit: Unit,
    held: Option<u16>,
    out: Vec<u8>,
    sent: usize,
}

impl<R: Read> Utf16<R> {
    fn new(input: R, unit: Unit) -> Self {
        Self { input, unit, held: None, out: Vec::new(), sent: 0 }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut bytes = vec![0; 32 * 1024];
        let mut length = 0;
        while length < bytes.len() {
            match self.input.read(&mut bytes[length..])? {
                0 => break,
                read => length += read,
            }
        }
        let (pairs, rest) = bytes[..length].as_chunks::<2>();
        let units = self.held.take().into_iter().chain(pairs.iter().map(|pair| (self.unit)(*pair)));
        let mut units: Vec<u16> = units.collect();
        let more_may_come = length == bytes.len();
        if more_may_come && units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
            self.held = units.pop();
        }
        let cut = if rest.is_empty() { "" } else { "\u{fffd}" };
        self.out = String::from_utf16_lossy(&units).into_bytes();
        self.out.extend_from_slice(cut.as_bytes());
        self.sent = 0;
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.sent == self.out.len() {
            self.fill()?;
        }
        let length = buffer.len().min(self.out.len() - self.sent);
        buffer[..length].copy_from_slice(&self.out[self.sent..self.sent + length]);
        self.sent += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn text(bytes: Vec<u8>) -> String {
        let mut text = String::new();
        if let Ok(mut input) = utf8(Cursor::new(bytes)) {
            input.read_to_string(&mut text).unwrap_or_default();
        }
        text
    }

    #[test]
    fn utf_16_is_read_in_both_byte_orders_and_across_the_edges_of_the_buffer() {
        let long = format!("{{\"a\": \"{}😀é\"}}", "x".repeat(16 * 1024 - 9));
        for big in [false, true] {
            let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            let mut data: Vec<u8> = bytes(0xfeff).to_vec();
            data.extend(long.encode_utf16().flat_map(bytes));
            assert_eq!(text(data.clone()), long);
            assert_eq!(text(data[2..].to_vec()), long, "without a byte order mark");
        }
    }

    #[test]
    fn a_byte_order_mark_of_utf_8_is_left_out() {
        assert_eq!(text(b"\xef\xbb\xbf{}".to_vec()), "{}");
    }

    #[test]
    fn a_binary_plan_is_refused_with_the_command_that_helps() {
        let error = utf8(Cursor::new(b"PK\x03\x04rest".to_vec())).err().map(|error| error.to_string());
        assert!(error.unwrap_or_default().contains("terraform show -json"));
    }
}
