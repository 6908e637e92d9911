//! Bytes that have arrived and were not taken yet.

use std::io;

use b2_local::exchange::headers::LEN_MAX;

/// Bytes for which there is room at first: most heads and most small answers.
const LEN: usize = 8 * 1024;

/// A buffer that is filled at its end and emptied at its begin.
#[derive(Default)]
pub(super) struct Input {
    buffer: Vec<u8>,
    begin: usize,
    end: usize,
}

impl Input {
    /// What is there.
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.begin..self.end).unwrap_or_default()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.begin == self.end
    }

    /// Takes the first bytes away.
    pub(super) fn consume(&mut self, count: usize) {
        self.begin = self.begin.saturating_add(count).min(self.end);
        if self.is_empty() {
            (self.begin, self.end) = (0, 0);
        }
    }

    /// Moves as many bytes as there are and fit.
    pub(super) fn take(&mut self, buf: &mut [u8]) -> usize {
        let count = buf.len().min(self.bytes().len());
        let (buf, bytes) = (buf.get_mut(..count), self.bytes().get(..count));
        if let (Some(buf), Some(bytes)) = (buf, bytes) {
            buf.copy_from_slice(bytes);
        }
        self.consume(count);
        count
    }

    /// Adds what `read` gives; the count, none at the end.
    pub(super) fn fill(
        &mut self,
        read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if self.begin > 0 && self.end == self.buffer.len() {
            self.buffer.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end - self.begin);
        }
        if self.end == self.buffer.len() {
            self.buffer.resize((2 * self.buffer.len()).clamp(LEN, LEN_MAX), 0);
        }
        let count = read(self.buffer.get_mut(self.end..).unwrap_or_default())?;
        self.end += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(input: &mut Input, byte: u8) -> usize {
        let read = |space: &mut [u8]| {
            space.fill(byte);
            Ok(space.len())
        };
        input.fill(read).expect("read")
    }

    #[test]
    fn it_grows_to_its_bound() {
        let mut input = Input::default();
        assert_eq!(fill(&mut input, 1), LEN);
        input.consume(10);
        assert_eq!(fill(&mut input, 2), 10, "what was taken makes room");
        while fill(&mut input, 3) > 0 {}
        assert_eq!(input.bytes().len(), LEN_MAX);
        let mut start = vec![0; LEN - 9];
        assert_eq!(input.take(&mut start), start.len());
        assert_eq!((start[LEN - 11], start[LEN - 10]), (1, 2));
        input.consume(usize::MAX);
        assert!(input.is_empty());
    }
}
