//! Shell patterns over whole names: `*`, `?` and `[…]`, which also match `/` (behaviour k.1, k.2).

use alloc::vec::Vec;

/// A pattern, case-sensitive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    One(char),
    Any,
    Rest,
    Set { is_negated: bool, ranges: Vec<(char, char)> },
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(c) = chars.get(at) {
            at += 1;
            pieces.push(match c {
                '*' => Piece::Rest,
                '?' => Piece::Any,
                '[' => match set(chars.get(at..).unwrap_or_default()) {
                    Some((set, len)) => {
                        at += len;
                        set
                    }
                    // Without its end it is an ordinary character.
                    None => Piece::One('['),
                },
                c => Piece::One(*c),
            });
        }
        Self { pieces }
    }

    /// Whether the whole name matches. Takes at most the product of both lengths in steps.
    pub(super) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut piece, mut at) = (0, 0);
        // Where to go on when the rest does not match: behind the last `*`, one further on.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            let is_end = at == name.len();
            match self.pieces.get(piece) {
                Some(Piece::Rest) => {
                    retry = Some((piece + 1, at));
                    piece += 1;
                    continue;
                }
                Some(it) if name.get(at).is_some_and(|c| it.takes(*c)) => {
                    piece += 1;
                    at += 1;
                    continue;
                }
                None if is_end => return true,
                Some(_) | None => {}
            }
            match retry {
                Some((after, from)) if from < name.len() => {
                    retry = Some((after, from + 1));
                    piece = after;
                    at = from + 1;
                }
                Some(_) | None => return false,
            }
        }
    }
}

impl Piece {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::One(own) => *own == c,
            Self::Any => true,
            Self::Rest => false,
            Self::Set { is_negated, ranges } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *is_negated
            }
        }
    }
}

/// The set behind a `[`, and how many characters it takes with its `]`.
fn set(chars: &[char]) -> Option<(Piece, usize)> {
    let is_negated = chars.first() == Some(&'!');
    let start = usize::from(is_negated);
    // A `]` right at the start is a member.
    let end = start + 1 + chars.get(start + 1..)?.iter().position(|c| *c == ']')?;
    let mut members = chars.get(start..end)?;
    let mut ranges = Vec::new();
    while let [first, rest @ ..] = members {
        match rest {
            ['-', last, rest @ ..] => {
                ranges.push((*first, *last));
                members = rest;
            }
            rest => {
                ranges.push((*first, *first));
                members = rest;
            }
        }
    }
    Some((Piece::Set { is_negated, ranges }, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, want) in [
            ("*.txt", "b/1/test-1.txt", true),
            ("*.txt", "b.txt.gz", false),
            ("b/*/test-1.txt", "b/1/test-1.txt", true),
            ("b/?/test-[!2].[ct]??", "b/1/test-1.txt", true),
            ("b/?/test-[!2].[ct]??", "b/1/test-2.csv", false),
            ("b", "b/1", false),
            ("[a-c]x", "bx", true),
            ("[a-c]x", "dx", false),
            ("[]]", "]", true),
            ("[!]]", "]", false),
            ("[a-]", "-", true),
            ("[ab", "[ab", true),
            ("", "", true),
            ("*", "", true),
            ("?", "ż", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(name), want, "{pattern} {name}");
        }
        let stars = Pattern::new(&"*a".repeat(50));
        assert!(!stars.matches(&"a".repeat(49)));
    }
}
