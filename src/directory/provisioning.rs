//! Whether anything follows from what the directory says.

use std::str::FromStr;

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

/// What becomes of the directory's people when SCIM is switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManagedPeople {
    /// They stay as they are, and the directory's.
    Keep,
    /// They stay as they are, are no longer the directory's, and the directory is emptied.
    HandOver,
}

impl ManagedPeople {
    /// Its name as spoken over the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::HandOver => "hand_over",
        }
    }
}

impl FromStr for ManagedPeople {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Keep, Self::HandOver]
            .into_iter()
            .find(|choice| choice.as_str() == text)
            .ok_or_else(|| "what becomes of managed people is one of keep, hand_over".into())
    }
}
