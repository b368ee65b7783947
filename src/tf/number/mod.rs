//! Numbers of any size and precision, with the rules by which they travel.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The longest plain decimal that is accepted, in digits. The longest exact double has 1,075.
const MAX_DIGITS: usize = 4096;

/// A number of any size and precision, or an infinity; never NaN. Equality and order are numeric.
#[derive(Debug, Clone)]
pub struct Number(Repr);

#[derive(Debug, Clone)]
enum Repr {
    /// Every integer that fits.
    Int(i64),
    /// An infinity, a double with a fraction, or one beyond the integers above.
    Float(f64),
    /// A plain decimal without superfluous zeros. If it has a fraction, no double is equal to it.
    Decimal(Box<str>),
}

/// Why something is not a [`Number`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not the text of a number.
    #[error("number is required")]
    Syntax,
    /// Too many digits when written without exponent.
    #[error("a number has more than {MAX_DIGITS} digits")]
    TooLong,
    /// Not a number at all.
    #[error("NaN is not a number")]
    Nan,
}

/// How a number travels in MessagePack.
pub(super) enum Wire<'a> {
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
}

impl Number {
    /// Reads a decimal number: sign, digits, point and exponent as usual, or `Inf` with a sign.
    ///
    /// # Errors
    /// When the text is something else, or has too many digits without its exponent.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if matches!(unsigned, "Inf" | "inf") {
            return Ok(Self(Repr::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY })));
        }
        plain(negative, unsigned).map(Self::from_plain)
    }

    /// The number that is exactly this double, which is often not the decimal that it prints as.
    ///
    /// # Errors
    /// When it is NaN.
    pub fn from_f64(float: f64) -> Result<Self, NumberError> {
        // Both ends are exact doubles.
        let fits = float >= i64::MIN as f64 && float < i64::MAX as f64;
        match float {
            _ if float.is_nan() => Err(NumberError::Nan),
            #[allow(clippy::cast_possible_truncation, reason = "integral and in range")]
            _ if float.fract() == 0.0 && fits => Ok(Self(Repr::Int(float as i64))),
            _ => Ok(Self(Repr::Float(float))),
        }
    }

    /// From a decimal without superfluous zeros.
    fn from_plain(text: String) -> Self {
        if let Ok(int) = text.parse() {
            return Self(Repr::Int(int));
        }
        // A fraction in base 2 ends in 5 in base 10.
        if text.ends_with('5')
            && text.contains('.')
            && let Ok(float) = text.parse::<f64>()
            && exact(float) == text
        {
            return Self(Repr::Float(float));
        }
        Self(Repr::Decimal(text.into()))
    }

    /// The value if it is an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Int(int) => Some(int),
            _ => None,
        }
    }

    /// True unless infinite.
    pub fn is_finite(&self) -> bool {
        !matches!(self.0, Repr::Float(float) if float.is_infinite())
    }

    pub(super) fn wire(&self) -> Wire<'_> {
        match &self.0 {
            Repr::Int(int) => Wire::Int(*int),
            Repr::Float(float) if float.is_finite() && float.fract() == 0.0 => Wire::Text(self.to_string().into()),
            Repr::Float(float) => Wire::Float(*float),
            Repr::Decimal(text) => Wire::Text(Cow::Borrowed(text)),
        }
    }

    /// All digits; the same text for equal numbers.
    fn exact(&self) -> Cow<'_, str> {
        match &self.0 {
            Repr::Int(int) => int.to_string().into(),
            Repr::Float(float) => exact(*float).into(),
            Repr::Decimal(text) => Cow::Borrowed(text),
        }
    }
}

/// All digits of a double; Rust's words for the infinities.
fn exact(float: f64) -> String {
    let bits = float.to_bits();
    let exponent = (bits >> 52) & 0x7ff;
    let mantissa = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = if exponent == 0 { (mantissa, 1) } else { (mantissa | 1 << 52, exponent) };
    // The value is mantissa * 2^(exponent - 1075): as many decimals as negative powers of two.
    let decimals = 1075_u64.saturating_sub(exponent + u64::from(mantissa.trailing_zeros()));
    let decimals = usize::try_from(decimals).unwrap_or_default();
    format!("{float:.decimals$}")
}

/// The plain decimal of an unsigned text, without superfluous zeros.
fn plain(negative: bool, unsigned: &str) -> Result<String, NumberError> {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, power(exponent)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    if !all_digits || whole.len() + fraction.len() == 0 {
        return Err(NumberError::Syntax);
    }
    if mantissa.len() > 2 * MAX_DIGITS {
        return Err(NumberError::TooLong);
    }
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    let point = signed(whole.len()) - signed(digits.len() - significant.len()) + exponent;
    let significant = significant.trim_end_matches('0');
    if significant.is_empty() {
        return Ok("0".to_owned());
    }
    let sign = if negative { "-" } else { "" };
    let length = point.max(signed(significant.len())) - point.min(0);
    if length > signed(MAX_DIGITS) {
        return Err(NumberError::TooLong);
    }
    // The length bounds the point.
    let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or_default());
    Ok(match usize::try_from(point) {
        Ok(0) | Err(_) => format!("{sign}0.{}{significant}", zeros(-point)),
        Ok(point) if point < significant.len() => {
            let (whole, fraction) = significant.split_at(point);
            format!("{sign}{whole}.{fraction}")
        }
        Ok(_) => format!("{sign}{significant}{}", zeros(point - signed(significant.len()))),
    })
}

/// An exponent. Beyond the range of numbers it stays beyond.
fn power(text: &str) -> Result<i64, NumberError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::Syntax);
    }
    let size = digits.parse::<u32>().map_or(i64::from(u32::MAX), i64::from);
    Ok(if text.starts_with('-') { -size } else { size })
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX / 4)
}

impl From<i64> for Number {
    fn from(int: i64) -> Self {
        Self(Repr::Int(int))
    }
}

impl From<i32> for Number {
    fn from(int: i32) -> Self {
        i64::from(int).into()
    }
}

impl From<u64> for Number {
    fn from(int: u64) -> Self {
        Self::from_plain(int.to_string())
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Int(a), Repr::Int(b)) => a.cmp(b),
            // Neither is NaN nor a zero, so this is the numeric order.
            (Repr::Float(a), Repr::Float(b)) => a.total_cmp(b),
            (Repr::Float(float), _) if float.is_infinite() => float.total_cmp(&0.0),
            (_, Repr::Float(float)) if float.is_infinite() => 0.0_f64.total_cmp(float),
            _ => compare(&self.exact(), &other.exact()),
        }
    }
}

/// Compares plain decimals.
fn compare(a: &str, b: &str) -> Ordering {
    match (a.strip_prefix('-'), b.strip_prefix('-')) {
        (Some(a), Some(b)) => size(b).cmp(&size(a)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => size(a).cmp(&size(b)),
    }
}

/// Orders as the size of a plain decimal: more whole digits win, then the first different digit.
fn size(unsigned: &str) -> (usize, &str) {
    (unsigned.find('.').unwrap_or(unsigned.len()), unsigned)
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.exact().hash(state);
    }
}

impl fmt::Display for Number {
    /// A plain decimal, never with an exponent; a double in the fewest digits that tell it from its neighbours.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.0 {
            Repr::Int(int) => write!(f, "{int}"),
            Repr::Float(float) if float.is_infinite() => {
                f.write_str(if *float > 0.0 { "Infinity" } else { "-Infinity" })
            }
            Repr::Float(float) => write!(f, "{float}"),
            Repr::Decimal(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests;
