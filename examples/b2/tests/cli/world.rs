//! A folder of its own for each test, and the program in it.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use b2_sim::fault::FaultPlan;
use b2_sim::server::{Handle, Server, ServerConfig};
use tempfile::TempDir;

/// A place to work in, with a service inside the program (`--sim`) or beside it.
pub(crate) struct World {
    folder: TempDir,
    server: Option<Handle>,
    variables: Vec<(String, String)>,
    /// The user that runs the program, if it is another one.
    #[cfg(unix)]
    user: Option<u32>,
}

/// Who has no rights of his own.
#[cfg(unix)]
const NOBODY: u32 = 65_534;

/// What the program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    /// The program with its own simulator.
    pub(crate) fn embedded() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        Self {
            folder,
            server: None,
            variables: Vec::new(),
            #[cfg(unix)]
            user: None,
        }
    }

    /// The program with a server's master key; `faults` in the simulator's JSON.
    pub(crate) fn served(faults: &str) -> Self {
        Self::served_by(ServerConfig::default(), faults)
    }

    /// The same with a service of these settings.
    pub(crate) fn served_by(config: ServerConfig, faults: &str) -> Self {
        let server = Server::start(config).expect("server");
        server.host().set_faults(FaultPlan::parse(0, faults.as_bytes()).expect("faults"));
        Self::on(server)
    }

    /// The program with the master key of this server.
    pub(crate) fn on(server: Handle) -> Self {
        let mut world = Self::embedded();
        world.set("B2_ENVIRONMENT", server.url());
        world.set("B2_APPLICATION_KEY_ID", &server.key_id());
        world.set("B2_APPLICATION_KEY", &server.key());
        world.server = Some(server);
        world
    }

    /// The program with no service and no login.
    pub(crate) fn bare() -> Self {
        let mut world = Self::embedded();
        world.set("B2_ENVIRONMENT", "http://127.0.0.1:1");
        world
    }

    pub(crate) fn server(&self) -> &Handle {
        self.server.as_ref().expect("a served world")
    }

    /// Changes the environment of the program; an empty value takes a variable out.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(other, _)| other != name);
        if !value.is_empty() {
            self.variables.push((name.to_owned(), value.to_owned()));
        }
    }

    /// A path in the world's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, with the folders it lies in.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("parent")).expect("folders");
        fs::write(&path, content).expect("write");
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("read")
    }

    /// All that is in a folder, also what is hidden.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).expect("list");
        let mut names: Vec<String> =
            entries.map(|it| it.expect("entry").file_name().to_string_lossy().into()).collect();
        names.sort();
        names
    }

    /// The program with the words of a line; it works in the world's folder.
    pub(crate) fn command(&self, line: &str) -> Command {
        self.command_with(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub(crate) fn command_with(&self, words: &[&str]) -> Command {
        self.prepare(Command::new(env!("CARGO_BIN_EXE_b2")), words)
    }

    /// The same as the last words of another command, such as a shell that sets a limit.
    #[cfg(unix)]
    pub(crate) fn command_in(&self, wrapper: &[&str], line: &str) -> Command {
        let (program, words) = wrapper.split_first().expect("a program");
        let mut command = Command::new(program);
        command.args(words).arg(env!("CARGO_BIN_EXE_b2"));
        let mut command = self.prepare(command, &line.split_whitespace().collect::<Vec<_>>());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    /// From here on root runs the program as somebody whom permissions stop. The folder is open to
    /// everybody then.
    #[cfg(unix)]
    pub(crate) fn become_nobody(&mut self) {
        use std::os::unix::fs::PermissionsExt as _;
        if rustix::process::geteuid().is_root() {
            let open = fs::Permissions::from_mode(0o777);
            fs::set_permissions(self.folder.path(), open).expect("permissions");
            self.user = Some(NOBODY);
        }
    }

    fn prepare(&self, mut command: Command, words: &[&str]) -> Command {
        #[cfg(unix)]
        if let Some(user) = self.user {
            use std::os::unix::process::CommandExt as _;
            command.uid(user).gid(user);
        }
        command.current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        if let Some(system) = std::env::var_os("SYSTEMROOT") {
            // Windows has no network without it.
            command.env("SYSTEMROOT", system);
        }
        command.stdin(Stdio::null()).args(words);
        if !self.variables.iter().any(|(name, _)| name == "B2_ENVIRONMENT") {
            command.arg("--sim").arg(self.path("service"));
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn b2(&self, line: &str) -> Said {
        Said::from(self.command(line).output().expect("program"))
    }

    pub(crate) fn b2_with(&self, words: &[&str]) -> Said {
        Said::from(self.command_with(words).output().expect("program"))
    }

    /// The program with something on its standard input.
    pub(crate) fn b2_reading(&self, line: &str, input: &[u8]) -> Said {
        let mut command = self.command(line);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("program");
        child.stdin.take().expect("stdin").write_all(input).expect("input");
        Said::from(child.wait_with_output().expect("end"))
    }

    /// The output of a line that must succeed.
    pub(crate) fn ok(&self, line: &str) -> String {
        let said = self.b2(line);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{line}\n{}", said.out);
        said.out
    }

    /// What standard error says when a line fails as an error, in one sentence without traces.
    pub(crate) fn fails(&self, line: &str) -> String {
        self.b2(line).failed(line)
    }
}

impl Said {
    pub(crate) fn failed(self, line: &str) -> String {
        assert_eq!(self.code, 1, "{line}\n{}\n{}", self.out, self.err);
        assert!(!self.err.is_empty() && self.err.lines().count() <= 2, "{line}: {}", self.err);
        assert!(!self.err.contains("panicked"), "{line}: {}", self.err);
        self.err
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

/// Whether a text has all the pieces.
pub(crate) fn assert_has(text: &str, pieces: &[&str]) {
    for piece in pieces {
        assert!(text.contains(piece), "no '{piece}' in: {text}");
    }
}

/// A text in the JSON that a command prints.
pub(crate) fn field(json: &str, name: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(json).expect("JSON");
    json[name].as_str().expect("a text").to_owned()
}

/// Whether a folder holds only these names.
pub(crate) fn assert_names(world: &World, folder: &str, names: &[&str]) {
    assert_eq!(world.names(folder), names, "in {folder}");
}

/// Waits for something another process does; gives up after a number of looks.
pub(crate) fn wait_for(what: &str, mut is_there: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if is_there() {
            return;
        }
        std::thread::sleep(core::time::Duration::from_millis(5));
    }
    panic!("never happened: {what}");
}

/// Whether a process has a file open; only Linux tells.
#[cfg(target_os = "linux")]
pub(crate) fn has_open(process: u32, path: &std::path::Path) -> bool {
    let Ok(entries) = fs::read_dir(format!("/proc/{process}/fd")) else { return false };
    entries.flatten().any(|entry| fs::read_link(entry.path()).is_ok_and(|it| it == path))
}
