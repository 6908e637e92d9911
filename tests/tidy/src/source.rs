//! Rust source, told apart into code, comments and texts.

use core::iter::Peekable;
use core::str::CharIndices;

/// A file's code and the texts in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// The code with spaces in place of comments, texts and characters; lines stay where they are.
    pub code: String,
    /// What stands between quotes, escapes as written, with the line it begins on.
    pub texts: Vec<(usize, String)>,
}

/// Takes `text` apart.
pub fn read(text: &str) -> Source {
    let mut reader = Reader {
        chars: text.char_indices().peekable(),
        text,
        source: Source { code: String::with_capacity(text.len()), texts: Vec::new() },
        line: 1,
    };
    while let Some((at, c)) = reader.next() {
        reader.piece(at, c);
    }
    reader.source
}

/// The part of a file before its test module, which stands last.
pub fn without_tests(text: &str) -> &str {
    let mut start = 0;
    let mut attribute = None;
    for line in text.split_inclusive('\n') {
        if let (Some(at), true) = (attribute, line.starts_with("mod ") && line.ends_with("{\n")) {
            return &text[..at];
        }
        attribute = is_test_attribute(line).then_some(start);
        start += line.len();
    }
    text
}

/// Whether a line is an attribute that makes what follows a part of the tests.
pub fn is_test_attribute(line: &str) -> bool {
    let line = line.trim();
    line == "#[cfg(test)]" || line.starts_with("#[cfg(all(test,")
}

/// Whether `code` has `word` as a whole word: no letter, digit or `_` on either side.
pub fn has_word(code: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let after = &code[at + word.len()..];
        let goes_on = word.ends_with(is_part) && after.starts_with(is_part);
        !goes_on && !code[..at].ends_with(is_part)
    })
}

struct Reader<'a> {
    chars: Peekable<CharIndices<'a>>,
    text: &'a str,
    source: Source,
    line: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<(usize, char)> {
        let next = self.chars.next();
        self.line += usize::from(matches!(next, Some((_, '\n'))));
        next
    }

    /// One piece that begins with `c`.
    fn piece(&mut self, at: usize, c: char) {
        let rest = &self.text[at..];
        if rest.starts_with("//") {
            self.skip(rest.find('\n').unwrap_or(rest.len()), c);
        } else if rest.starts_with("/*") {
            self.skip(comment_len(rest), c);
        } else if c == '"' {
            self.quoted(rest, 1, "\"", true, c);
        } else if let Some(hashes) = raw_hashes(rest, self.source.code.as_str()) {
            let end = format!("\"{}", "#".repeat(hashes));
            self.quoted(rest, rest.find('"').unwrap_or(0) + 1, &end, false, c);
        } else if c == '\'' {
            self.skip(char_len(rest).unwrap_or(0), c);
        } else {
            self.source.code.push(c);
        }
    }

    /// A text that begins with `open` bytes and ends with `end`.
    fn quoted(&mut self, rest: &str, open: usize, end: &str, has_escapes: bool, c: char) {
        let inner = &rest[open..];
        let len = text_len(inner, end, has_escapes);
        self.source.texts.push((self.line, inner[..len].to_owned()));
        self.skip(open + len + end.len(), c);
    }

    /// Puts blanks in place of `len` bytes that begin with `c`, which is taken already; a `len` of
    /// 0 keeps it.
    fn skip(&mut self, len: usize, c: char) {
        if len == 0 {
            self.source.code.push(c);
            return;
        }
        let mut left = len.saturating_sub(c.len_utf8());
        self.source.code.push(' ');
        while left > 0 {
            let Some((_, c)) = self.next() else { return };
            left = left.saturating_sub(c.len_utf8());
            self.source.code.push(if c == '\n' { '\n' } else { ' ' });
        }
    }
}

/// Bytes of a block comment; they nest.
fn comment_len(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// Bytes before the `end` of a text.
fn text_len(inner: &str, end: &str, has_escapes: bool) -> usize {
    let bytes = inner.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if has_escapes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at..].starts_with(end.as_bytes()) {
            return at;
        } else {
            at += 1;
        }
    }
    inner.len()
}

/// How many `#` a raw text has that begins here, behind `code`.
fn raw_hashes(rest: &str, code: &str) -> Option<usize> {
    if code.ends_with(|c: char| c.is_alphanumeric() || c == '_') && !code.ends_with('b') {
        return None;
    }
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// Bytes of a character in quotes; nothing for a lifetime.
fn char_len(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first == '\\' {
        let (escaped, _) = chars.next()?;
        let end = rest[escaped + 1..].find('\'')?;
        return Some(escaped + 1 + end + 1);
    }
    chars.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_are_not_code() {
        let text = "a // \"b\"\nc /* d /* e */ f */ g \"h \\\" // i\" j r#\"k \" l\"# m b\"n\"";
        let source = read(text);
        let words: Vec<&str> = source.code.split_whitespace().collect();
        assert_eq!(words, ["a", "c", "g", "j", "m", "b"]);
        assert_eq!(source.code.len(), text.len());
        let texts: Vec<&str> = source.texts.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["h \\\" // i", "k \" l", "n"]);
        assert_eq!(source.texts[0].0, 2);
    }

    #[test]
    fn characters_and_lifetimes_are_told_apart() {
        let code = read("fn a<'b>(c: &'b str) -> char { '{' } '\\'' '\\u{7d}' 'd: ").code;
        assert_eq!(code.matches('{').count(), 1);
        assert_eq!(code.matches('}').count(), 1);
        assert!(code.contains("<'b>") && code.contains("'d:"));
    }

    #[test]
    fn tests_are_cut_off() {
        let text = "a\n#[cfg(test)]\nmod tests;\nb\n#[cfg(all(test, x))]\nmod tests {\n    c\n}\n";
        assert_eq!(without_tests(text), "a\n#[cfg(test)]\nmod tests;\nb\n");
        assert_eq!(without_tests("d\n"), "d\n");
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("a std::b", "std::"));
        assert!(!has_word("a notstd::b", "std::"));
        assert!(!has_word("a 4013", "401"));
    }
}
