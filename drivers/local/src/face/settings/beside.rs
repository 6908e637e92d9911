//! Settings that have no effect beside another one, which is refused: who set them counts on them.

use b2_proto::error::{Error, ErrorKind};

use super::Settings;

impl Settings {
    /// An HTTP client of the caller's makes connections in its own way.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when something is set that the other client does
    /// not know of.
    pub fn check_beside_http(&self) -> Result<(), Error> {
        let all = [
            ("proxy", self.proxy.is_some()),
            ("no_proxy", self.no_proxy),
            ("ca_pem", !self.ca_pem.is_empty()),
            ("resolver", self.resolver.is_some()),
            ("idle_timeout", self.idle_timeout.is_some()),
        ];
        check("http", &all)
    }

    /// A connector of the caller's finds servers in its own way.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when there is a resolver as well.
    pub fn check_beside_connector(&self) -> Result<(), Error> {
        check("connector", &[("resolver", self.resolver.is_some())])
    }
}

fn check(own: &str, all: &[(&str, bool)]) -> Result<(), Error> {
    let Some((name, _)) = all.iter().find(|(_, is_set)| *is_set) else { return Ok(()) };
    let message = format_args!("`{name}` has no effect beside `{own}`; set it there");
    Err(Error::with_message(ErrorKind::InvalidInput, message))
}
