//! Whether anything follows from what the directory says.

/// What an identity provider's requests do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provisioning {
    /// The membership follows the directory.
    Live,
    /// The directory fills and is answered from as ever; members stay as they are.
    Observe,
}

impl Provisioning {
    /// Its name as stored and spoken over the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Observe => "observe",
        }
    }

    /// The mode of this stored name. The check constraint of the table allows no other.
    pub fn named(text: &str) -> Self {
        if text == Self::Observe.as_str() { Self::Observe } else { Self::Live }
    }
}
