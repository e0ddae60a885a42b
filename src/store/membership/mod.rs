//! Desired and effective state of many people at once: read in a handful of queries, written in a handful of statements.

mod apply;
mod load;

pub use apply::{Planned, apply, follow_groups, groups_astray, strip};
pub use load::{Person, Purpose, load};

use crate::{directory::roles::Source, ids::GroupId};

fn read_source(source: &str, key: &str) -> Option<Source> {
    match source {
        "manual" => Some(Source::Manual),
        "attribute" => Some(Source::Attribute),
        "group" => GroupId::parse(key).map(Source::Group),
        "default" => Some(Source::Default),
        _ => None, // the check constraint of the table allows no other
    }
}

fn write_source(source: Source) -> (&'static str, String) {
    match source {
        Source::Manual => ("manual", String::new()),
        Source::Attribute => ("attribute", String::new()),
        Source::Group(group) => ("group", group.to_string()),
        Source::Default => ("default", String::new()),
    }
}
