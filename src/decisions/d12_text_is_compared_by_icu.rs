//! Filters fold text with ICU's root collation.
//!
//! Text of attributes that are not case exact is compared in lower case on both sides: `lower(… collate "und-x-icu")` of the attribute
//! against the same of the bound value. The C library's `lower` gets the Turkish dotted İ and the final Greek sigma wrong, and its
//! answer depends on how the database was made; ICU's agrees with Rust's for every character but some that are younger than the
//! server's ICU, and those still equal themselves. So Postgres must have been built with ICU, as every distribution's is. Keys that are compared by
//! index (`user_name_key`, `display_name_key`, `email_key`, `external_id`) are folded in Rust and compared byte by byte.
