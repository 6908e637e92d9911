//! The server over real sockets, spoken to in plain HTTP/1.1.
#![cfg(test)]

use core::time::Duration;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use b2_sim::fault::FaultPlan;
use b2_sim::server::{Handle, Server, ServerConfig, Sha1Mode, StoreKind, Transcript};
use b2_sim::service::{Class, Op};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A connection that is kept open from request to request.
struct Client {
    address: String,
    stream: BufReader<TcpStream>,
    token: String,
    account: String,
}

#[derive(Debug)]
struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

impl Client {
    fn connect(url: &str) -> Self {
        let address = url.strip_prefix("http://").expect("http").to_owned();
        let stream = TcpStream::connect(&address).expect("connect");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("timeout");
        let stream = BufReader::new(stream);
        Self { address, stream, token: String::new(), account: String::new() }
    }

    fn log_in(url: &str, id: &str, key: &str) -> Self {
        let mut client = Self::connect(url);
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{key}")));
        client.send_head("GET", "/b2api/v2/b2_authorize_account", &[("Authorization", &basic)]);
        let login = client.response(true).json();
        assert_eq!(login["apiUrl"], json!(url));
        client.token = login["authorizationToken"].as_str().expect("token").to_owned();
        client.account = login["accountId"].as_str().expect("account").to_owned();
        client
    }

    fn send_head(&mut self, method: &str, path: &str, headers: &[(&str, &str)]) {
        let path = path.strip_prefix(&format!("http://{}", self.address)).unwrap_or(path);
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        self.send(head.as_bytes());
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).expect("send");
    }

    fn response(&mut self, has_body: bool) -> Response {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("status line");
        let status = line.split(' ').nth(1).and_then(|text| text.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status: {line:?}"));
        let mut headers = Vec::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line).expect("header");
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut response = Response { status, headers, body: Vec::new() };
        assert!(status == 100 || response.header("date").is_some(), "every answer has a date");
        let len = response.header("content-length").map_or(0, |text| text.parse().expect("length"));
        if has_body {
            response.body = vec![0; len];
            self.stream.read_exact(&mut response.body).expect("body");
        }
        response
    }

    fn call(&mut self, op: &str, request: &Value) -> Value {
        let body = request.to_string();
        let (token, len) = (self.token.clone(), body.len().to_string());
        let headers = [("Authorization", token.as_str()), ("Content-Length", &len)];
        self.send_head("POST", &format!("/b2api/v4/{op}"), &headers);
        self.send(body.as_bytes());
        let response = self.response(true);
        assert_eq!(response.status, 200, "{op}: {}", response.json());
        response.json()
    }

    fn bucket(&mut self) -> Value {
        let request = json!({
            "accountId": self.account, "bucketName": "my-bucket", "bucketType": "allPrivate",
        });
        self.call("b2_create_bucket", &request)["bucketId"].clone()
    }

    /// The URL of an upload and the head that goes with `len` bytes of file `name`.
    fn upload_head(&mut self, bucket: &Value, name: &str, len: usize) -> (String, Headers) {
        let pair = self.call("b2_get_upload_url", &json!({ "bucketId": bucket }));
        let headers = vec![
            ("Authorization", pair["authorizationToken"].as_str().expect("token").to_owned()),
            ("X-Bz-File-Name", name.to_owned()),
            ("Content-Type", "b2/x-auto".to_owned()),
            ("X-Bz-Content-Sha1", "do_not_verify".to_owned()),
            ("Content-Length", len.to_string()),
        ];
        (pair["uploadUrl"].as_str().expect("url").to_owned(), headers)
    }

    fn upload(&mut self, bucket: &Value, name: &str, data: &[u8]) -> Response {
        let (url, headers) = self.upload_head(bucket, name, data.len());
        self.send_head("POST", &url, &borrowed(&headers));
        self.send(data);
        self.response(true)
    }

    fn fetch(&mut self, path: &str, extra: &[(&str, &str)]) -> Response {
        let token = self.token.clone();
        let mut headers = vec![("Authorization", token.as_str())];
        headers.extend(extra);
        self.send_head("GET", path, &headers);
        self.response(true)
    }

    /// Whether the server has closed the connection.
    fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).map_or(true, |_| rest.is_empty())
    }
}

