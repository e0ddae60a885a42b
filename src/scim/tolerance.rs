//! Departures from the RFC that identity providers need, each by name, and the rules by which one workspace differs from another.
//!
//! Where a departure is met, [`Tolerated::pass`] takes it down, so that an admin can see with each request what was let pass, or refuses
//! it with the error that the letter asks for: a workspace can refuse any of them. There is no other way to let something pass.

use super::error::{ScimError, ScimType};

macro_rules! tolerances {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal, $providers:literal;)*) => {
        /// One departure from the letter that is let pass unless the workspace refuses it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Tolerance {
            $($(#[doc = $doc])+ $name,)*
        }

        impl Tolerance {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name in settings, log and API.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Who needs it.
            pub const fn providers(self) -> &'static str {
                match self { $(Self::$name => $providers,)* }
            }

            /// What is let pass and why.
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc,)+).trim_ascii(),)* }
            }
        }
    };
}

tolerances! {
    /// A list with one element where a single value belongs.
    SingleElementArray = "single-element-array", "Entra ID";
    /// An empty text where a value of another type belongs clears the attribute.
    EmptyString = "empty-string", "Entra ID";
    /// The texts "true" and "false", in any case, where a boolean belongs.
    BooleanString = "boolean-string", "Entra ID, Keycloak, OneLogin";
    /// The manager as a bare id instead of an object.
    ManagerString = "manager-string", "Entra ID";
    /// A bare text where an object with a value belongs.
    StringForObject = "string-for-object", "hand-written mappings";
    /// A single value where a list belongs.
    ObjectForArray = "object-for-array", "OneLogin, hand-written mappings";
    /// A body without schemas: the address tells the type.
    MissingSchemas = "missing-schemas", "authentik, hand-written mappings";
    /// A URN in schemas that is known to mean nothing, such as Microsoft's own for groups.
    ForeignSchemaUrn = "foreign-schema-urn", "Entra ID, OneLogin";
    /// Schemas without the core schema of the resource.
    MissingCoreSchema = "missing-core-schema", "OneLogin";
    /// An extension whose attributes are in the body and whose URN is not in schemas.
    UnlistedExtension = "unlisted-extension", "Entra ID";
    /// Members as bare ids instead of objects.
    MemberString = "member-string", "Microsoft's samples";
    /// A replacement of one value that is not there makes it, as the filter of its path describes it.
    CreateOnFilteredReplace = "create-on-filtered-replace", "Entra ID";
    /// A removal of members (or other elements) with a list of values removes those only, instead of all.
    RemoveWithValue = "remove-with-value", "Entra ID, authentik, Rauthy, JumpCloud";
    /// An attribute of an extension by its name alone, in a path or a filter.
    UnqualifiedExtensionAttribute = "unqualified-extension-attribute", "Entra ID";
    /// An attribute or sub-attribute that the schema does not have is dropped.
    UnknownAttribute = "unknown-attribute", "Rauthy, Microsoft's samples, hand-written mappings";
    /// Read-only attributes among the values of a PATCH without path are ignored.
    ReadOnlyInValue = "readonly-in-value", "Okta, authentik";
    /// The data of a PATCH in a bulk request as a list of operations, without the message around them: so it stands in the example
    /// of RFC 7644 §3.7.3.
    BulkPatchList = "bulk-patch-list", "clients written after the RFC's example";
    /// Paths as names in the value of a PATCH without path: dotted, with a URN, or with a filter.
    PathInValue = "path-in-value", "Entra ID";
    /// A password, or another value that nobody may read, is accepted and dropped.
    PasswordDropped = "password-dropped", "Okta";
    /// The word of an operation with capital letters, such as "Replace".
    CapitalOp = "capital-op", "Entra ID, OneLogin";
    /// The keys of a message in another case than the RFC writes them, such as "operations".
    MessageKeyCase = "message-key-case", "hand-written clients";
    /// The method of a bulk operation in small letters.
    MethodCase = "method-case", "hand-written clients";
    /// A key of a message that the RFC does not have, such as the name of an operation, is ignored.
    UnknownMessageKey = "unknown-message-key", "Microsoft's samples, hand-written clients";
    /// A filter that compares a part of the value that brackets have selected: emails[type eq "work"].value eq "x".
    ComparisonAfterBrackets = "comparison-after-brackets", "Entra ID";
    /// A filter that compares a single complex attribute and means its value: manager eq "x".
    ComplexInFilter = "complex-in-filter", "Entra ID";
    /// A country in other words than its code of two letters (RFC 7643 §4.1.2).
    CountryName = "country-name", "Entra ID, hand-written mappings";
    /// Bytes where a certificate belongs that are nothing at all, as test suites send them: no bundle, no key, no PEM.
    BytesForCertificate = "bytes-for-certificate", "hand-written mappings";
    /// A text that is no URI where one belongs.
    TextForUri = "text-for-uri", "hand-written mappings";
    /// A byte order mark before the body, which RFC 8259 §8.1 forbids to send.
    ByteOrderMark = "byte-order-mark", "clients on Windows";
    /// A slash at the end of the address, or two in the middle of it.
    ExtraSlash = "extra-slash", "Microsoft's samples, hand-written clients";
    /// The name of a query parameter in another case, such as startindex.
    ParameterCase = "parameter-case", "hand-written clients";
}

