//! What RFC 7643, RFC 7644 and RFC 9865 ask of a server, one check per requirement, over HTTP against the built server. The numbers
//! are those of the list in `tests/README.md`; a failure names them.
//!
//! A new section is a file with a `pub const SECTION: Section` and a test that calls [`framework::hold`]; it is declared here and put
//! into [`SECTIONS`].

mod access;
mod answers;
mod asking;
mod bulk;
mod cursors;
mod delete;
mod errors;
mod filters;
mod framework;
mod leaving;
mod lists;
mod names;
mod patch;
mod put;
mod tenants;
mod versions;

use std::collections::BTreeMap;

use framework::Section;

/// Every section, in the order of the numbers.
const SECTIONS: &[&Section] = &[
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
    "Security events and asynchronous requests (RFC 9967) are not offered, and ServiceProviderConfig says so: it has no securityEvents.",
)];

/// Requirements whose check is still to be written: first and last number, and what it waits for.
const PENDING: &[(u16, u16, &str)] = &[
    (1, 22, "names, characteristics, data types"),
    (23, 37, "every resource"),
    (38, 59, "users, groups, the enterprise extension"),
    (60, 70, "discovery"),
    (71, 82, "the HTTP frame"),
    (83, 92, "create"),
    (93, 100, "read and list"),
];

#[test]
fn every_requirement_has_a_check() {
    let mut found: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for section in SECTIONS {
        for requirement in section.requirements {
            assert!(!requirement.promise.is_empty(), "{requirement}");
            found.entry(requirement.number).or_default().push(section.title);
        }
    }
    for (what, ranges) in [("excused", EXCUSED), ("pending", PENDING)] {
        for (first, last, why) in ranges {
            assert!(!why.is_empty() && first <= last, "Q{first:03} to Q{last:03} are {what} without a reason");
            (*first..=*last).for_each(|number| found.entry(number).or_default().push(what));
        }
    }
    for number in 1..=LAST {
        let places = found.remove(&number).unwrap_or_default();
        assert_eq!(places.len(), 1, "Q{number:03} must be in one place, and is in {places:?}");
    }
    assert!(found.is_empty(), "no requirement has these numbers: {found:?}");
    for (first, last, why) in PENDING {
        println!("Q{first:03} to Q{last:03} wait for: {why}");
    }
}
