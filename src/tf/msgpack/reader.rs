//! MessagePack tokens from bytes. Knows nothing of types.

use crate::tf::ValueError;

/// The rest of a message.
pub struct Reader<'a>(&'a [u8]);

/// One value of a message, or the head of a collection whose elements follow.
#[derive(Debug, PartialEq)]
pub enum Token<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    /// Used only for integers that are no `i64`.
    Uint(u64),
    Float(f64),
    /// The bytes of a text or of a binary: senders do not agree on which is which.
    Bytes(&'a [u8]),
    Array(usize),
    Map(usize),
    Ext(u8, &'a [u8]),
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// True when all is read.
    pub fn at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads the next token.
    pub fn token(&mut self) -> Result<Token<'a>, ValueError> {
        let [code] = self.array()?;
        Ok(match code {
            0x00..=0x7f => Token::Int(code.into()),
            0x80..=0x8f => Token::Map(usize::from(code & 0x0f)),
            0x90..=0x9f => Token::Array(usize::from(code & 0x0f)),
            0xa0..=0xbf => Token::Bytes(self.bytes(usize::from(code & 0x1f))?),
            0xc0 => Token::Nil,
            0xc1 => return Err(ValueError::here("the byte 0xc1 is not MessagePack")),
            0xc2 => Token::Bool(false),
            0xc3 => Token::Bool(true),
            0xc4 | 0xd9 => self.sized(1)?,
            0xc5 | 0xda => self.sized(2)?,
            0xc6 | 0xdb => self.sized(4)?,
            0xc7 => self.sized_ext(1)?,
            0xc8 => self.sized_ext(2)?,
            0xc9 => self.sized_ext(4)?,
            0xca => Token::Float(f32::from_be_bytes(self.array()?).into()),
            0xcb => Token::Float(f64::from_be_bytes(self.array()?)),
            0xcc => Token::Int(u8::from_be_bytes(self.array()?).into()),
            0xcd => Token::Int(u16::from_be_bytes(self.array()?).into()),
            0xce => Token::Int(u32::from_be_bytes(self.array()?).into()),
            0xcf => {
                let uint = u64::from_be_bytes(self.array()?);
                i64::try_from(uint).map_or(Token::Uint(uint), Token::Int)
            }
            0xd0 => Token::Int(i8::from_be_bytes(self.array()?).into()),
            0xd1 => Token::Int(i16::from_be_bytes(self.array()?).into()),
            0xd2 => Token::Int(i32::from_be_bytes(self.array()?).into()),
            0xd3 => Token::Int(i64::from_be_bytes(self.array()?)),
            0xd4..=0xd8 => self.ext(1 << (code - 0xd4))?,
            0xdc => Token::Array(self.length(2)?),
            0xdd => Token::Array(self.length(4)?),
            0xde => Token::Map(self.length(2)?),
            0xdf => Token::Map(self.length(4)?),
            0xe0..=0xff => Token::Int(i8::from_be_bytes([code]).into()),
        })
    }

    /// Reads the next value with all its parts and forgets it.
    pub fn skip(&mut self) -> Result<(), ValueError> {
        let mut pending: u64 = 1;
        while pending > 0 {
            pending -= 1;
            pending += match self.token()? {
                Token::Array(length) => length as u64,
                Token::Map(length) => 2 * length as u64,
                _ => 0,
            };
        }
        Ok(())
    }

    fn sized(&mut self, width: usize) -> Result<Token<'a>, ValueError> {
        let length = self.length(width)?;
        Ok(Token::Bytes(self.bytes(length)?))
    }

    fn sized_ext(&mut self, width: usize) -> Result<Token<'a>, ValueError> {
        let length = self.length(width)?;
        self.ext(length)
    }

    fn ext(&mut self, length: usize) -> Result<Token<'a>, ValueError> {
        let [code] = self.array()?;
        Ok(Token::Ext(code, self.bytes(length)?))
    }

    /// A big-endian length of up to four bytes.
    fn length(&mut self, width: usize) -> Result<usize, ValueError> {
        Ok(self.bytes(width)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ValueError> {
        let (head, rest) = self.0.split_first_chunk().ok_or_else(truncated)?;
        self.0 = rest;
        Ok(*head)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], ValueError> {
        let (head, rest) = self.0.split_at_checked(length).ok_or_else(truncated)?;
        self.0 = rest;
        Ok(head)
    }
}

fn truncated() -> ValueError {
    ValueError::here("the message ends too early")
}