impl Tolerance {
    /// The tolerance of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|tolerance| tolerance.name() == name)
    }
}

/// Some tolerances.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ToleranceSet(u64);

impl ToleranceSet {
    const fn bit(tolerance: Tolerance) -> u64 {
        1 << tolerance as u64
    }

    /// Whether it is among them.
    pub const fn contains(self, tolerance: Tolerance) -> bool {
        self.0 & Self::bit(tolerance) != 0
    }

    /// Puts it among them.
    pub const fn insert(&mut self, tolerance: Tolerance) {
        self.0 |= Self::bit(tolerance);
    }

    /// They, in the order of [`Tolerance::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Tolerance> {
        Tolerance::ALL.iter().copied().filter(move |tolerance| self.contains(*tolerance))
    }
}

impl FromIterator<Tolerance> for ToleranceSet {
    fn from_iter<I: IntoIterator<Item = Tolerance>>(tolerances: I) -> Self {
        let mut set = Self::default();
        tolerances.into_iter().for_each(|tolerance| set.insert(tolerance));
        set
    }
}

/// How one workspace wants to be served. The default is what every identity provider gets on with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// Departures from the letter that are refused.
    pub refused: ToleranceSet,
    /// A write without `If-Match` is answered 428 (RFC 6585 §3).
    pub require_if_match: bool,
    /// A filter in the address that names a person is answered 403 `sensitive` (RFC 7644 §7.5.2): such queries go by `.search`.
    pub refuse_personal_filters: bool,
    /// A PATCH operation without path is refused, although RFC 7644 §3.5.2 allows it.
    pub refuse_pathless_patch: bool,
    /// A replaced complex attribute loses the sub-attributes that the new value does not have; RFC 7644 §3.5.2.3 keeps them.
    pub replace_complex_whole: bool,
}

/// What may be let pass in a request, and what was: each once, in the order in which it came up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tolerated {
    rules: Rules,
    used: Vec<Tolerance>,
}

impl Tolerated {
    /// Nothing yet, under these rules.
    pub const fn under(rules: Rules) -> Self {
        Self { rules, used: Vec::new() }
    }

    /// The workspace's rules.
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Whether the workspace lets it pass.
    pub const fn allows(&self, tolerance: Tolerance) -> bool {
        !self.rules.refused.contains(tolerance)
    }

    /// Takes a tolerance down that was used.
    fn note(&mut self, tolerance: Tolerance) {
        if !self.used.contains(&tolerance) {
            self.used.push(tolerance);
        }
    }

    /// Takes a tolerance down, or refuses what needs it, with the error that the letter asks for.
    ///
    /// # Errors
    /// `otherwise`, with the tolerance named in it, when the workspace refuses it.
    pub fn pass(&mut self, tolerance: Tolerance, otherwise: impl FnOnce() -> ScimError) -> Result<(), ScimError> {
        if self.allows(tolerance) {
            self.note(tolerance);
            return Ok(());
        }
        let error = otherwise();
        let detail = format!("{} (This workspace refuses {}.)", error.detail, tolerance.name());
        Err(ScimError { detail, ..error })
    }

    /// As [`pass`](Self::pass), with an error of status 400.
    ///
    /// # Errors
    /// 400 with `scim_type` when the workspace refuses it.
    pub fn need(&mut self, tolerance: Tolerance, scim_type: ScimType, detail: impl FnOnce() -> String) -> Result<(), ScimError> {
        self.pass(tolerance, || ScimError::bad(scim_type, detail()))
    }

    /// The tolerances so far.
    pub fn used(&self) -> &[Tolerance] {
        &self.used
    }

    /// The names of the tolerances so far.
    pub fn names(&self) -> Vec<&'static str> {
        self.used.iter().map(|tolerance| tolerance.name()).collect()
    }

    /// Whether the request kept to the RFC.
    pub const fn is_empty(&self) -> bool {
        self.used.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_tolerance_has_a_name_of_its_own_and_says_why() {
        let names: HashSet<&str> = Tolerance::ALL.iter().map(|tolerance| tolerance.name()).collect();
        assert_eq!(names.len(), Tolerance::ALL.len());
        assert!(Tolerance::ALL.len() <= 64, "a set has 64 bits");
        for tolerance in Tolerance::ALL {
            assert_eq!(Tolerance::named(tolerance.name()), Some(*tolerance));
            assert!(tolerance.reason().ends_with('.') && !tolerance.providers().is_empty(), "{tolerance:?}");
        }
    }

    #[test]
    fn what_a_workspace_refuses_is_an_error_that_says_so() {
        let rules = Rules { refused: [Tolerance::BooleanString].into_iter().collect(), ..Rules::default() };
        let mut notes = Tolerated::under(rules);
        let refused = notes.need(Tolerance::BooleanString, ScimType::InvalidValue, || "active must be true or false.".to_owned());
        let error = refused.expect_err("refused");
        assert_eq!(error.detail, "active must be true or false. (This workspace refuses boolean-string.)");
        assert!(notes.is_empty());
        assert_eq!(notes.need(Tolerance::EmptyString, ScimType::InvalidValue, String::new), Ok(()));
        notes.note(Tolerance::EmptyString);
        assert_eq!(notes.names(), ["empty-string"]);
        assert_eq!(rules.refused.iter().collect::<Vec<_>>(), [Tolerance::BooleanString]);
    }
}
