//! What RFC 7643, RFC 7644, RFC 9865 and identity providers ask of a server: one check per requirement, over HTTP against the built
//! server. The tables of the sections are the list of requirements; a failure names the numbers. `tests/README.md` says which text wins
//! where two contradict each other.
//!
//! A new section is a file with a `pub const SECTION: Section` and a test that calls [`framework::hold`]; it is declared here and put
//! into [`SECTIONS`].

mod access;
mod answers;
mod asking;
mod attributes;
mod bulk;
mod create;
mod cursors;
mod delete;
mod discovery;
mod errors;
mod filters;
mod frame;
mod framework;
mod leaving;
mod lists;
mod names;
mod patch;
mod put;
mod read;
mod resources;
mod schema_walk;
mod tenants;
mod traces;
mod users;
mod versions;

use std::collections::BTreeMap;

use framework::Section;

/// Every section, in the order of the numbers.
const SECTIONS: &[&Section] = &[
    &attributes::SECTION,
    &resources::SECTION,
    &users::SECTION,
    &discovery::SECTION,
    &frame::SECTION,
    &create::SECTION,
    &read::SECTION,
    &filters::SECTION,
    &lists::SECTION,
    &put::SECTION,
    &patch::SECTION,
    &delete::SECTION,
    &bulk::SECTION,
    &versions::SECTION,
    &errors::SECTION,
    &names::SECTION,
    &tenants::SECTION,
    &access::SECTION,
    &leaving::SECTION,
    &cursors::SECTION,
];

/// The numbers go from 1 to this.
const LAST: u16 = 260;

/// Requirements on what is not offered: first and last number, and why.
const EXCUSED: &[(u16, u16, &str)] = &[(
    254,
    260,
    "Security events and asynchronous requests (RFC 9967) are not offered, and ServiceProviderConfig says so: it has no securityEvents \
     (decisions::d27_no_security_events).",
)];

#[test]
fn every_requirement_has_a_check() {
    let mut found: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for section in SECTIONS {
        for requirement in section.requirements {
            assert!(!requirement.promise.is_empty(), "{requirement}");
            found.entry(requirement.number).or_default().push(section.title);
        }
    }
    for (first, last, why) in EXCUSED {
        assert!(!why.is_empty() && first <= last, "Q{first:03} to Q{last:03} are excused without a reason");
        (*first..=*last).for_each(|number| found.entry(number).or_default().push("excused"));
    }
    for number in 1..=LAST {
        let places = found.remove(&number).unwrap_or_default();
        assert_eq!(places.len(), 1, "Q{number:03} must be in one place, and is in {places:?}");
    }
    assert!(found.is_empty(), "no requirement has these numbers: {found:?}");
}
