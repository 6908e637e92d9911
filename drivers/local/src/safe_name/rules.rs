//! Which names are file names where: pure functions, testable on any platform.

use b2_proto::name::PathClass;

use super::UnsafeName;

/// Bytes (elsewhere) or UTF-16 units (on Windows) of one piece of a path.
const PIECE_LEN_MAX: usize = 255;

/// A platform by its rules for file names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Platform {
    /// All bytes but `/` and NUL.
    Unix,
    /// Drive letters, devices, alternate streams, reserved characters.
    Windows,
}

impl Platform {
    /// The platform this program runs on.
    pub const HERE: Self = if cfg!(windows) { Self::Windows } else { Self::Unix };
}

/// Checks that a name could be a path below any folder.
///
/// ```
/// use b2_local::safe_name::{Platform, UnsafeName, check};
///
/// assert_eq!(check(Platform::Unix, "a/aux.txt"), Ok(()));
/// assert_eq!(check(Platform::Windows, "a/aux.txt"), Err(UnsafeName::Device));
/// assert_eq!(check(Platform::Unix, "/etc/passwd"), Err(UnsafeName::Absolute));
/// ```
///
/// # Errors
/// The first thing that stands against it.
pub fn check(platform: Platform, name: &str) -> Result<(), UnsafeName> {
    match PathClass::of(name) {
        _ if name.is_empty() => return Err(UnsafeName::Empty),
        PathClass::Absolute => return Err(UnsafeName::Absolute),
        PathClass::Relative => return Err(UnsafeName::Relative),
        PathClass::Inside => {}
    }
    if name.ends_with('/') {
        return Err(UnsafeName::Folder);
    }
    if name.contains('\0') {
        return Err(UnsafeName::Character('\0'));
    }
    match platform {
        Platform::Unix => {
            let is_too_long = name.split('/').any(|piece| piece.len() > PIECE_LEN_MAX);
            if is_too_long { Err(UnsafeName::TooLong) } else { Ok(()) }
        }
        Platform::Windows => check_windows(name),
    }
}

fn check_windows(name: &str) -> Result<(), UnsafeName> {
    let mut start = name.chars();
    if start.next().is_some_and(|c| c.is_ascii_alphabetic()) && start.next() == Some(':') {
        return Err(UnsafeName::Absolute);
    }
    // A colon would name an alternate stream; a backslash would be a separator.
    let is_reserved = |c: char| matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | ..' ');
    if let Some(c) = name.chars().find(|c| is_reserved(*c)) {
        return Err(UnsafeName::Character(c));
    }
    for piece in name.split('/') {
        if piece.ends_with(['.', ' ']) {
            return Err(UnsafeName::Trailing);
        }
        if is_device(piece) {
            return Err(UnsafeName::Device);
        }
        if piece.encode_utf16().count() > PIECE_LEN_MAX {
            return Err(UnsafeName::TooLong);
        }
    }
    Ok(())
}

/// A device stays one with any extension and with spaces before it: `nul.txt`, `aux .c`.
fn is_device(piece: &str) -> bool {
    let stem = piece.split('.').next().unwrap_or_default().trim_end_matches(' ');
    let is_one_of = |names: &[&str]| names.iter().any(|name| stem.eq_ignore_ascii_case(name));
    if is_one_of(&["con", "prn", "aux", "nul", "conin$", "conout$"]) {
        return true;
    }
    let mut chars = stem.chars();
    let port: String = chars.by_ref().take(3).collect();
    let is_port = ["com", "lpt"].iter().any(|name| port.eq_ignore_ascii_case(name));
    let is_number = matches!(chars.next(), Some('0'..='9' | '¹' | '²' | '³'));
    is_port && is_number && chars.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(name: &str) -> (Option<UnsafeName>, Option<UnsafeName>) {
        (check(Platform::Unix, name).err(), check(Platform::Windows, name).err())
    }

    #[test]
    fn what_leads_elsewhere_is_refused_everywhere() {
        for (name, reason) in [
            ("", UnsafeName::Empty),
            ("/a", UnsafeName::Absolute),
            ("\\a", UnsafeName::Absolute),
            ("..", UnsafeName::Relative),
            ("a/./b", UnsafeName::Relative),
            ("a\\..\\b", UnsafeName::Relative),
            ("a//b", UnsafeName::Relative),
            ("a/", UnsafeName::Folder),
            ("a\0b", UnsafeName::Character('\0')),
        ] {
            assert_eq!(both(name), (Some(reason.clone()), Some(reason)), "{name:?}");
        }
        assert_eq!(both(&"x".repeat(256)), (Some(UnsafeName::TooLong), Some(UnsafeName::TooLong)));
        assert_eq!(both("ok/.hidden/... a"), (None, None));
    }

    #[test]
    fn windows_has_more_to_refuse() {
        for (name, reason) in [
            ("C:/x", UnsafeName::Absolute),
            ("c:", UnsafeName::Absolute),
            ("a/file:stream", UnsafeName::Character(':')),
            ("a\\b", UnsafeName::Character('\\')),
            ("a\nb", UnsafeName::Character('\n')),
            ("what?", UnsafeName::Character('?')),
            ("a./b", UnsafeName::Trailing),
            ("...", UnsafeName::Trailing),
            ("a ", UnsafeName::Trailing),
            ("x/NUL", UnsafeName::Device),
            ("aux .c/x", UnsafeName::Device),
            ("Com1.tar.gz", UnsafeName::Device),
            ("lpt³", UnsafeName::Device),
        ] {
            assert_eq!(both(name), (None, Some(reason)), "{name:?}");
        }
        for fine in ["com", "com10", "nullo", "auxiliary", "a b.c"] {
            assert_eq!(both(fine), (None, None), "{fine}");
        }
    }
}
