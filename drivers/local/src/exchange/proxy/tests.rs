use super::*;

fn origin(url: &str) -> Origin {
    Origin::of(&url.parse().expect("a URL")).expect("a server")
}

fn by(variables: &[(&str, &str)], url: &str) -> Option<String> {
    let read = |name: &str| {
        variables.iter().find(|(each, _)| *each == name).map(|(_, value)| (*value).into())
    };
    let proxies = Proxies::from_env(true, read).expect("proxies");
    proxies.of(&origin(url)).map(|proxy| proxy.origin().authority().to_string())
}

const PLAIN: &str = "http://pod.test";
const TLS: &str = "https://pod.test";

#[test]
fn a_url_names_a_proxy() {
    let proxy = Proxy::parse("proxy.test:3128").expect("a proxy");
    assert_eq!(*proxy.origin(), origin("http://proxy.test:3128"));
    let proxy = Proxy::parse("https://a%3Ab:c%2Fd+e@proxy.test").expect("a proxy");
    assert_eq!(*proxy.origin(), origin("https://proxy.test"));
    let value = proxy.authorization().expect("credentials");
    assert_eq!(value.as_bytes(), b"Basic YTpiOmMvZCtl");
    assert!(!format!("{proxy:?}").contains("YTpi"));
    for url in ["socks5://proxy.test", "", "http://", "a b"] {
        assert!(Proxy::parse(url).is_none(), "{url}");
        let error = Proxies::all(url).expect_err(url);
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{url}");
    }
}

#[test]
fn a_proxy_is_asked_for_a_tunnel() {
    let head = |proxy: &str, url: &str| {
        let head = Proxy::parse(proxy).expect("a proxy").tunnel_head(&origin(url));
        String::from_utf8(head).expect("text")
    };
    assert_eq!(
        head("proxy.test", "https://[::1]/"),
        "CONNECT [::1]:443 HTTP/1.1\r\nhost: [::1]:443\r\n\r\n"
    );
    assert_eq!(
        head("me:a%40b@proxy.test", "https://pod.test:8/"),
        "CONNECT pod.test:8 HTTP/1.1\r\nhost: pod.test:8\r\n\
         proxy-authorization: Basic bWU6YUBi\r\n\r\n"
    );
}

#[test]
fn a_proxy_forwards_what_needs_no_tunnel() {
    let proxies = Proxies::all("proxy.test").expect("a proxy");
    assert!(proxies.forwarder(&origin(PLAIN)).is_some());
    assert!(proxies.forwarder(&origin(TLS)).is_none() && proxies.of(&origin(TLS)).is_some());
    for (url, has_tunnel) in [(PLAIN, false), (TLS, true)] {
        let server = origin(url);
        let way = proxies.way(&server);
        assert_eq!(*way.first, origin("http://proxy.test"), "{url}");
        assert_eq!(way.tunnel.is_some(), has_tunnel, "{url}");
        let none = Proxies::default();
        let way = none.way(&server);
        assert!(*way.first == server && way.tunnel.is_none(), "{url}");
    }
    assert_eq!(line_prefix(&origin("http://pod.test:80/a")), "http://pod.test");
    assert_eq!(line_prefix(&origin("http://pod.test:81/a")), "http://pod.test:81");
}

#[test]
fn the_environment_names_proxies() {
    let one = [("HTTP_PROXY", "one.test")];
    assert_eq!(by(&one, PLAIN).as_deref(), Some("one.test:80"));
    assert_eq!(by(&one, TLS), None);
    let all = [("all_proxy", "all.test"), ("https_proxy", "tls.test:1"), ("HTTPS_PROXY", "x")];
    assert_eq!(by(&all, PLAIN).as_deref(), Some("all.test:80"));
    assert_eq!(by(&all, TLS).as_deref(), Some("tls.test:1"));
    for no_proxy in ["NO_PROXY", "no_proxy"] {
        let without = [("ALL_PROXY", "all.test"), (no_proxy, "pod.test")];
        assert_eq!(by(&without, PLAIN), None);
        assert!(by(&without, "http://other.test").is_some());
    }
    assert_eq!(by(&[("HTTP_PROXY", "")], PLAIN), None);
    assert_eq!(by(&[("http_proxy", ""), ("HTTP_PROXY", "one.test")], PLAIN), None);
}

