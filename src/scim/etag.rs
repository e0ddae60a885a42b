//! Versions and conditional requests, RFC 7644 §3.14 and RFC 9110 §13.

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{error::ScimError, tolerance::Rules};

/// The entity tag of a version: the `ETag` header and `meta.version`, byte for byte the same. It is
/// weak, because one version has many representations (projections).
pub fn version_tag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// The entity tag of a user with these `groups`, as they are shown: they change without the user, so they are in the tag. See
/// [`crate::decisions::d26_groups_are_in_the_tag_of_a_user`].
pub fn version_tag_with(version: i64, groups: &Value) -> String {
    let digest = Sha256::digest(groups.to_string());
    let short = digest.get(..8).unwrap_or(&digest);
    format!("W/\"{version}.{}\"", HEXLOWER.encode(short))
}

/// The tag without what it says of groups.
pub fn without_groups(tag: &str) -> String {
    match tag.split_once('.') {
        Some((version, rest)) if rest.ends_with('"') => format!("{version}\""),
        Some((version, _)) => version.to_owned(),
        None => tag.to_owned(),
    }
}

/// The conditions of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preconditions {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
}

/// The value of one of the headers.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    /// `*`
    Any,
    /// What stands between the quotes of each tag. SCIM compares weakly, in `If-Match` too: its own
    /// examples send weak tags there, which RFC 9110 would never let match.
    These(Vec<String>),
}

impl Preconditions {
    /// Reads the headers; several of one name are joined with a comma by the caller.
    ///
    /// A tag without quotes is taken for its text. Nothing is an error: what is no tag equals no
    /// version, so the condition fails, and failing is the safe side for a write.
    pub fn parse(if_match: Option<&str>, if_none_match: Option<&str>) -> Self {
        Self { if_match: if_match.map(Tags::parse), if_none_match: if_none_match.map(Tags::parse) }
    }

    /// Whether a write may go ahead on a resource whose tag is `current`. What a tag says of groups does not count: no write of a user
    /// changes them.
    ///
    /// # Errors
    /// 412 when `If-Match` names other versions only, or `If-None-Match` names this one; 428 without `If-Match` where the workspace
    /// requires it (RFC 6585 §3).
    pub fn check_write(&self, current: &str, rules: &Rules) -> Result<(), ScimError> {
        if rules.require_if_match && self.if_match.is_none() {
            let detail = "This workspace takes changes with If-Match only. Read the resource, then send its version (the ETag header) in If-Match.";
            return Err(ScimError::new(428, detail));
        }
        if self.if_match.as_ref().is_some_and(|tags| !tags.include_version(current)) {
            let detail = format!(
                "The resource was changed: its version is {current}, which If-Match does not list. Read it again, then repeat the request."
            );
            return Err(ScimError::precondition(detail));
        }
        if self.if_none_match.as_ref().is_some_and(|tags| tags.include_version(current)) {
            return Err(ScimError::precondition(format!(
                "If-None-Match lists the version of the resource, {current}. Leave the header out to change it all the same."
            )));
        }
        Ok(())
    }

    /// Whether a read is answered with 304: the tag is exactly that of what would be shown.
    pub fn not_modified(&self, current: &str) -> bool {
        self.if_none_match.as_ref().is_some_and(|tags| tags.include(current))
    }
}

