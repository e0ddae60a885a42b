//! A Redis of one's own, because it is killed.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, bail};

/// Killed with this value.
pub struct Redis {
    program: PathBuf,
    socket: PathBuf,
    child: Option<Child>,
}

impl Redis {
    pub fn start(program: PathBuf, socket: PathBuf) -> anyhow::Result<Self> {
        let mut redis = Self { program, socket, child: None };
        redis.start_again()?;
        Ok(redis)
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }

    /// kill -9; what it held is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }

    pub fn start_again(&mut self) -> anyhow::Result<()> {
        drop(std::fs::remove_file(&self.socket));
        let child = Command::new(&self.program)
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(&self.socket)
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be started", self.program.display()))?;
        self.child = Some(child);
        for _ in 0..500 {
            if std::os::unix::net::UnixStream::connect(&self.socket).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("Redis does not listen")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
