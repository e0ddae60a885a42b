//! Values are kept as they are sent, also where an RFC knows a better spelling; what is not what it says it is, is refused.
//!
//! RFC 7643 §2.4 would have us bring values into a canonical form, and asks for a country of two letters, a time zone of the IANA's and a
//! locale of its own syntax (§4.1). Identity providers send what stands in a directory that people have filled for twenty years, compare
//! what they get with what they sent, and send it again for ever when the two differ; a refusal keeps a person out because of a postal
//! address that we do nothing with. So `country`, `timezone`, `locale`, telephone numbers and the `type` of a value are free text that
//! comes back unchanged, and `/Schemas` says so; the name of a country is a tolerance that a workspace can refuse. Comparison does the
//! rest: filters fold case, and `userName` is compared by its PRECIS form.
//!
//! A certificate is another matter. Whoever reads `x509Certificates` later takes each value for one certificate (§4.1.2), and a bundle, a
//! key or a PEM file in its place is a mistake that nobody would notice until then: 400 `invalidValue`. Bytes that are nothing that can be
//! read mislead nobody; test suites send them at random, so they are a tolerance. Our own `role` takes its four
//! words only, because it decides what somebody may do.