#[test]
fn what_was_set_comes_first_and_this_machine_needs_none() {
    let by = |proxy: Option<&str>, realm: &str| {
        let (proxy, realm) = (proxy.map(str::to_owned), realm.to_owned());
        let settings = Settings { proxy, realm, ..Settings::default() };
        let variable = |name: &str| (name == "ALL_PROXY").then(|| "all.test".into());
        let proxies = Proxies::new(&settings, variable).expect("proxies");
        proxies.of(&origin(TLS)).map(|proxy| proxy.origin().host().to_owned())
    };
    assert_eq!(by(Some("set.test"), "production").as_deref(), Some("set.test"));
    assert_eq!(by(Some("set.test"), "http://127.0.0.1:9").as_deref(), Some("set.test"));
    assert_eq!(by(None, "production").as_deref(), Some("all.test"));
    assert_eq!(by(None, "http://127.0.0.1:9"), None);
}

#[test]
fn a_request_does_not_choose_the_proxy_of_a_script() {
    for method in ["GET", ""] {
        let script = [("HTTP_PROXY", "evil.test"), ("REQUEST_METHOD", method)];
        assert_eq!(by(&script, PLAIN), None);
        let own = [script[0], script[1], ("ALL_PROXY", "own.test")];
        assert_eq!(by(&own, PLAIN).as_deref(), Some("own.test:80"));
    }
}

#[test]
fn a_variable_that_is_no_proxy_is_told() {
    for name in ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "https_proxy"] {
        let read = |asked: &str| (asked == name).then(|| "socks5://me:word@x".into());
        let error = Proxies::from_env(true, read).expect_err("wrong");
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        let text = error.to_string();
        assert!(text.contains(name) && !text.contains("word"), "{text}");
    }
}

#[test]
fn a_variable_that_counts_for_nothing_is_not_looked_at() {
    let socks = "socks5://127.0.0.1:1080";
    let made = |realm: &str, variables: &[(&str, &str)]| {
        let variable = |name: &str| {
            variables.iter().find(|(each, _)| *each == name).map(|(_, value)| (*value).into())
        };
        let settings = Settings { realm: realm.to_owned(), ..Settings::default() };
        let proxies = Proxies::new(&settings, variable)?;
        Ok::<_, Error>(proxies.of(&origin(TLS)).map(|proxy| proxy.origin().host().to_owned()))
    };
    let both = [("ALL_PROXY", socks), ("HTTPS_PROXY", "tls.test")];
    assert_eq!(made("production", &both).expect("the one for TLS").as_deref(), Some("tls.test"));
    let three = [both[0], both[1], ("HTTP_PROXY", "plain.test")];
    made("http://realm.test", &three).expect("each has its own");
    let plain = [("HTTP_PROXY", socks), ("HTTPS_PROXY", "tls.test")];
    made("https://realm.test", &plain).expect("only TLS is spoken");
    for no_proxy in ["*", "a.test, *"] {
        let none = [("HTTPS_PROXY", socks), ("no_proxy", no_proxy)];
        assert_eq!(made("production", &none).expect("none is wanted"), None);
    }
    // What is plain may lead to TLS.
    for variables in [&both[..], &plain, &[("HTTPS_PROXY", socks)]] {
        made("http://realm.test", variables).expect_err("one of them counts");
        made("dev", variables).expect_err("it has no TLS");
    }
    let error = made("staging", &[("all_proxy", socks), ("ALL_PROXY", "all.test")]);
    let error = error.expect_err("the one in lower case counts").to_string();
    assert!(error.contains("all_proxy") && !error.contains("1080"), "{error}");
}

#[test]
fn none_may_be_wanted() {
    let with = |proxy: Option<&str>| {
        let proxy = proxy.map(str::to_owned);
        let settings = Settings { proxy, no_proxy: true, ..Settings::default() };
        Proxies::new(&settings, |_| Some("socks5://127.0.0.1:1080".into()))
    };
    assert!(with(None).expect("none").of(&origin(TLS)).is_none());
    let error = with(Some("proxy.test")).expect_err("both");
    assert_eq!(error.kind, ErrorKind::InvalidInput);
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_told_too() {
    use std::os::unix::ffi::OsStringExt as _;
    let read = |name: &str| (name == "HTTPS_PROXY").then(|| OsString::from_vec(vec![0xff]));
    Proxies::from_env(false, read).expect_err("wrong");
}
