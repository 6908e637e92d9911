//! Where functions begin and end.

use crate::source;

/// A function with a body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of its `fn`, from 1 on.
    pub line: usize,
    /// Lines from there to its closing brace.
    pub lines: usize,
}

/// The functions of a Rust file.
pub fn functions(text: &str) -> Vec<Function> {
    let code = source::read(text).code;
    code.match_indices("fn ")
        .filter(|(at, _)| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        .filter_map(|(at, _)| function(&code, at))
        .collect()
}

fn function(code: &str, at: usize) -> Option<Function> {
    let signature = &code[at + 3..];
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let name: String = signature.chars().take_while(|c| is_part(*c)).collect();
    let body = at + 3 + body_start(signature)?;
    let end = body + closing(&code[body..])?;
    (!name.is_empty()).then(|| Function {
        name,
        line: code[..at].matches('\n').count() + 1,
        lines: code[at..end].matches('\n').count() + 1,
    })
}

/// Where the body's brace is, if there is a body.
fn body_start(signature: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut skipped_to = 0;
    for (at, c) in signature.char_indices() {
        match c {
            _ if at < skipped_to => {}
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.checked_sub(1)?,
            ';' if depth == 0 => return None,
            // A constant in braces among the generic arguments of a type.
            '{' if signature[..at].trim_end().ends_with(['<', ',']) && depth > 0
                || signature[..at].trim_end().ends_with('<') =>
            {
                skipped_to = at + closing(&signature[at..])?;
            }
            '{' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// Bytes up to and with the brace that closes the one `code` begins with.
fn closing(code: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_measured() {
        let text = "trait T {\n    fn none(&self);\n    fn one() -> [u8; 2] { [b'}', 0] }\n}\n\
            fn three(a: A<{ N }>) -> B<{ M }> {\n    \"}\"\n}\nfn type_of(f: fn (u8)) {}\n";
        let found: Vec<(String, usize, usize)> =
            functions(text).into_iter().map(|f| (f.name, f.line, f.lines)).collect();
        let wanted = [("one", 3, 1), ("three", 5, 3), ("type_of", 8, 1)];
        assert_eq!(found, wanted.map(|(name, line, lines)| (name.to_owned(), line, lines)));
    }
}
