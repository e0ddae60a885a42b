//! Departures from the RFC that were let pass.

/// The names of the tolerances that a request needed, each once, in the order in which they came up.
/// They go to the log and to the workspace's diagnosis page, never to the client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tolerated(Vec<&'static str>);

impl Tolerated {
    /// Takes a tolerance down.
    pub fn note(&mut self, name: &'static str) {
        if !self.0.contains(&name) {
            self.0.push(name);
        }
    }

    /// The tolerances so far.
    pub fn names(&self) -> &[&'static str] {
        &self.0
    }

    /// Whether the request kept to the RFC.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
