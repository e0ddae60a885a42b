//! A Redis for one test, on a socket in the test's folder.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Stopped with this value.
pub struct Redis {
    /// Its address.
    pub url: String,
    socket: PathBuf,
    child: Option<Child>,
}

impl Redis {
    /// Starts one.
    pub fn start(folder: &Path) -> Self {
        let socket = folder.join("redis.sock");
        let mut redis = Self { url: format!("redis+unix://{}", socket.display()), socket, child: None };
        redis.start_again();
        redis
    }

    /// Stops it hard; what it held is gone.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("Redis can be killed");
            child.wait().expect("Redis has ended");
        }
    }

    /// Starts it, empty, on the same socket.
    pub fn start_again(&mut self) {
        let server = std::env::var("ROLLCALL_TEST_REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_owned());
        drop(std::fs::remove_file(&self.socket));
        let child = Command::new(&server)
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(&self.socket)
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{server} cannot be started ({error}); `deploy/dev test` finds it"));
        self.child = Some(child);
        for _ in 0..500 {
            if std::os::unix::net::UnixStream::connect(&self.socket).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("Redis does not listen");
    }

    /// Makes it silent: it keeps what it holds and answers nobody.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it answer again.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let child = self.child.as_ref().expect("a running Redis");
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
    }

    /// Every key in it.
    pub async fn keys(&self) -> Vec<String> {
        redis::cmd("KEYS").arg("*").query_async(&mut self.connection().await).await.expect("keys")
    }

    /// Sets a key behind Rollcall's back, for good.
    pub async fn put(&self, key: &str, value: &str) {
        let set = redis::cmd("SET").arg(key).arg(value).query_async::<()>(&mut self.connection().await).await;
        set.expect("a key that can be set");
    }

    async fn connection(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.url.as_str()).expect("an address");
        client.get_multiplexed_async_connection().await.expect("Redis")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}
