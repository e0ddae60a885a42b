//! Who may sign in. What an identity provider says by SAML lets in whom the directory or an administrator has let in; it never overrules them.

use super::membership::Status;

/// How a member was found to be the person whom an identity provider has signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// They have signed in by this connection before, under the same name identifier.
    Identity,
    /// The directory knows the person by the same `userName`, `externalId` or address.
    Directory,
    /// The address, which is in a domain that the workspace has verified.
    Address,
}

/// A member who may be the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// How they were found.
    pub by: FoundBy,
    /// Their status.
    pub status: Status,
}

/// What a sign-in depends on besides the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// SCIM decides who is in.
    pub scim_is_on: bool,
    /// The connection makes people of verified domains members.
    pub creates_members: bool,
    /// The person's address is in a domain that the workspace has verified.
    pub address_is_verified: bool,
}

/// What becomes of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The member is signed in.
    SignIn,
    /// The member is linked to the name identifier from now on, and signed in.
    Link,
    /// A member is made, and signed in.
    Create,
    /// Nobody is.
    Refuse(Refused),
}

/// Why nobody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The person is out: whoever has put them out lets them in again, nobody else.
    Deactivated,
    /// Nobody has let the person in.
    NotProvisioned,
}

/// Decides.
pub fn decide(found: Option<Found>, setting: Setting) -> Decision {
    match found {
        Some(Found { status: Status::Deactivated, .. }) => Decision::Refuse(Refused::Deactivated),
        Some(Found { by: FoundBy::Identity, status: Status::Invited | Status::Active }) => Decision::SignIn,
        Some(Found { by: FoundBy::Directory | FoundBy::Address, status: Status::Invited | Status::Active }) => Decision::Link,
        None if !setting.scim_is_on && setting.creates_members && setting.address_is_verified => Decision::Create,
        None => Decision::Refuse(Refused::NotProvisioned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Status; 3] = [Status::Invited, Status::Active, Status::Deactivated];

    fn settings() -> impl Iterator<Item = Setting> {
        (0..8).map(|bits| Setting { scim_is_on: bits & 1 > 0, creates_members: bits & 2 > 0, address_is_verified: bits & 4 > 0 })
    }

    #[test]
    fn nobody_who_is_out_comes_in_by_signing_in() {
        for setting in settings() {
            for by in [FoundBy::Identity, FoundBy::Directory, FoundBy::Address] {
                let decided = decide(Some(Found { by, status: Status::Deactivated }), setting);
                assert_eq!(decided, Decision::Refuse(Refused::Deactivated), "{by:?} {setting:?}");
            }
        }
    }

    #[test]
    fn a_member_is_made_only_where_scim_is_off_the_connection_may_and_the_domain_is_the_workspaces() {
        for setting in settings() {
            let may = setting == Setting { scim_is_on: false, creates_members: true, address_is_verified: true };
            let expected = if may { Decision::Create } else { Decision::Refuse(Refused::NotProvisioned) };
            assert_eq!(decide(None, setting), expected, "{setting:?}");
        }
    }

    #[test]
    fn who_is_in_signs_in_and_is_linked_once() {
        for setting in settings() {
            for status in ALL.into_iter().filter(|status| *status != Status::Deactivated) {
                assert_eq!(decide(Some(Found { by: FoundBy::Identity, status }), setting), Decision::SignIn);
                assert_eq!(decide(Some(Found { by: FoundBy::Directory, status }), setting), Decision::Link);
                assert_eq!(decide(Some(Found { by: FoundBy::Address, status }), setting), Decision::Link);
            }
        }
    }
}
