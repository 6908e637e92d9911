//! Legal holds.

use super::open::open_text;

open_text! {
    /// Whether a version is kept from deletion whatever its retention says (spec 4.7).
    ///
    /// A version that never had one shows `null`, which behaves as [`Off`](Self::Off).
    LegalHold {
        /// The version cannot be deleted.
        On = "on",
        /// No hold.
        Off = "off",
    }
}

impl LegalHold {
    /// [`On`](Self::On) for `true`.
    pub const fn from_bool(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Guarded;
    use super::super::check::round_trip;
    use super::*;

    #[test]
    fn a_hold_is_a_word_in_a_wrapper() {
        let hold: Guarded<Option<LegalHold>> =
            round_trip(r#"{"isClientAuthorizedToRead":true,"value":"on"}"#);
        assert_eq!(hold, Guarded::Readable(Some(LegalHold::from_bool(true))));
        let later: Guarded<Option<LegalHold>> =
            round_trip(r#"{"isClientAuthorizedToRead":true,"value":"pending"}"#);
        assert_eq!(later, Guarded::Readable(Some("pending".into())));
    }
}
