//! Finding the end of text without escapes, eight bytes at a time.

/// How many bytes stand before the first that ends a string or cannot be in one as it is: a
/// quote, a backslash or a control character.
pub(crate) fn plain_len(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let marks = special_bytes(u64::from_le_bytes(*word));
        if marks != 0 {
            return at * 8 + (marks.trailing_zeros() / 8) as usize;
        }
    }
    if let (false, Some(last)) = (rest.is_empty(), bytes.last_chunk::<8>()) {
        // Some of these bytes have been looked at, and there was nothing.
        let marks = special_bytes(u64::from_le_bytes(*last));
        return bytes.len() - 8 + (marks.trailing_zeros() / 8) as usize;
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    bytes.len() - rest.len() + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// Marks such bytes, eight at a time: the lowest mark is exact, those above it may be too many,
/// since a subtraction borrows from the byte above.
const fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    const fn zeros(word: u64) -> u64 {
        word.wrapping_sub(ONES) & !word
    }
    let quotes = zeros(word ^ (ONES * b'"' as u64));
    let backslashes = zeros(word ^ (ONES * b'\\' as u64));
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    (quotes | backslashes | controls) & HIGH
}
