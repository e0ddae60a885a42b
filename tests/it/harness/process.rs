//! Processes of the built binary.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

const BINARY: &str = env!("CARGO_BIN_EXE_rollcall");

/// A server or worker; killed with this value.
pub struct Process {
    child: Child,
    log: PathBuf,
}

fn command(arguments: &[&str], environment: &[(String, String)]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments);
    for (key, _) in std::env::vars() {
        if key.starts_with("ROLLCALL_") || key == "DATABASE_URL" || key == "REDIS_URL" {
            command.env_remove(key);
        }
    }
    command.envs(environment.iter().cloned());
    command
}

/// Runs to the end; answers exit code, standard output and standard error.
pub fn run(arguments: &[&str], environment: &[(String, String)]) -> (i32, String, String) {
    let output = command(arguments, environment).output().expect("the binary can be started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

impl Process {
    /// Starts `serve` or `worker`.
    pub fn start(subcommand: &str, environment: &[(String, String)], folder: &Path) -> Self {
        let log = folder.join(format!("{subcommand}-{}.log", uuid::Uuid::new_v4().simple()));
        let file = File::create(&log).expect("a log file");
        let child =
            command(&[subcommand], environment).stdout(Stdio::null()).stderr(file).spawn().expect("the binary can be started");
        Self { child, log }
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.child.kill().expect("a process that can be killed");
        self.child.wait().expect("a process that has ended");
    }

    /// SIGTERM.
    pub fn tell_to_stop(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
    }

    /// SIGTERM; answers how it ended.
    pub fn terminate(&mut self) -> ExitStatus {
        self.tell_to_stop();
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(started.elapsed() < Duration::from_secs(30), "it does not stop: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until it has ended; answers how.
    pub async fn ended(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(started.elapsed() < Duration::from_secs(30), "it does not end: {}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The most memory that it has had, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a running process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a high-water mark");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_none()
    }

    /// Where it listens, once it has said so.
    fn address(&self) -> Option<String> {
        self.log().lines().find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            (line["message"] == "serving").then(|| line["address"].as_str().map(|text| text.replace("socket://", "http://")))?
        })
    }

    /// Scheme, host and port.
    pub fn url(&self) -> String {
        self.address().expect("a server that listens")
    }

    /// Waits until it listens.
    pub async fn wait_for_address(&self) {
        let started = Instant::now();
        while self.address().is_none() {
            assert!(started.elapsed() < Duration::from_secs(30), "the server does not listen: {}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
