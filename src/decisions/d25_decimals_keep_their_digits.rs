//! A decimal comes back with the digits that it was sent with, however many a double can hold.
//!
//! RFC 7643 §2.3.3 says that a decimal is a number with at least one digit on each side of the point and leaves its size open; RFC 7644
//! §3.5.2 and every identity provider compare what they sent with what they get. A double has sixteen digits: `12345678901234567.25`
//! came back as another number, was sent again, and two such values were equal in a filter. So numbers are kept as text in memory
//! (`arbitrary_precision` of serde_json) and as `numeric` in Postgres, where JSON numbers always were; filters and orders
//! compare them as what they are, without doubles on either side ([`crate::scim::decimal`]).
//!
//! **Zeros stay, exponents do not.** `-2.50` comes back so. `1e3` comes back as `1000`, as Postgres writes it out; it is the same number,
//! and because it is written out before it is stored, sending it again is no change. `1.5` in the place of `1.50` is a change, of how it
//! is spelled; in a list the two are one value. An integer has neither fraction nor exponent (§2.3.4), so `1.0` and `1e3` are refused there.
//!
//! **Bounds.** Written out, `1e1000000` would be a megabyte, and Postgres fails beyond 131,072 digits. A body with a number greater than
//! every double, or with more than 400 digits when it is written out, is refused with 400 `invalidSyntax`, wherever the number stands; in a
//! filter it is `invalidFilter`. The shortest text of every double has fewer. A number is never rounded silently.
//!
//! **The private name.** serde_json hands out a number that is no small integer as an object with one name of its own, `$serde_json::private::Number`, and would
//! take such an object of a client for a number. [`crate::scim::envelope`] tells the two apart and refuses the object, so that
//! nobody can send something that two readers read differently.
