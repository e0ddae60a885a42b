//! A user as the directory keeps it: the SCIM document and what is read from it into columns.

use std::collections::BTreeSet;

use crate::{
    directory::roles::{Role, Roles},
    scim::{Document, ScimError, identity},
};

/// A valid SCIM user, ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct UserRecord {
    /// `userName`, prepared for comparison.
    pub user_name_key: String,
    /// `externalId`, opaque and exact.
    pub external_id: Option<String>,
    /// Every e-mail address, folded for comparison.
    pub email_keys: BTreeSet<String>,
    /// Whether the person is to be in.
    pub active: bool,
    /// The attributes themselves.
    pub document: Document,
}

impl UserRecord {
    /// Reads the columns from a validated document. When an identity provider has taken `active` away, the person stays as they
    /// stood: `stands`.
    ///
    /// # Errors
    /// `invalidValue` when the `userName` cannot be prepared (RFC 8265).
    pub fn new(document: Document, stands: bool) -> Result<Self, ScimError> {
        Ok(Self {
            user_name_key: identity::user_name_key(document.user_name().unwrap_or_default())?,
            external_id: document.external_id().map(str::to_owned),
            email_keys: email_keys(&document),
            active: document.active().unwrap_or(stands),
            document,
        })
    }
}

/// All e-mail addresses, folded for comparison, each once.
pub fn email_keys(document: &Document) -> BTreeSet<String> {
    let emails = document.as_map().get("emails").and_then(|emails| emails.as_array());
    let addresses = emails.into_iter().flatten().filter_map(|email| email.get("value")?.as_str());
    addresses.map(identity::fold).collect()
}

/// The address under which a person is reached: the primary e-mail, else a `userName` that looks like one.
pub fn email(document: &Document) -> Option<&str> {
    document.primary_email().or_else(|| document.user_name().filter(|name| name.contains('@')))
}

/// The name under which a person is shown: `displayName`, else `name.formatted`, else given and family name.
pub fn display_name(document: &Document) -> Option<String> {
    let text = |value: Option<&serde_json::Value>| value.and_then(|value| value.as_str()).map(str::to_owned);
    let name = document.as_map().get("name");
    document.display_name().map(str::to_owned).or_else(|| text(name.and_then(|name| name.get("formatted")))).or_else(|| {
        let parts: Vec<String> =
            ["givenName", "familyName"].iter().filter_map(|part| text(name.and_then(|name| name.get(part)))).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    })
}

/// The role that the document itself asks for: ours in the extension, else the first of `roles` that the workspace has, primary first.
/// Other applications' roles are left alone.
pub fn role(document: &Document, roles: &Roles) -> Option<Role> {
    let named = |text: &str| roles.named(text);
    document.role().and_then(named).or_else(|| document.role_values().into_iter().find_map(named))
}