type Headers = Vec<(&'static str, String)>;

fn borrowed(headers: &Headers) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

fn start(config: ServerConfig) -> (Handle, Client) {
    let server = Server::start(config).expect("server");
    let client = Client::log_in(server.url(), &server.key_id(), &server.key());
    (server, client)
}

fn content(len: usize) -> Vec<u8> {
    (0..len).map(|n| u8::try_from(n * 7 % 251).expect("small")).collect()
}

#[test]
fn files_go_up_and_come_down_on_one_connection() {
    let (server, mut client) = start(ServerConfig::default());
    let bucket = client.bucket();
    let data = content(3_000_000);
    assert_eq!(client.upload(&bucket, "a%20b", &data).status, 200);
    assert!(client.fetch("/file/my-bucket/a%20b", &[]).body == data);
    let part = client.fetch("/file/my-bucket/a%20b", &[("Range", "bytes=1000-1999")]);
    assert_eq!((part.status, &part.body[..]), (206, &data[1000..2000]));
    let token = client.token.clone();
    client.send_head("HEAD", "/file/my-bucket/a%20b", &[("Authorization", &token)]);
    assert_eq!(client.response(false).header("content-length"), Some("3000000"));
    assert_eq!(client.fetch("/file/my-bucket/none", &[]).json()["code"], json!("not_found"));
    let ops: Vec<_> = server.transcript().iter().map(|entry| (entry.op, entry.status)).collect();
    assert_eq!(ops[0], (Some(Op::AuthorizeAccount), 200));
    assert_eq!(ops.last(), Some(&(Some(Op::DownloadFileByName), 404)));
    assert_eq!(server.meter().of_class(Class::B), 4);
    server.shutdown();
}

#[test]
fn expect_continue_asks_before_the_body() {
    let (_server, mut client) = start(ServerConfig::default());
    let bucket = client.bucket();
    let (url, mut headers) = client.upload_head(&bucket, "a", 3);
    headers.push(("Expect", "100-continue".to_owned()));
    client.send_head("POST", &url, &borrowed(&headers));
    assert_eq!(client.response(false).status, 100);
    client.send(b"abc");
    assert_eq!(client.response(true).status, 200);
    headers[0].1 = "wrong".to_owned();
    client.send_head("POST", &url, &borrowed(&headers));
    assert_eq!(client.response(true).status, 401);
}

#[test]
fn a_refused_upload_is_answered_while_the_client_still_sends() {
    let (_server, mut client) = start(ServerConfig::default());
    let bucket = client.bucket();
    let data = content(2_000_000);
    let (url, mut headers) = client.upload_head(&bucket, "a", data.len());
    headers[0].1 = "wrong".to_owned();
    client.send_head("POST", &url, &borrowed(&headers));
    client.send(&data);
    let refused = client.response(true);
    assert_eq!((refused.status, refused.header("connection")), (401, Some("close")));
    assert!(client.is_closed());
}

#[test]
fn bodies_need_a_length() {
    let (_server, mut client) = start(ServerConfig::default());
    let bucket = client.bucket();
    let (url, mut headers) = client.upload_head(&bucket, "a", 3);
    headers.retain(|(name, _)| *name != "Content-Length");
    headers.push(("Transfer-Encoding", "chunked".to_owned()));
    client.send_head("POST", &url, &borrowed(&headers));
    client.send(b"3\r\nabc\r\n0\r\n\r\n");
    assert_eq!(client.response(true).status, 411);
}

#[test]
fn faults_work_over_the_wire() {
    let faults = r#"[
        {"op": "b2_list_buckets", "nth": 1, "status": 503, "retryAfterS": 3},
        {"op": "b2_download_file_by_name", "nth": 1, "cutAfterBytes": 10},
        {"op": "b2_download_file_by_name", "nth": 2, "reset": "before"}
    ]"#;
    let faults = FaultPlan::parse(1, faults.as_bytes()).expect("plan");
    let (server, mut client) = start(ServerConfig { faults, ..ServerConfig::default() });
    let url = format!("/b2api/v4/b2_list_buckets?accountId={}", client.account);
    assert_eq!(client.fetch(&url, &[]).header("retry-after"), Some("3"));
    assert_eq!(client.fetch(&url, &[]).status, 200);
    let bucket = client.bucket();
    client.upload(&bucket, "a", &content(1_000));
    let token = client.token.clone();
    client.send_head("GET", "/file/my-bucket/a", &[("Authorization", &token)]);
    assert_eq!(client.response(false).header("content-length"), Some("1000"));
    let mut body = Vec::new();
    let _ = client.stream.read_to_end(&mut body);
    assert_eq!(body, content(10));
    let mut second = Client::log_in(server.url(), &server.key_id(), &server.key());
    let token = second.token.clone();
    second.send_head("GET", "/file/my-bucket/a", &[("Authorization", &token)]);
    assert!(second.is_closed());
    let mut third = Client::log_in(server.url(), &server.key_id(), &server.key());
    assert_eq!(third.fetch("/file/my-bucket/a", &[]).body, content(1_000));
}

