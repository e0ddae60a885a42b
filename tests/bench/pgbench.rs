//! The same SQL without the server: pgbench at the same concurrency, on the same database.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, bail};
use reqwest::Url;

use super::data::{FIRST, MEMBERS_OF_GROUP};

/// pgbench, and what its scripts count with.
pub struct Pgbench {
    pub program: PathBuf,
    pub folder: PathBuf,
    pub database: Url,
    pub clients: usize,
    pub runs: u64,
}

/// A number that no other turn of any run has, and whether it is the first or second half of a pair.
pub const TURN: &str = "\\set n :n + 1\n\\set new :run * 1000000000 + :client_id * 10000000 + :n\n\\set first :n % 2\n";

/// Anybody.
pub fn any_user(users: u64) -> String {
    format!("\\set user {FIRST} + random(1, {users})\n")
}

/// The user of this turn: two turns each, every client in its own part.
pub fn user_of_turn(users: u64, clients: usize) -> String {
    let part = users / clients as u64;
    format!("\\set user {FIRST} + 1 + :client_id * {part} + (:n - 1) / 2 % {part}\n")
}

/// The group of this turn and a user who is not in it: two turns each, every client in its own part.
pub fn group_of_turn(groups: u64, users: u64, clients: usize) -> String {
    let part = groups / clients as u64;
    format!(
        "\\set g :client_id * {part} + (:n - 1) / 2 % {part}\n\\set group {FIRST} + 1 + :g\n\
         \\set user {FIRST} + 1 + (:g * {MEMBERS_OF_GROUP} + {}) % {users}\n",
        users / 2
    )
}

/// One of two, turn by turn.
pub fn alternating(first: &str, second: &str) -> String {
    format!("\\if :first = 1\n{first}\\else\n{second}\\endif\n")
}

impl Pgbench {
    /// The version, as it says it itself.
    pub fn version(&self) -> anyhow::Result<String> {
        let output = Command::new(&self.program).arg("--version").output();
        let output = output
            .with_context(|| format!("{} cannot be started: set PGBENCH, or use `deploy/dev bench`", self.program.display()))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Transactions a second.
    pub fn run(&mut self, script: &str, time: Duration) -> anyhow::Result<f64> {
        self.runs += 1;
        let file = self.folder.join("pgbench.sql");
        fs::write(&file, script)?;
        let mut address = self.database.clone();
        // Not on the command line, where everybody could read it; unless it is written in a way that only libpq undoes.
        let password = address.password().unwrap_or_default().to_owned();
        if !password.contains('%') && address.set_password(None).is_err() {
            bail!("DATABASE_URL has no host");
        }
        let threads = super::machine::cores().min(self.clients).to_string();
        let output = Command::new(&self.program)
            .args(["--no-vacuum", "--protocol=prepared", "--jobs", &threads, "--client", &self.clients.to_string()])
            .args(["--time", &time.as_secs().max(1).to_string(), "--define", "n=0"])
            .args(["--define", &format!("run={}", 300 + self.runs), "--file"])
            .arg(&file)
            .arg(address.as_str())
            .env("PGPASSWORD", password)
            .output()?;
        let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let failed = said.lines().find_map(|line| line.strip_prefix("number of failed transactions: ")).unwrap_or("0");
        if !output.status.success() || !failed.starts_with("0 ") && failed != "0" {
            bail!(
                "pgbench: {failed} transactions failed: {}",
                errors.lines().find(|line| line.contains("ERROR")).unwrap_or(&errors)
            );
        }
        let tps = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        tps.with_context(|| format!("pgbench has said no tps: {said}"))
    }
}
