//! Filters, RFC 7644 §3.4.2.2.

mod bounds;
mod grammar;
mod types;
mod values;

use crate::conformance::framework::{Section, hold, requirements};

/// Q101 to Q124.
pub const SECTION: Section = Section {
    title: "Filters",
    requirements: requirements! {
        101 Must "Operators and names of attributes are read in any case." => grammar::names_and_operators_in_any_case;
        102 Must "Grouping binds first, then not, then and, then or." => grammar::grouping_then_not_then_and_then_or;
        103 Must "not is followed by a parenthesis, with or without a space." => grammar::not_with_and_without_a_space;
        104 Must "A value is a JSON literal, its escapes decoded; single quotes and bare words are refused." => grammar::values_are_json_literals;
        105 Must "Between brackets one and the same value satisfies every term." => values::one_and_the_same_value_satisfies_all_in_brackets;
        106 Must "Without brackets any value of a list may satisfy each term." => values::without_brackets_any_value_does;
        107 Must "ne on a list holds when any value differs, which is not the negation of eq." => values::ne_is_not_the_negation_of_eq;
        108 Must "A complex attribute is compared by a part of it, a list of complex values by its value." => values::a_complex_attribute_needs_a_part_and_a_list_has_value;
        109 Must "Names may be qualified by their schema, in any case." => grammar::names_with_their_schema;
        110 Must "pr holds of what is not empty; false and 0 are not empty." => values::present_is_what_is_not_empty;
        111 Must "gt, ge, lt and le on booleans and binaries are refused with invalidFilter." => types::no_order_among_booleans_and_binaries;
        112 Must "Text is ordered by its letters, times by instant, numbers by size." => types::text_by_letters_times_by_instant;
        113 Must "An operator or a value that the type cannot have is refused with invalidFilter." => types::an_operator_that_the_type_has_not;
        114 Must "Text is compared as caseExact says, by every operator." => types::text_follows_case_exact;
        115 Must "What is no filter is refused with a sentence; it is never ignored." => grammar::what_cannot_be_understood_is_refused_with_a_sentence;
        116 May "An attribute that the type does not have is refused with invalidFilter." => grammar::an_unknown_attribute_is_refused;
        117 Must "eq null is absence; true, false and numbers are read as well." => values::null_is_absence_and_the_other_literals_are_read;
        118 Must "An attribute that has its default is found by it." => values::a_default_is_compared_as_it_is_shown;
        119 Must "schemas eq finds the resources of a schema." => values::by_schema;
        120 Interop "What identity providers look for is found, and by index." => bounds::what_identity_providers_ask_goes_by_index;
        121 Interop "A plus sign and %20 are spaces in an address, and the filter is decoded once." => grammar::plus_and_percent_20_are_spaces;
        122 Hardening "Percent sign, underscore and backslash mean themselves." => bounds::wildcards_of_sql_mean_themselves;
        123 Hardening "Length, nodes and depth of a filter are bounded." => bounds::the_cost_of_a_filter_is_bounded;
        124 Hardening "What is never shown cannot be filtered by." => bounds::what_is_never_shown_cannot_be_asked;
    },
};

#[tokio::test]
async fn q101_to_q124_filters() {
    hold(&SECTION).await;
}