impl Tags {
    fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self::Any;
        }
        let mut tags = Vec::new();
        let mut rest = header;
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                return Self::These(tags);
            }
            rest = rest.strip_prefix("W/").or_else(|| rest.strip_prefix("w/")).unwrap_or(rest);
            let (tag, after) = match rest.strip_prefix('"') {
                // A comma between the quotes belongs to the tag.
                Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
                None => {
                    let (tag, after) = rest.split_once(',').unwrap_or((rest, ""));
                    (tag.trim_end(), after)
                }
            };
            tags.push(tag.to_owned());
            rest = after;
        }
    }

    /// Whether one of them is of this version.
    fn include_version(&self, current: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => {
                let versions = tags.iter().map(|tag| without_groups(tag)).collect();
                Self::These(versions).include(&without_groups(current))
            }
        }
    }

    fn include(&self, current: &str) -> bool {
        match (self, Self::parse(current)) {
            (Self::Any, _) => true,
            (Self::These(tags), Self::These(current)) => current.iter().any(|tag| tags.contains(tag)),
            (Self::These(_), Self::Any) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn write(if_match: &str) -> Result<(), u16> {
        Preconditions::parse(Some(if_match), None).check_write(&version_tag(5), &Rules::default()).map_err(|error| error.status)
    }

    #[test]
    fn a_workspace_may_require_if_match() {
        let rules = Rules { require_if_match: true, ..Rules::default() };
        let check = |header: Option<&str>| Preconditions::parse(header, None).check_write(&version_tag(5), &rules);
        assert_eq!(check(None).map_err(|error| error.status), Err(428));
        assert_eq!(check(Some("W/\"5\"")), Ok(()));
        assert_eq!(check(Some("W/\"4\"")).map_err(|error| error.status), Err(412));
    }

    #[test]
    fn if_match_lets_the_current_version_pass() {
        for header in ["W/\"5\"", "\"5\"", "*", " * ", "\"4\", W/\"5\"", "w/\"5\"", "\"a,b\",\"5\"", ",,\"5\",", "5", "4, 5"] {
            assert_eq!(write(header), Ok(()), "{header}");
        }
    }

    #[test]
    fn if_match_stops_every_other_version() {
        for header in ["W/\"4\"", "\"55\"", "\"\"", "", "W/", "\"a,5\"", "\"5 \" x", "junk", "\"W/5\"", "\"*\"", "W/\"4"] {
            assert_eq!(write(header), Err(412), "{header}");
        }
    }

    #[test]
    fn if_none_match_answers_reads_and_stops_writes() {
        let current = version_tag(7);
        let lists_it = Preconditions::parse(None, Some("W/\"6\", W/\"7\""));
        assert!(lists_it.not_modified(&current));
        assert_eq!(lists_it.check_write(&current, &Rules::default()).unwrap_err().status, 412);
        assert!(Preconditions::parse(None, Some("*")).not_modified(&current));
        let other = Preconditions::parse(None, Some("W/\"6\""));
        assert!(!other.not_modified(&current) && other.check_write(&current, &Rules::default()).is_ok());
        let none = Preconditions::parse(None, None);
        assert!(!none.not_modified(&current) && none.check_write(&current, &Rules::default()).is_ok());
    }

    #[test]
    fn groups_count_for_reads_and_not_for_writes() {
        let [none, one, other] =
            [json!([]), json!([{ "value": "1" }]), json!([{ "value": "2" }])].map(|groups| version_tag_with(5, &groups));
        assert!(one.starts_with("W/\"5.") && one.len() == 22 && one != other && one != none, "{one}");
        let read = |given: &str, current: &str| Preconditions::parse(None, Some(given)).not_modified(current);
        assert!(read(&one, &one) && !read(&one, &other) && !read(&version_tag(5), &one) && !read(&one, &version_tag(5)));
        assert_eq!((write(&one), write(&other), write(&version_tag_with(4, &json!([])))), (Ok(()), Ok(()), Err(412)));
        let stale = Preconditions::parse(Some("\"4\""), None).check_write(&one, &Rules::default());
        assert!(stale.is_err_and(|error| error.detail.contains(&one)));
        assert_eq!(Preconditions::parse(Some(&other), None).check_write(&one, &Rules::default()), Ok(()));
        let new = Preconditions::parse(None, Some(&one));
        assert_eq!(new.check_write(&version_tag(5), &Rules::default()).map_err(|error| error.status), Err(412));
        for (tag, version) in [(one.as_str(), "W/\"5\""), ("W/\"5\"", "W/\"5\""), ("5.ab", "5"), ("", ""), ("\".\"", "\"\"")] {
            assert_eq!(without_groups(tag), version);
        }
    }

    proptest! {
        #[test]
        fn a_version_matches_itself_and_no_other(a: i64, b: i64, junk in "[ ,\"W/*a5]{0,12}") {
            let matches = |header: &str| Preconditions::parse(Some(header), None).check_write(&version_tag(a), &Rules::default()).is_ok();
            prop_assert!(matches(&version_tag(a)));
            prop_assert_eq!(matches(&version_tag(b)), a == b);
            let _ = matches(&junk);
        }
    }
}
