//! Numbers of things, in a text for people.

use core::fmt;

/// `1 file`, `2 files`: a number and the word for one of them, with an s unless there is one.
pub(crate) fn count(number: u64, one: &str) -> impl fmt::Display {
    let end = if number == 1 { "" } else { "s" };
    fmt::from_fn(move |f| write!(f, "{number} {one}{end}"))
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn one_is_no_plural() {
        let text = |number| count(number, "file").to_string();
        assert_eq!([text(0), text(1), text(2)], ["0 files", "1 file", "2 files"]);
    }
}
