//! Grammars of the standard headers a file or a download can set (spec section 4.3.5).

use b2_proto::info::Override;

/// Whether parameters may have extended values, such as `filename*=UTF-8''a`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extended {
    Allowed,
    /// In what is fixed for the downloads of others (spec section 3.15).
    Refused,
}

/// Whether a value is one of that header.
pub(super) fn is_well_formed(header: Override, value: &str, extended: Extended) -> bool {
    // No character but these is part of any grammar, not even in quotes.
    let is_plain = !value.is_empty() && value.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let mut scan = Scan(value.trim());
    is_plain
        && match header {
            Override::ContentDisposition => scan.token().is_some() && scan.parameters(extended),
            Override::ContentLanguage => scan.list(Scan::language),
            Override::Expires => is_http_date(value),
            Override::CacheControl => scan.list(Scan::directive),
            Override::ContentEncoding => scan.list(|scan| scan.token().is_some()),
            Override::ContentType => {
                let has_type = scan.token().is_some() && scan.eat('/') && scan.token().is_some();
                has_type && scan.parameters(Extended::Allowed)
            }
        }
}

/// The shape of `Sun, 06 Nov 1994 08:49:37 GMT`.
fn is_http_date(value: &str) -> bool {
    const SHAPE: &[u8] = b"aaa, 00 aaa 0000 00:00:00 GMT";
    value.len() == SHAPE.len()
        && value.bytes().zip(SHAPE).all(|(byte, shape)| match shape {
            b'a' => byte.is_ascii_alphabetic(),
            b'0' => byte.is_ascii_digit(),
            other => byte == *other,
        })
}

/// What is left of a value, without space before it.
struct Scan<'a>(&'a str);

impl<'a> Scan<'a> {
    fn rest(&mut self, rest: &'a str) {
        self.0 = rest.trim_start();
    }

    fn eat(&mut self, sign: char) -> bool {
        let rest = self.0.strip_prefix(sign);
        rest.map(|rest| self.rest(rest)).is_some()
    }

    fn token(&mut self) -> Option<&'a str> {
        let end = self.0.find(|sign| !is_token(sign)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at(end);
        self.rest(rest);
        Some(token).filter(|token| !token.is_empty())
    }

    fn quoted(&mut self) -> bool {
        let mut signs = self.0.char_indices();
        if signs.next().is_none_or(|(_, sign)| sign != '"') {
            return false;
        }
        while let Some((at, sign)) = signs.next() {
            match sign {
                '\\' if signs.next().is_none() => return false,
                '"' => {
                    self.rest(self.0.get(at + 1..).unwrap_or_default());
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// `; name=value` until nothing is left.
    fn parameters(&mut self, extended: Extended) -> bool {
        while self.eat(';') {
            let Some(name) = self.token().filter(|_| self.eat('=')) else { return false };
            let is_fine = match name.find('*') {
                None => self.token().is_some() || self.quoted(),
                // One in the middle would be a continuation, `filename*0=a`.
                Some(at) if at > 0 && at == name.len() - 1 => {
                    extended == Extended::Allowed && self.token().is_some_and(is_extended)
                }
                Some(_) => false,
            };
            if !is_fine {
                return false;
            }
        }
        self.0.is_empty()
    }

    /// A list of at least one element; commas may follow each other.
    fn list(&mut self, element: impl Fn(&mut Self) -> bool) -> bool {
        let mut count = 0;
        loop {
            while self.eat(',') {}
            if self.0.is_empty() {
                return count > 0;
            }
            if !element(self) || !(self.0.is_empty() || self.0.starts_with(',')) {
                return false;
            }
            count += 1;
        }
    }

    fn directive(&mut self) -> bool {
        self.token().is_some() && (!self.eat('=') || self.token().is_some() || self.quoted())
    }

    fn language(&mut self) -> bool {
        let is_word = |word: &str| {
            (1..=8).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        self.token().is_some_and(|tag| {
            let first = tag.split('-').next().unwrap_or_default();
            first.bytes().all(|byte| byte.is_ascii_alphabetic()) && tag.split('-').all(is_word)
        })
    }
}

fn is_token(sign: char) -> bool {
    sign.is_ascii_graphic() && !"()<>@,;:\\\"/[]?={}".contains(sign)
}

/// `UTF-8''` and what follows, percent-encoded UTF-8.
fn is_extended(value: &str) -> bool {
    let Some((charset, encoded)) = value.split_once("''") else { return false };
    let is_encoded = encoded.bytes().all(|byte| byte != b'\'' && byte != b'*');
    // A plus stands for itself here.
    let decoded = super::request::decode(&encoded.replace('+', "%2B"));
    charset.eq_ignore_ascii_case("utf-8") && is_encoded && decoded.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: Override, fine: &[&str], wrong: &[&str]) {
        for value in fine {
            assert!(is_well_formed(header, value, Extended::Allowed), "{value}");
        }
        for value in wrong.iter().chain(&["", "a\u{e9}", "a\tb", "a\r\nb"]) {
            assert!(!is_well_formed(header, value, Extended::Allowed), "{value}");
        }
    }

    #[test]
    fn dispositions() {
        let fine = [
            "inline",
            "attachment; filename=a.txt",
            "attachment;filename = \"a \\\" b; c\" ; size=7",
            "attachment; filename=\"a\"; filename*=utf-8''%C5%BC%20+.txt",
        ];
        let wrong = [
            "===;;;",
            "attachment;",
            "attachment; filename",
            "attachment; filename=a b",
            "attachment; filename=\"a",
            "attachment; filename=\"a\\",
            "attachment; filename*0=a",
            "attachment; filename*=a",
            "attachment; *=UTF-8''a",
            "attachment; filename*=ISO-8859-1''a",
            "attachment; filename*=UTF-8'en'a",
            "attachment; filename*=UTF-8''%C5",
            "attachment, inline",
        ];
        check(Override::ContentDisposition, &fine, &wrong);
        let extended = "inline; filename*=UTF-8''a";
        assert!(!is_well_formed(Override::ContentDisposition, extended, Extended::Refused));
    }

    #[test]
    fn lists() {
        let wrong = ["!!! ???", "e_n", "-en", "en-", "abcdefghi", "en;q=1", ",", "7"];
        check(Override::ContentLanguage, &["en", "pl, de-AT", "es-419,,zh-Hant"], &wrong);
        let fine = ["no-cache", "max-age=60, must-revalidate", "private=\"a, b\", x=y"];
        check(Override::CacheControl, &fine, &["max-age=", "=60", "a b", "max-age=6=0", ", ,"]);
        check(Override::ContentEncoding, &["gzip", "gzip, br"], &["g zip", "gzip;q=1", "\"gzip\""]);
    }

    #[test]
    fn types_and_dates() {
        let fine = ["text/plain", "text/plain; charset=utf-8;a=\"b\"", "application/x.y+json"];
        check(Override::ContentType, &fine, &["text", "text/", "/plain", "text/plain; charset"]);
        let fine = ["Sun, 06 Nov 1994 08:49:37 GMT"];
        check(Override::Expires, &fine, &["0", "tomorrow", "Sun, 06 Nov 1994 08:49:37 CET"]);
    }
}
