use super::*;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::Wake;

/// A resolver that tells which hosts it was asked for, and answers each when it is told to: with
/// one address, or with nothing.
fn told() -> (Resolver, Receiver<String>, Sender<Option<SocketAddr>>) {
    let (asked, hosts) = channel();
    let (answers, next) = channel();
    let next = Mutex::new(next);
    let resolver = Resolver::new(move |host| {
        asked.send(host.to_owned()).expect("the test waits");
        let next = next.lock().expect("no panic");
        Ok(next.recv().map_or_else(|_| Vec::new(), Vec::from_iter))
    });
    (resolver, hosts, answers)
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn wait(mut resolution: Resolution) -> Result<Vec<SocketAddr>, Unresolved> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match Pin::new(&mut resolution).poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(found) => return found,
            Poll::Pending => thread::park(),
        }
    }
}

fn is_pending(resolution: &mut Resolution) -> bool {
    Pin::new(resolution).poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(core::net::Ipv4Addr::LOCALHOST), 0);

#[test]
fn an_address_is_its_own_answer() {
    let resolver = Resolver::new(|_| panic!("nobody is asked"));
    for (host, address) in [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80")] {
        assert_eq!(wait(resolver.resolve(host, 80)), Ok(vec![address.parse().expect("legal")]));
    }
}

#[test]
fn a_name_of_this_machine_is_known_and_others_are_not() {
    let resolver = Resolver::default();
    let found = wait(resolver.resolve("localhost", 80)).expect("known");
    assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 80));
    let (resolver, _hosts, answers) = told();
    answers.send(None).expect("somebody asks");
    let error = wait(resolver.resolve("nowhere.test", 80)).expect_err("no address");
    assert_eq!(Trouble::from(error).cause, Cause::Dns);
}

/// Whoever gives up and comes again, as a request with many attempts does, waits for the same
/// thread.
#[test]
fn a_host_is_asked_for_once_at_a_time() {
    let (resolver, hosts, answers) = told();
    for _ in 0..1_000 {
        assert!(is_pending(&mut resolver.resolve("a.test", 1)));
    }
    let waiting: Vec<_> = [80, 443].map(|port| resolver.resolve("a.test", port)).into();
    assert_eq!(hosts.recv().as_deref(), Ok("a.test"));
    answers.send(Some(HERE)).expect("somebody asks");
    for (resolution, port) in waiting.into_iter().zip([80, 443]) {
        assert_eq!(wait(resolution), Ok(vec![SocketAddr::new(HERE.ip(), port)]));
    }
    assert!(hosts.try_recv().is_err(), "nobody else was asked");
    assert!(resolver.0.lock().asked.is_empty(), "what was answered is asked anew");
}

#[test]
fn few_threads_ask_and_hosts_nobody_waits_for_are_left_out() {
    let (resolver, hosts, answers) = told();
    let name = |number: usize| format!("{number}.test");
    let hanging: Vec<_> = (0..THREADS_MAX).map(|at| resolver.resolve(&name(at), 1)).collect();
    for number in 0..1_000 {
        assert!(is_pending(&mut resolver.resolve(&name(THREADS_MAX + number), 1)));
    }
    assert!(resolver.0.lock().asked.len() <= THREADS_MAX + 1);
    assert!(resolver.0.lock().waiting.len() <= 1);
    let mut last = resolver.resolve("last.test", 1);
    assert!(is_pending(&mut last));
    assert_eq!(resolver.0.lock().threads, THREADS_MAX);
    for _ in 0..=THREADS_MAX {
        answers.send(Some(HERE)).expect("somebody asks");
    }
    for resolution in hanging {
        wait(resolution).expect("known");
    }
    wait(last).expect("known");
    let asked: Vec<_> = hosts.try_iter().collect();
    assert_eq!(asked.len(), THREADS_MAX + 1, "{asked:?}");
    assert!(asked.iter().any(|host| host == "last.test"), "{asked:?}");
}

#[test]
fn a_lookup_that_panics_is_an_answer() {
    let resolver = Resolver::new(|_| panic!("on purpose"));
    wait(resolver.resolve("a.test", 1)).expect_err("it broke off");
    wait(resolver.resolve("a.test", 1)).expect_err("it broke off again");
}

/// As where the system gives no thread: whoever came after it takes its place.
#[test]
fn a_host_that_gets_no_thread_leaves_its_place_to_the_next() {
    let resolver = Resolver::new(|_| panic!("nobody is asked"));
    let ask = |host: &str| {
        let (question, id, has_thread) = resolver.0.lock().ask(host);
        (Resolution { question, id, port: 1 }, has_thread)
    };
    let first: Vec<_> = (0..THREADS_MAX).map(|at| ask(&format!("{at}.test"))).collect();
    assert!(first.iter().all(|(_, has_thread)| *has_thread));
    let (last, has_thread) = ask("last.test");
    assert!(!has_thread);
    let none = || Err(Unresolved("no thread".to_owned()));
    let mut next = None;
    for (at, (resolution, _)) in first.into_iter().enumerate() {
        let of = resolver.0.answer(&format!("{at}.test"), none());
        next = next.or(of);
        wait(resolution).expect_err("told");
    }
    assert_eq!((next.as_deref(), resolver.0.lock().threads), (Some("last.test"), 1));
    assert_eq!(resolver.0.answer("last.test", none()), None);
    wait(last).expect_err("told");
    assert_eq!(resolver.0.lock().threads, 0);
}