#[test]
fn what_is_late_takes_effect_after_its_answer() {
    let an_hour = br#"[{"op": "b2_upload_file", "reset": "late", "lateMs": 3600000}]"#;
    let faults = FaultPlan::parse(1, an_hour).expect("plan");
    let (handle, mut client) = start(ServerConfig { faults, ..ServerConfig::default() });
    let bucket = client.bucket();
    let (url, headers) = client.upload_head(&bucket, "late", 10_000);
    client.send_head("POST", &url, &borrowed(&headers));
    client.send(&content(10_000));
    assert!(client.is_closed());
    let (list, token) = (json!({ "bucketId": bucket }), client.token.clone());
    let mut client = Client { token, ..Client::connect(handle.url()) };
    let mut names = || client.call("b2_list_file_names", &list)["files"].as_array().map(Vec::len);
    assert_eq!(names(), Some(0));
    handle.host().catch_up(u64::MAX);
    assert_eq!(names(), Some(1));
}

#[test]
fn a_stalled_answer_stays_open_and_a_closing_one_says_so() {
    let faults = r#"[
        {"op": "b2_list_buckets", "nth": 1, "stallAfterBytes": 5},
        {"op": "b2_list_buckets", "nth": 2, "expireTokens": true, "close": true}
    ]"#;
    let faults = FaultPlan::parse(1, faults.as_bytes()).expect("plan");
    let (server, mut client) = start(ServerConfig { faults, ..ServerConfig::default() });
    let url = format!("/b2api/v4/b2_list_buckets?accountId={}", client.account);
    let token = client.token.clone();
    client.send_head("GET", &url, &[("Authorization", &token)]);
    assert_eq!(client.response(false).status, 200);
    client.stream.get_mut().set_read_timeout(Some(Duration::from_millis(200))).expect("timeout");
    let mut body = Vec::new();
    let error = client.stream.read_to_end(&mut body).expect_err("nothing more comes");
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    assert_eq!(body.len(), 5);
    let mut second = Client::log_in(server.url(), &server.key_id(), &server.key());
    let answer = second.fetch(&url, &[]);
    assert_eq!((answer.status, answer.json()["code"].as_str()), (401, Some("expired_auth_token")));
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(second.is_closed());
}

#[test]
fn idle_connections_are_closed_and_busy_ones_are_not() {
    let slow = br#"[{"op": "b2_list_buckets", "latencyMs": 300}]"#;
    let faults = FaultPlan::parse(1, slow).expect("plan");
    let idle_max = Some(Duration::from_millis(100));
    let (_server, mut client) = start(ServerConfig { faults, idle_max, ..ServerConfig::default() });
    let url = format!("/b2api/v4/b2_list_buckets?accountId={}", client.account);
    assert_eq!(client.fetch(&url, &[]).status, 200);
    assert!(client.is_closed());
}

