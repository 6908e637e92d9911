//! Addresses of hosts, asked for in threads of their own.
//!
//! The system's resolver cannot be interrupted, and with a dead server behind it takes as long as
//! it likes. So a host is asked for once at a time, however many requests wait for it and however
//! often they give up and come again, and few threads ask: none of those that a runtime has.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::panic::AssertUnwindSafe;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::ToSocketAddrs as _;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use b2_proto::error::Cause;

use super::Trouble;

/// Most threads of a client that ask at the same time; further hosts wait for their turn.
const THREADS_MAX: usize = 16;

/// Asks for the addresses of hosts. A clone shares the threads.
///
/// ```
/// use b2_local::exchange::Resolver;
///
/// let here = |_: &str| Ok(vec![([127, 0, 0, 1], 0).into()]);
/// let resolver = Resolver::new(here);
/// # let _ = resolver;
/// ```
#[derive(Clone)]
pub struct Resolver(Arc<Shared>);

/// Gives the addresses of a host, with any port, and may block for as long as it takes.
type Lookup = dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync;

struct Shared {
    lookup: Box<Lookup>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Hosts that are asked for, and those that wait for their turn.
    asked: BTreeMap<String, Arc<Question>>,
    waiting: VecDeque<String>,
    threads: usize,
    last_id: u64,
}

/// A host that is asked for.
#[derive(Default)]
struct Question {
    answer: OnceLock<Result<Vec<SocketAddr>, Unresolved>>,
    waiting: Mutex<BTreeMap<u64, Waker>>,
}

/// Why the addresses of a host are not known, in the system's words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unresolved(String);

/// The addresses of a host, once they are known. Whoever drops it does not wait any more.
pub struct Resolution {
    question: Arc<Question>,
    id: u64,
    port: u16,
}

impl Default for Resolver {
    /// The system's resolver.
    fn default() -> Self {
        Self::new(|host| (host, 0).to_socket_addrs().map(Vec::from_iter))
    }
}

impl Resolver {
    /// Asks by `lookup`, which may block for as long as it takes. The ports of what it gives do not
    /// matter.
    pub fn new(
        lookup: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        let lookup = Box::new(lookup);
        Self(Arc::new(Shared { lookup, state: Mutex::default() }))
    }

    /// Asks for the addresses of a host: a name, or an address without brackets. They have this
    /// port.
    pub fn resolve(&self, host: &str, port: u16) -> Resolution {
        if let Ok(ip) = host.parse::<IpAddr>() {
            let question = Arc::new(Question::default());
            question.tell(Ok(vec![SocketAddr::new(ip, port)]));
            return Resolution { question, id: 0, port };
        }
        let (question, id, is_first) = self.0.lock().ask(host);
        if is_first {
            self.0.begin(host.to_owned());
        }
        Resolution { question, id, port }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a thread ask for a host, and for further ones then. Where there is none to be had, the
    /// next host may have more luck.
    fn begin(self: &Arc<Self>, mut host: String) {
        loop {
            let (shared, name) = (self.clone(), host.clone());
            let work = move || shared.work(name);
            let begun = thread::Builder::new().name("b2-resolve".to_owned()).spawn(work);
            let Err(error) = begun else { return };
            match self.answer(&host, Err(Unresolved(error.to_string()))) {
                Some(next) => host = next,
                None => return,
            }
        }
    }

    /// Tells those who wait for a host; the next one for the thread.
    fn answer(&self, host: &str, answer: Result<Vec<SocketAddr>, Unresolved>) -> Option<String> {
        let (question, next) = {
            let mut state = self.lock();
            (state.asked.remove(host), state.next())
        };
        if let Some(question) = question {
            question.tell(answer);
        }
        next
    }

    /// Asks for one host after the other, as long as somebody waits for any.
    fn work(&self, mut host: String) {
        loop {
            let found = catch_unwind(AssertUnwindSafe(|| (self.lookup)(&host)));
            let answer = match found {
                Ok(Ok(found)) if found.is_empty() => {
                    Err(Unresolved("the host has no address".to_owned()))
                }
                Ok(found) => found.map_err(|error| Unresolved(error.to_string())),
                Err(_) => Err(Unresolved("looking the host up broke off".to_owned())),
            };
            match self.answer(&host, answer) {
                Some(next) => host = next,
                None => return,
            }
        }
    }
}

impl State {
    /// What is to be waited for, by whom, and whether there is to be a thread that asks.
    fn ask(&mut self, host: &str) -> (Arc<Question>, u64, bool) {
        self.last_id += 1;
        let id = self.last_id;
        if let Some(question) = self.asked.get(host) {
            return (question.clone(), id, false);
        }
        let question = Arc::new(Question::default());
        let has_thread = self.threads < THREADS_MAX;
        if has_thread {
            self.threads += 1;
        } else {
            // While all threads hang, others come and go.
            let Self { asked, waiting, .. } = self;
            waiting.retain(|host| {
                let is_wanted = asked.get(host).is_some_and(is_wanted);
                if !is_wanted {
                    asked.remove(host);
                }
                is_wanted
            });
            waiting.push_back(host.to_owned());
        }
        self.asked.insert(host.to_owned(), question.clone());
        (question, id, has_thread)
    }

    /// The next host for a thread, which ends when there is none.
    fn next(&mut self) -> Option<String> {
        while let Some(host) = self.waiting.pop_front() {
            if self.asked.get(&host).is_some_and(is_wanted) {
                return Some(host);
            }
            self.asked.remove(&host);
        }
        self.threads -= 1;
        None
    }
}

/// Whether anybody waits for it.
fn is_wanted(question: &Arc<Question>) -> bool {
    Arc::strong_count(question) > 1
}

impl Question {
    fn tell(&self, answer: Result<Vec<SocketAddr>, Unresolved>) {
        let _ = self.answer.set(answer);
        let waiting = core::mem::take(&mut *self.waiting());
        waiting.into_values().for_each(Waker::wake);
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<u64, Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Future for Resolution {
    type Output = Result<Vec<SocketAddr>, Unresolved>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { question, id, port } = &*self;
        if question.answer.get().is_none() {
            let known = question.waiting().insert(*id, cx.waker().clone());
            drop(known);
        }
        // Looked at after the waker was put there, so that the answer is not missed.
        let Some(answer) = question.answer.get() else { return Poll::Pending };
        let mut answer = answer.clone();
        if let Ok(found) = &mut answer {
            found.iter_mut().for_each(|address| address.set_port(*port));
        }
        Poll::Ready(answer)
    }
}

impl Drop for Resolution {
    fn drop(&mut self) {
        let waker = self.question.waiting().remove(&self.id);
        drop(waker);
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Unresolved {}

impl From<Unresolved> for Trouble {
    fn from(unresolved: Unresolved) -> Self {
        Self::new(Cause::Dns, unresolved.0)
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

impl fmt::Debug for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolution").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
