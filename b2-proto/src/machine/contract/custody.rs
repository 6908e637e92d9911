//! The rules about what proves who sends: tokens, keys and upload URLs (5, 6 and 10).
//!
//! An upload URL is a credit: the answer to the call that gets one gives it, a request takes it,
//! and only a success gives it back.

use core::fmt::{self, Debug, Write as _};

#[cfg(feature = "alloc")]
use crate::error::{Error, ErrorKind};
use crate::id::ReqId;
use crate::machine::session::{Gate, Lease, Session};
use crate::machine::{Action, Input, Request};
use crate::op::{get_upload_part_url, get_upload_url};
use crate::time::Instant;
use crate::wire::head::{Auth, Target};

/// Most URLs, and most requests, that are watched at the same time; the oldest is forgotten.
const WATCHED_MAX: usize = 64;

/// Shorter ones would be found in many a text.
const SECRET_LEN_MIN: usize = 16;

/// Watches all machines of one session.
#[derive(Debug, Default)]
pub(crate) struct Custody {
    urls: heapless::Vec<Url, WATCHED_MAX>,
    flights: heapless::Vec<Flight, WATCHED_MAX>,
}

/// An upload URL with its token, by a hash, and how many requests may have it.
#[derive(Debug)]
struct Url {
    hash: u64,
    credits: u32,
}

#[derive(Debug)]
struct Flight {
    job: u64,
    id: ReqId,
    /// The hash of the URL that it goes to; `None` if it gets one.
    url: Option<u64>,
}

impl Custody {
    /// A job handed out an action.
    ///
    /// # Panics
    /// When a URL is used twice, a call starts with a token that is not that of the present login,
    /// or the request shows what proves who sends it.
    pub(crate) fn note(&mut self, job: u64, session: &Session, action: &Action<'_>) {
        if let Action::Send(request) = action {
            self.sent(job, session, request);
        } else if let Action::Abort(id) = action {
            self.take_flight(job, *id);
        }
    }

    fn sent(&mut self, job: u64, session: &Session, request: &Request<'_>) {
        let id = request.id;
        check_hidden(&request, session.credentials().key.expose());
        match (request.head.auth, request.head.target) {
            (Auth::Token(token), Target::Upload(url)) => {
                let hash = hash(url, token);
                self.use_url(hash);
                self.begin(Flight { job, id, url: Some(hash) });
            }
            (Auth::Token(token), target) => {
                // Downloads may carry a token of the caller's.
                if matches!(target, Target::Api { .. }) {
                    check_fresh(session, request, token);
                }
                let names = [get_upload_url::SPEC.name, get_upload_part_url::SPEC.name];
                if names.contains(&request.operation) {
                    self.begin(Flight { job, id, url: None });
                }
            }
            (Auth::Basic { .. } | Auth::None, _) => {}
        }
    }

    /// Watches a request. The URL of one that is forgotten is not known any more: nobody could tell
    /// when it is given back.
    fn begin(&mut self, flight: Flight) {
        if self.flights.is_full()
            && let Some(hash) = self.flights.remove(0).url
        {
            self.urls.retain(|url| url.hash != hash);
        }
        push(&mut self.flights, flight);
    }

    /// What was handed out has ended.
    pub(crate) fn settled(&mut self, job: u64, session: &Session, input: &Input<'_>) {
        if !input.is_final() {
            return;
        }
        let Some(flight) = self.take_flight(job, input.id()) else { return };
        let Input::Response { reply, .. } = input else { return };
        if !reply.is_success() {
            return;
        }
        match flight.url {
            Some(hash) => self.give(hash),
            None => {
                let mut lease = Lease::empty(Instant::default(), 0);
                let target = lease.target.clone();
                if lease.read(&target, session.credentials().realm(), reply.body).is_ok() {
                    self.give(hash(lease.url.expose(), lease.token.expose()));
                }
            }
        }
    }

    fn take_flight(&mut self, job: u64, id: ReqId) -> Option<Flight> {
        let at = self.flights.iter().position(|flight| (flight.job, flight.id) == (job, id))?;
        Some(self.flights.remove(at))
    }

    fn give(&mut self, hash: u64) {
        match self.urls.iter_mut().find(|url| url.hash == hash) {
            Some(url) => url.credits += 1,
            None => push(&mut self.urls, Url { hash, credits: 1 }),
        }
    }

