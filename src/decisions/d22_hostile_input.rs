//! Hostile input is bounded by numbers and looked for by a fuzzer of our own, on stable Rust.
//!
//! **The fuzzer.** cargo-fuzz, and with it libFuzzer's guidance by coverage, needs a nightly compiler; we build, test and ship with the
//! stable one, and a tool that runs with another compiler is run seldom. bolero was not tried. proptest is in use where a property has a generator and a shrunk case is
//! wanted; it has no notion of a corpus, of running for ten minutes, or of inputs that are nearly right. So `tests/fuzz` is a runner of some
//! hundred lines: a target is a function from bytes to an outcome; inputs are seeds (what identity providers send, what is nasty, what
//! was once found), and variations of them as bytes, as words of their grammar and as JSON trees; an input whose outcome was not seen before (which
//! sentence refused it, what it built) is varied further, which stands in for coverage. It fails for a panic, for an input that costs a
//! second of processor time, for a gigabyte of memory, and for a broken promise: what is written out reads as the same, an operation done
//! twice is done once, what PATCH leaves is what POST would have stored, what was shown can be written back, a detail is short and
//! legible. A finding is made small and becomes a seed; every test run tries all seeds and some variations. The profile `fuzz` is optimised
//! and keeps overflow checks and debug assertions.
//!
//! **The bounds.** What one request may cost was bounded by bytes, depth and filters only. A body of 16 MiB of empty objects becomes
//! millions of values in memory (estimated at more than a gigabyte, not measured), a user could have a title of 16 MiB and a page of a thousand such users, and each of a hundred thousand operations
//! on members was a statement under the group's lock. So [`LIMITS`](crate::scim::LIMITS) also bounds the values of a body (413), the values of one
//! attribute and the bytes of one resource (400 `invalidValue`, naming the attribute), and the changes of members in one request (413)
//! after changes of one kind that follow each other have become one. Each is far beyond what an identity provider sends: a group of 100,000 members in
//! one PUT, ten thousand operations for one member each in one PATCH. How much memory all of it may take at a time is
//! [`d24`](super::d24_memory_is_taken_before_it_is_used).
//!
//! JSON numbers are read with all their digits (serde_json's `float_roundtrip`): without it one double in ten came back changed in its last
//! digit, so that an identity provider which writes back what it has read would have made a version each time.
