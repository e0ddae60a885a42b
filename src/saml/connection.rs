//! The states of a connection.

use std::fmt;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name as stored and spoken over the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The one of this name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        /// As a database has it, whose constraints allow no other.
        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(name: String) -> Result<Self, String> {
                Self::named(&name).ok_or(name)
            }
        }
    };
}

words!(
    /// How far a connection has come.
    Status {
        /// It is being filled in.
        Draft = "draft",
        /// Administrators try it.
        Testing = "testing",
        /// People sign in by it.
        Active = "active",
        /// Nobody signs in by it any more.
        Disabled = "disabled",
    }
);

words!(
    /// What becomes of a sign-in that the identity provider begins.
    IdpInitiated {
        /// It is refused.
        Refuse = "refuse",
        /// It signs nobody in and becomes one that we begin: the identity provider is asked, and answers at once.
        Bounce = "bounce",
    }
);
