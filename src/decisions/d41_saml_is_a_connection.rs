//! "SAML SSO is enabled" is not said by anybody: it is true while people sign in by a connection with which a test sign-in has succeeded.
//!
//! **Nobody can open the gate with a word.** Operators set the plan and enable SCIM. SAML SSO they can only disable, which disables the connection
//! and leaves the sessions; activating one is the workspace's administrator's, and needs a test that has succeeded with the connection as it
//! is. A change of the identity provider, its address or its certificates takes the test back.
//!
//! **The flag is written with the connection.** `workspaces.saml_enabled` is set in the transaction that activates or disables, under the lock on
//! the workspace's row, so that the look-up of a token goes on reading one row. What operators had said before this was so counts no longer
//! (migration 39): a gate that a flag had opened closes, nobody is put out by that, and the answer says what is missing.
//!
//! **A SaaS that signs its people in by its own means** still makes a connection: the test sign-in shows that the identity provider which will
//! provision the workspace is one that the workspace's administrator can sign in at. Its own backend opens sessions as before.
//!
//! **The demo plays the identity provider.** `rollcall demo` makes a key, uploads metadata, follows the test link and signs a response, by the
//! same calls as an administrator and a browser; it knows no way around them. Tests and benchmarks that are not about signing in put an active
//! connection into the database instead.