    fn use_url(&mut self, hash: u64) {
        // What a job of before left in the pool is not known here.
        if let Some(url) = self.urls.iter_mut().find(|url| url.hash == hash) {
            assert!(url.credits > 0, "rule 5: an upload URL is in use, or was in a failed request");
            url.credits -= 1;
        }
    }
}

/// Fails when the error of a job shows the key. The service's own words are its own; what they may
/// show is taken out where they are read.
#[cfg(feature = "alloc")]
pub(crate) fn check_error(session: &Session, error: &Error) {
    if error.status == 0 && error.kind != ErrorKind::Protocol {
        let key = session.credentials().key.expose();
        check_hidden(error, key);
        check_hidden(&format_args!("{error}"), key);
    }
}

fn check_fresh(session: &Session, request: &Request<'_>, token: &str) {
    let is_present = session.grant().is_some_and(|grant| grant.token.expose() == token);
    let is_fresh = is_present && matches!(session.gate(), Gate::Open(_));
    assert!(is_fresh, "rule 6: {} starts with a token known to be stale", request.operation);
}

/// Tokens and URLs are the service's to choose: a hostile one would choose what is in any text. So
/// those are left to the simulation, whose service is known.
fn check_hidden(text: &dyn Debug, key: &str) {
    if key.len() >= SECRET_LEN_MIN {
        let mut search = Search { secret: key.as_bytes(), matched: 0 };
        let is_shown = write!(search, "{text:?}").is_err();
        assert!(!is_shown, "rule 10: a text shows the key");
    }
}

/// Looks for a secret in what is written; an error is that it was found.
struct Search<'a> {
    secret: &'a [u8],
    /// So many of its first bytes are the last that were written.
    matched: usize,
}

impl fmt::Write for Search<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            let (seen, secret) = (&self.secret[..self.matched], self.secret);
            // The longest beginning of the secret that the text ends with now.
            let ends_with =
                |len: &usize| secret[len - 1] == byte && seen.ends_with(&secret[..len - 1]);
            self.matched = (1..=self.matched + 1).rev().find(ends_with).unwrap_or(0);
            if self.matched == self.secret.len() {
                return Err(fmt::Error);
            }
        }
        Ok(())
    }
}

/// Adds to what is watched.
fn push<T: Debug>(all: &mut heapless::Vec<T, WATCHED_MAX>, new: T) {
    if all.is_full() {
        all.remove(0);
    }
    all.push(new).expect("there is room");
}