#[test]
fn a_body_that_stops_is_answered() {
    let stall_max = Duration::from_millis(50);
    let (server, mut client) = start(ServerConfig { stall_max, ..ServerConfig::default() });
    let bucket = client.bucket();
    let (url, upload) = client.upload_head(&bucket, "a", 10);
    let token = client.token.clone();
    let call = [("Authorization", token.as_str()), ("Content-Length", "10")];
    for (url, headers) in [("/b2api/v4/b2_hide_file", &call[..]), (&url, &borrowed(&upload))] {
        let mut client = Client::connect(server.url());
        client.send_head("POST", url, headers);
        client.send(b"{");
        let answer = client.response(true);
        assert_eq!((answer.status, &answer.json()["code"]), (408, &json!("request_timeout")));
        assert!(client.is_closed());
    }
}

/// Processor time is looked at, which a busy machine does not add to.
#[cfg(target_os = "linux")]
#[test]
fn a_server_without_descriptors_rests_until_there_are_some() {
    let script = "ulimit -n 24 && exec \"$0\" serve --key-id my-id --key my-key";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_b2-sim")]);
    let server = Process::spawn(&mut shell);
    let address = server.ready["url"].as_str().expect("url").strip_prefix("http://");
    let address = address.expect("http").to_owned();
    let connect = |_| TcpStream::connect(&address).expect("the system lets it in");
    let others: Vec<TcpStream> = (0..60).map(connect).collect();
    std::thread::sleep(Duration::from_secs(2));
    let stat = format!("/proc/{}/stat", server.child.id());
    let stat = std::fs::read_to_string(stat).expect("stat");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("fields").split(' ').collect();
    // The time in the program and in the system, in hundredths of a second.
    let ticks = |at: usize| fields[at].parse::<u64>().expect("ticks");
    assert!(ticks(11) + ticks(12) < 60, "{} ticks", ticks(11) + ticks(12));
    drop(others);
    server.client().bucket();
}

#[test]
fn a_transcript_tells_what_was_sent_and_no_secret() {
    let transcript = Transcript::new();
    let config = ServerConfig { transcript: Some(transcript.clone()), ..ServerConfig::default() };
    let (server, mut client) = start(config);
    let bucket = client.bucket();
    client.upload(&bucket, "a%20b", &content(1_000));
    client.fetch("/file/my-bucket/a%20b", &[("Range", "bytes=5-9")]);
    let token = client.token.clone();
    drop(client);
    while transcript.open() > 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let records = transcript.records();
    let ops: Vec<_> = records.iter().filter_map(|record| record.operation).collect();
    let expected = ["b2_create_bucket", "b2_get_upload_url", "b2_upload_file"];
    assert_eq!(ops[1..4], expected);
    let (upload, download) = (&records[3], &records[4]);
    assert_eq!((upload.status, upload.body_len, upload.received), (200, Some(1_000), 1_000));
    assert_eq!(upload.file_name.as_deref(), Some("a%20b"));
    assert_eq!((upload.upload_url, download.upload_url), (Some(0), None));
    assert_eq!(upload.sha1, Some(Sha1Mode::Unverified));
    assert_eq!(upload.headers, ["authorization"]);
    assert_eq!((download.status, download.range.as_deref()), (206, Some("bytes=5-9")));
    assert_eq!(download.file_name.as_deref(), Some("a%20b"));
    assert!(records.iter().all(|record| record.connection == 0));
    let text = serde_json::to_string(&records).expect("JSON");
    assert!(!text.contains(&token) && !text.contains(&server.key()), "{text}");
}

