//! A group with more than a hundred members is streamed, and a PATCH of it is answered with 204.
//!
//! The members of a large group are read page by page while the answer is written: no answer holds them all, and no transaction waits
//! for a client that reads slowly. The pages are read one after another, so an answer that is long in coming shows each part as it is
//! when it is read; its version is that of the beginning, and a condition on it fails when the group has changed meanwhile.
//!
//! A PATCH may be answered with 200 and the resource or with 204 (RFC 7644 §3.5.2). For users and small groups it is 200: Okta's tests
//! and public conformance suites want to see the result. For a large group the result is a hundred thousand members that nobody asked
//! for, after a change of one: Entra ID's documentation says 204 there, and every client that we know takes either. `attributes` or
//! `excludedAttributes` ask for 200.
