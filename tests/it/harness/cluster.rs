//! A Postgres for one test, on a socket in a folder of its own, for tests that kill it.

use std::{
    fs,
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Killed with this value.
pub struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    /// Whom it runs as, user and group; none for whoever runs the test. Postgres does not run as root.
    owner: Option<(u32, u32)>,
    server: Option<Child>,
}

impl Cluster {
    /// Makes one and starts it.
    pub fn start() -> Self {
        let programs = std::env::var("ROLLCALL_TEST_POSTGRES_PROGRAMS").expect(
            "ROLLCALL_TEST_POSTGRES_PROGRAMS must name the folder of Postgres's programs; `deploy/dev test` says where it is",
        );
        let owner = std::env::var("ROLLCALL_TEST_POSTGRES_OWNER").ok().filter(|owner| !owner.is_empty()).map(|owner| {
            let (user, group) = owner.split_once(':').expect("USER:GROUP in ROLLCALL_TEST_POSTGRES_OWNER");
            (user.parse().expect("a number"), group.parse().expect("a number"))
        });
        let folder = tempfile::Builder::new().prefix("rollcall-postgres-").tempdir().expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("our folder");
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group)).expect("a folder that can be given away");
        }
        let mut cluster = Self { folder, programs: programs.into(), owner, server: None };
        let made = cluster
            .program("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--data-checksums"])
            .stdout(Stdio::null())
            .status()
            .expect("initdb can be started");
        assert!(made.success(), "initdb has failed");
        cluster.start_again();
        cluster
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.current_dir("/").arg("-D").arg(self.folder.path().join("data"));
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    /// The address of its maintenance database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.path().display())
    }

    /// Starts it on the data that it has; it recovers what was committed. Answers when it takes connections.
    pub fn start_again(&mut self) {
        let settings = ["listen_addresses=", "max_connections=60", "shared_buffers=64MB", "fsync=off"];
        let socket = format!("unix_socket_directories={}", self.folder.path().display());
        let log = fs::File::create(self.folder.path().join("log")).expect("a log file");
        let mut command = self.program("postgres");
        for setting in settings.iter().copied().chain([socket.as_str()]) {
            command.args(["-c", setting]);
        }
        self.server = Some(command.stdout(Stdio::null()).stderr(log).spawn().expect("Postgres can be started"));
        let started = Instant::now();
        while !self.answers() {
            assert!(started.elapsed() < Duration::from_secs(60), "Postgres does not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn answers(&self) -> bool {
        let asked = Command::new(self.programs.join("pg_isready")).args(["-q", "-h"]).arg(self.folder.path()).status();
        asked.expect("pg_isready can be started").success()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// kill -9 to the server and everything that it has started, so that nobody finishes anything.
    pub fn kill(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let backends = children(server.id());
        drop(server.kill());
        drop(server.wait());
        if !backends.is_empty() {
            // Whoever is gone meanwhile is none to be killed.
            drop(Command::new("kill").arg("-KILL").args(backends.iter().map(u32::to_string)).stderr(Stdio::null()).status());
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The processes that this one has started, as the fourth field of `/proc/PID/stat` says.
fn children(parent: u32) -> Vec<u32> {
    let processes =
        fs::read_dir("/proc").expect("/proc").filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    processes
        .filter(|process| {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok()) == Some(parent)
        })
        .collect()
}
