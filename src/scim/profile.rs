//! What SCIM is in one workspace: its resources' schemas, its own extensions included, and its rules.

use std::sync::{Arc, LazyLock};

use super::{
    redact::Secrets,
    schema::{Extension, ResourceSchema, ResourceType},
    tolerance::Rules,
    urn,
};

/// The schemas and rules of one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    user: ResourceSchema,
    group: ResourceSchema,
    secrets: Secrets,
    /// How it wants to be served.
    pub rules: Rules,
}

static BUILTIN: LazyLock<Arc<Profile>> = LazyLock::new(|| Arc::new(Profile::new([], Rules::default())));

impl Profile {
    /// That of a workspace which has said nothing of its own.
    pub fn builtin() -> Arc<Self> {
        BUILTIN.clone()
    }

    /// The built-in schemas with these extensions after them.
    pub fn new(extensions: impl IntoIterator<Item = (ResourceType, Extension)>, rules: Rules) -> Self {
        let of = |kind| ResourceSchema::builtin(kind).clone();
        let mut profile =
            Self { user: of(ResourceType::User), group: of(ResourceType::Group), secrets: Secrets::default(), rules };
        for (kind, extension) in extensions {
            match kind {
                ResourceType::User => profile.user.extensions.push(extension),
                ResourceType::Group => profile.group.extensions.push(extension),
            }
        }
        profile.secrets = Secrets::of(profile.schemas());
        profile
    }

    /// In our own extension a user may have these roles as well.
    pub fn with_roles(mut self, names: impl IntoIterator<Item = String>) -> Self {
        let extension = self.user.extensions.iter_mut().find(|extension| extension.schema.id == urn::ROLLCALL_USER);
        let attributes = extension.map(|extension| &mut extension.schema.attributes);
        if let Some(role) = attributes.into_iter().flatten().find(|attribute| attribute.name == "role") {
            role.canonical_values.extend(names);
        }
        self
    }

    /// What of its requests must not be kept.
    pub const fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The schema of a resource type.
    pub const fn schema(&self, kind: ResourceType) -> &ResourceSchema {
        match kind {
            ResourceType::User => &self.user,
            ResourceType::Group => &self.group,
        }
    }

    /// The schemas of all resource types.
    pub const fn schemas(&self) -> [&ResourceSchema; 2] {
        [&self.user, &self.group]
    }
}
