//! Why things are as they are, one short record each. A record that is no longer true is replaced by the one that says what is.

pub mod d01_the_row_is_the_lock;
pub mod d02_marks_instead_of_a_job_per_write;
pub mod d03_the_queue_is_in_postgres;
pub mod d04_the_workspace_is_in_the_type;
pub mod d05_active_taken_away;
pub mod d06_put_without_members;
pub mod d07_members_without_display;
pub mod d08_coming_back;
pub mod d09_group_names_are_unique;
pub mod d10_passwords_are_dropped;
pub mod d11_discovery_asks_for_a_token;
pub mod d12_text_is_compared_by_icu;
pub mod d13_extension_schemas_keep_the_meaning_of_values;
pub mod d14_tolerances_have_names;
pub mod d15_every_token_expires;
pub mod d16_large_groups_are_streamed;
pub mod d17_sorting_and_cursors;
pub mod d18_pages_by_index;
pub mod d19_bulk_is_many_single_requests;
pub mod d20_groups_in_groups;
pub mod d21_the_provisioning_log;
pub mod d22_hostile_input;
pub mod d23_values_are_kept_as_they_are_sent;
pub mod d25_decimals_keep_their_digits;
pub mod d26_groups_are_in_the_tag_of_a_user;
pub mod d27_no_security_events;