#[test]
fn a_transcript_can_be_a_log() {
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Log {
        fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("sound").write(data)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let log = Log::default();
    let transcript = Transcript::to_writer(log.clone());
    let config = ServerConfig { transcript: Some(transcript.clone()), ..ServerConfig::default() };
    let (server, mut client) = start(config);
    client.bucket();
    drop(client);
    server.shutdown();
    assert!(transcript.records().is_empty(), "what is written is not kept");
    let text = String::from_utf8(log.0.lock().expect("sound").clone()).expect("text");
    let lines: Vec<Value> = text.lines().map(|line| line.parse().expect("JSON")).collect();
    let last = lines.last().expect("two requests");
    assert_eq!((lines.len(), &last["operation"]), (2, &json!("b2_create_bucket")));
    assert_eq!((&last["number"], &last["status"]), (&json!(1), &json!(200)));
}

#[cfg(feature = "tls")]
#[test]
fn tls_needs_a_certificate_and_its_key() {
    for (certificates, key) in [("", ""), ("no PEM", "no PEM")] {
        let refused = b2_sim::server::tls_config(certificates.as_bytes(), key.as_bytes());
        assert_eq!(refused.expect_err("not PEM").kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn a_dropped_upload_ends_its_url_and_leaves_nothing() {
    let folder = TempDir::new().expect("folder");
    let store = StoreKind::Folder(folder.path().to_owned());
    let (server, mut client) = start(ServerConfig { store, ..ServerConfig::default() });
    let bucket = client.bucket();
    let (url, headers) = client.upload_head(&bucket, "a", 1_000_000);
    client.send_head("POST", &url, &borrowed(&headers));
    client.send(&content(500_000));
    drop(client);
    let mut client = Client::log_in(server.url(), &server.key_id(), &server.key());
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let short: Headers = headers
            .iter()
            .map(|(name, value)| {
                let is_len = *name == "Content-Length";
                (*name, if is_len { "1".to_owned() } else { value.clone() })
            })
            .collect();
        client.send_head("POST", &url, &borrowed(&short));
        client.send(b"x");
        let code = client.response(true).json()["code"].clone();
        client = Client::log_in(server.url(), &server.key_id(), &server.key());
        if code == json!("bad_auth_token") {
            break;
        }
        // Until the server has seen the connection close, the URL is in use.
        assert_eq!(code, json!("auth_token_limit"));
        assert!(Instant::now() < deadline, "the upload is never given up");
    }
    assert_eq!(std::fs::read_dir(folder.path().join("blobs")).expect("folder").count(), 0);
}

/// The binary, killed when dropped.
struct Process {
    child: Child,
    ready: Value,
}

impl Process {
    fn start(store: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_b2-sim"));
        command.args(["serve", "--key-id", "my-id", "--key", "my-key", "--store", store]);
        Self::spawn(&mut command)
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("binary");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout");
        BufReader::new(stdout).read_line(&mut line).expect("ready line");
        Self { child, ready: serde_json::from_str(&line).expect("JSON") }
    }

    fn client(&self) -> Client {
        let field = |name: &str| self.ready[name].as_str().expect(name);
        assert_eq!((field("applicationKeyId"), field("applicationKey")), ("my-id", "my-key"));
        Client::log_in(field("url"), "my-id", "my-key")
    }

    fn kill(mut self) {
        self.child.kill().expect("kill");
        self.child.wait().expect("wait");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let folder = TempDir::new().expect("folder");
    let store = folder.path().to_str().expect("UTF-8").to_owned();
    let mut bucket = Value::Null;
    let mut kept = Vec::new();
    for round in 0..4 {
        let server = Process::start(&store);
        let mut client = server.client();
        if bucket.is_null() {
            bucket = client.bucket();
        }
        for name in &kept {
            let fetched = client.fetch(&format!("/file/my-bucket/{name}"), &[]);
            assert!(fetched.body == content(300_000), "{name}");
        }
        for n in 0..5 {
            let name = format!("{round}-{n}");
            assert_eq!(client.upload(&bucket, &name, &content(300_000)).status, 200);
            kept.push(name);
        }
        // Killed in the middle of an upload.
        let (url, headers) = client.upload_head(&bucket, "half", 1_000_000);
        client.send_head("POST", &url, &borrowed(&headers));
        client.send(&content(700_000));
        server.kill();
    }
    let server = Process::start(&store);
    let mut client = server.client();
    let page = client.call("b2_list_file_versions", &json!({ "bucketId": bucket }));
    let mut names: Vec<_> = page["files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|file| file["fileName"].as_str().expect("name").to_owned())
        .collect();
    names.sort();
    assert_eq!(names, kept);
    let blobs = std::fs::read_dir(folder.path().join("blobs")).expect("folder").count();
    assert_eq!(blobs, kept.len());
}

#[test]
fn content_may_go_nowhere() {
    let config = ServerConfig { store: StoreKind::None, ..ServerConfig::default() };
    let (_server, mut client) = start(config);
    let bucket = client.bucket();
    let filler = b2_sim::store::filler(0, 100_000);
    client.upload(&bucket, "a", &filler);
    assert!(client.fetch("/file/my-bucket/a", &[]).body == filler);
}
