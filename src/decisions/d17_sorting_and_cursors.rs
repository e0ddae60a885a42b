//! A page begins after a position; a cursor is that position, sealed.
//!
//! **Order.** Lists are ordered by what filters compare: `userName` as PRECIS prepares it, text without `caseExact` folded, other text
//! by code points, times as instants, without a locale. Ties go by `id`, so every order is total, and a position in it is a value and
//! an id. Where there is no value a resource comes last, in descending order first (RFC 7644 §3.4.2.3). `sortBy` names something that
//! has one value: a complex attribute without a sub-attribute is 400 `invalidValue`, `emails` as well as `name`, because the RFC asks for
//! the path of a sub-attribute. Texts are ordered by their first 250 characters, since the last value of a page travels in the cursor.
//! `id`, `userName` of users and `displayName` of groups are in an index, and a page in their order reads its own rows only; a page in
//! any other order looks at every match and keeps a page of them. More indexes would cost every write for what few clients ask.
//! A search over users and groups at once is in one order when it is sorted; else the users come first.
//!
//! **Cursors** (RFC 9865) hold position, page size and time of expiry, encrypted and authenticated by ChaCha20-Poly1305 under a key
//! that is derived for the workspace from `ROLLCALL_SEAL_KEY`; what is asked for (types, filter, order) is authenticated with it. So the
//! server remembers nothing, a client learns nothing, and whatever is not a cursor of this list in this workspace is `invalidCursor`
//! in the same words. What is shown of each resource may change between two pages; the size of the page may not (`invalidCount`). The
//! token may be another one of the workspace: a cursor gives no rights, and takes none.
//!
//! Left out, as the RFC allows: `totalResults` of pages by cursor, because to count all matches for each page would make each page as
//! dear as the list (`count=0` with an empty cursor asks for the total alone), and `previousCursor`, which nobody asks for. `startIndex` together with
//! `cursor` is 400: they are two questions. Without either, pages go by index, as clients that have never heard of cursors expect.
//!
//! **Turns.** Lists of one workspace are read a few at a time, an eighth of the connections and two at least, so that a workspace that asks for
//! many at once waits for itself. Without that its burst stood before everybody in the pool. A look-up by an attribute that is in an index takes no
//! turn: it is what identity providers do before they write, and costs no more than reading one resource.
