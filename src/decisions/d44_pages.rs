//! Pages are rendered here, work without script, and hold no rules.
//!
//! **Why in the binary.** Whoever runs Rollcall has one thing to run, and whoever reads it finds a page's words beside what it does. Markup is
//! written in Rust ([maud](https://maud.lambda.xyz)), so that a page cannot name what there is not, and text is escaped unless somebody says
//! otherwise, which nobody does. A form posts to an address that does one thing; the answer is the next address, or the page again with what is
//! wrong, and the status says which.
//!
//! **Script** copies, keeps regions up to date by reading the same page again, and takes a code out of the address. Each has a way without. It is
//! fifty lines of ours rather than a library: a policy that lets nothing be run that stands in a page is easier to keep with it.
//!
//! **Who.** Every page begins with an extractor that proves who asks, and hands out the caller that the use case wants; there is no other way to
//! one. Cookies come along with what other sites post, so that every extractor refuses what is not one of our own pages'
//! (`Sec-Fetch-Site`, else `Origin`).
//!
//! **Set-up links** carry a token of a scope of its own, so that they expire, are revoked and are audited as tokens are. The token stands behind
//! the `#` of the address, which browsers send to nobody: no log, no proxy and no `Referer` ever has it. Without script it is pasted. A link may
//! be opened as often as it is good, because people change browsers and send questions to colleagues; who has it can decide how people sign in,
//! so it changes no connection by which people sign in already, sees nobody's sign-ins, maps no role, and ends nothing.
//!
//! **From the application.** Its own cookie reaches these pages only where both are one host, and before SAML is set up there is no sign-in. So its
//! backend, which may open sessions anyway, gets a link that opens one in the person's browser, once, within two minutes. Whoever has such a link
//! of their own could send it to somebody else, who would then set up the sender's workspace as their own: the page says as whom one comes in, and
//! only our own page's button does it. What would have refused the link refuses it again when it is used: a deactivation, an end of all sessions, a
//! revoked token, SAML SSO that is required by then.
//!
//! **Operators** trade their token for a sealed cookie of eight hours, which another token in the configuration ends. The token itself is in no
//! cookie.
//!
//! **Looking around** costs what is on the page: members by the beginning of their address, groups by that of their name, in byte order, which
//! is a range of an index. Looking for something inside of a name would be a scan, and there is none.