/// FNV-1a.
fn hash(url: &str, token: &str) -> u64 {
    let fold = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    url.bytes().chain([0]).chain(token.bytes()).fold(0xcbf2_9ce4_8422_2325, fold)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::ReplyTo;
    use crate::machine::session::Credentials;
    use crate::op::{Class, Grant};
    use crate::secret::SecretText;
    use crate::wire::body::{Body, DigestMode};
    use crate::wire::head::{FieldSet, Head};
    use crate::wire::reply::Reply;
    use crate::wire::text::Text;

    const SECRET: &str = "aaaaaaaaaaaaaaab";

    #[test]
    fn a_secret_is_found_wherever_it_is() {
        let is_found = |text: &[&str]| {
            let mut search = Search { secret: SECRET.as_bytes(), matched: 0 };
            text.iter().try_for_each(|piece| search.write_str(piece)).is_err()
        };
        assert!(is_found(&[SECRET]));
        assert!(is_found(&["aaaa", SECRET]), "what matched before is part of it");
        assert!(is_found(&["xaaaaaaa", "aaaaaaaab"]), "in two pieces");
        assert!(!is_found(&["aaaaaaaaaaaaaaa", "xb"]));
        assert!(!is_found(&["aaaaaaaaaaaaaa", "b"]));
    }

    #[test]
    #[should_panic(expected = "rule 10")]
    fn a_secret_in_a_text_is_found() {
        check_hidden(&format_args!("key: a"), "a");
        check_hidden(&format_args!("Authorization: {SECRET}"), SECRET);
    }

    const TOKEN: &str = "4_present_token_of_the_account";

    fn session() -> Session {
        let credentials = Credentials::new("0014aa9865d6f0", "K001", "https://api.test");
        let mut session = Session::new(credentials.expect("valid"), 1);
        session.resume_login(Grant {
            account_id: Text::try_from("a1").expect("short"),
            token: SecretText::new(TOKEN).expect("short"),
            api_url: Text::try_from("https://api.test").expect("short"),
            download_url: Text::try_from("https://api.test").expect("short"),
            recommended_part_len: crate::limits::PART_LEN_RECOMMENDED,
            part_len_min: crate::limits::PART_LEN_MIN,
        });
        session
    }

    fn send<'a>(slot: u16, operation: &'static str, head: Head<'a>) -> Action<'a> {
        Action::Send(Request {
            id: ReqId { slot, generation: 1 },
            operation,
            class: Class::A,
            attempt: 1,
            head,
            body: Body::Empty,
            reply: ReplyTo::Small { len_max: 1 },
            timeout_ms: 1,
            feeds: None,
        })
    }

    fn call(operation: &'static str, token: &'static str) -> Action<'static> {
        send(0, operation, Head::json("https://api.test", operation, token))
    }

    #[test]
    #[should_panic(expected = "rule 6")]
    fn a_stale_token_is_found() {
        let mut custody = Custody::default();
        custody.note(1, &session(), &call("b2_hide_file", TOKEN));
        custody.note(1, &session(), &call("b2_hide_file", "4_token_of_the_login_of_before"));
    }

    #[test]
    #[should_panic(expected = "rule 6")]
    fn a_token_that_was_refused_is_found() {
        let mut session = session();
        session.token_refused(session.epoch());
        Custody::default().note(1, &session, &call("b2_hide_file", TOKEN));
    }

    /// The URL of an answer is used by two requests, one of which has to fail.
    #[test]
    #[should_panic(expected = "rule 5")]
    fn a_url_of_a_failed_upload_is_found() {
        const BODY: &[u8] = br#"{"uploadUrl":"https://pod.api.test/u","authorizationToken":"t"}"#;
        let (mut custody, session) = (Custody::default(), session());
        custody.note(1, &session, &call(get_upload_url::SPEC.name, TOKEN));
        let headers: [(&str, &str); 0] = [];
        let reply = Reply { status: 200, headers: &headers, body: BODY };
        let id = ReqId { slot: 0, generation: 1 };
        custody.settled(1, &session, &Input::Response { id, reply, sent: None });
        let mut lease = Lease::empty(Instant::default(), 0);
        let target = lease.target.clone();
        lease.read(&target, "https://api.test", BODY).expect("a lease");
        let upload = || {
            let head = Head::upload(&lease, DigestMode::AtEnd, FieldSet::None);
            send(3, "b2_upload_file", head)
        };
        let id = ReqId { slot: 3, generation: 1 };
        for status in [200, 503] {
            custody.note(1, &session, &upload());
            let reply = Reply { status, headers: &headers, body: b"" };
            custody.settled(1, &session, &Input::Response { id, reply, sent: None });
        }
        custody.note(1, &session, &upload());
    }

    #[test]
    fn a_url_is_used_once_until_a_success_gives_it_back() {
        let mut custody = Custody::default();
        custody.use_url(hash("https://pod/unknown", "token"));
        let url = hash("https://pod/upload", "token");
        custody.give(url);
        custody.use_url(url);
        custody.give(url);
        custody.use_url(url);
        assert_eq!(custody.urls[0].credits, 0);
    }

    /// With more requests than are watched nobody knows what became of the URLs of the oldest.
    #[test]
    fn what_is_forgotten_is_no_mistake() {
        let mut custody = Custody::default();
        let many = u16::try_from(WATCHED_MAX).expect("few") + 1;
        let url = hash("https://pod/upload", "token");
        custody.give(url);
        custody.use_url(url);
        for slot in 0..many {
            let id = ReqId { slot, generation: 1 };
            custody.begin(Flight { job: 1, id, url: (slot == 0).then_some(url) });
        }
        custody.use_url(url);
    }

    /// A driver that tells how far a request is has not ended it.
    #[test]
    fn what_moves_has_not_ended() {
        let (mut custody, session) = (Custody::default(), session());
        custody.note(1, &session, &call(get_upload_url::SPEC.name, TOKEN));
        let id = ReqId { slot: 0, generation: 1 };
        custody.settled(1, &session, &Input::Moved { id, bytes: 1 });
        assert_eq!(custody.flights.len(), 1);
    }

    #[test]
    #[should_panic(expected = "rule 5")]
    fn a_url_in_two_requests_is_found() {
        let mut custody = Custody::default();
        let url = hash("https://pod/upload", "token");
        custody.give(url);
        custody.use_url(url);
        custody.use_url(url);
    }
}
