//! Sorting, pages, projection and `.search`, RFC 7644 §3.4.2.3 to §3.4.3, §3.9, §3.10.

mod pages;
mod projection;
mod search;
mod sort;

use crate::conformance::framework::{Section, hold, requirements};

/// Q125 to Q141.
pub const SECTION: Section = Section {
    title: "Sorting, pages, projection, search",
    requirements: requirements! {
        125 Must "Sorting is ascending unless sortOrder says descending; no other word is taken." => sort::ascending_unless_told_otherwise;
        126 Must "What has no value comes last, and first when descending." => sort::what_has_no_value_comes_last_and_descending_first;
        127 Must "A list is sorted by its primary value or else its first, a complex attribute by a part of it only." => sort::a_list_by_its_primary_value_or_its_first;
        128 Must "caseExact decides how text is sorted, and no language does." => sort::by_the_attributes_own_rule_of_case_and_by_no_language;
        129 Must "A startIndex below 1 is 1." => pages::a_start_below_one_is_one;
        130 Must "A negative count is 0, and 0 asks for the total only." => pages::a_negative_count_is_none;
        131 Must "A page has no more than count, and no more than maxResults." => pages::never_more_than_count_nor_than_is_advertised;
        132 Hardening "A startIndex past the end finds nothing; what is no number is refused with invalidValue; none is too large." => pages::places_past_the_end_and_what_is_no_number;
        133 Must "attributes and excludedAttributes are taken by every call that answers a resource." => projection::projection_on_every_call;
        134 Must "attributes shows what it names, what is always shown, and nothing else." => projection::only_what_is_asked_for_and_what_is_always_shown;
        135 Must "Both parameters take parts, names with their schema, and a whole extension." => projection::parts_and_names_with_their_schema;
        136 Must "What is always shown cannot be excluded." => projection::what_is_always_shown_cannot_be_excluded;
        137 Must "What is returned on request is shown on request and by the write that set it; what is never returned, never." => projection::on_request_and_never;
        138 Must "attributes and excludedAttributes together are refused with invalidValue." => projection::one_parameter_excludes_the_other;
        139 Interop "Members that are not wanted are not read." => projection::members_that_are_not_wanted_are_not_read;
        140 Must "A search by POST is answered as the same query by GET, at the root and at every endpoint." => search::a_search_is_the_query_of_an_address;
        141 Must "A search with a parameter of the wrong type is refused with invalidSyntax." => search::the_types_of_a_search_request;
    },
};

#[tokio::test]
async fn q125_to_q141_lists() {
    hold(&SECTION).await;
}
