//! Linking in the transaction that creates a user, where seats are short: who is in by hand and becomes the directory's keeps the seat that
//! they have. Everybody else is linked by the reconciliation, see [`d37`](crate::decisions::d37_linking).

use serde_json::json;

use super::caller::Caller;
use crate::{
    directory::{domain::Domain, event::EventType, user},
    ids::UserId,
    scim::{Document, identity},
    store::{
        StoreError, WorkspaceTx,
        audit::{self, Entry},
        domains,
        events::{self, NewEvent},
        members, seats,
    },
};

/// Links a new user to the member with the same address who was given by hand, if the workspace has verified the address's domain.
///
/// # Errors
/// [`StoreError::NoSeat`] when there is no such member, and when even so there are too few seats.
pub(super) async fn on_a_seat_of_its_own(
    tx: &mut WorkspaceTx,
    caller: &Caller,
    user: UserId,
    document: &Document,
    seats: i32,
) -> Result<(), StoreError> {
    let Some(address) = user::email(document) else { return Err(StoreError::NoSeat(seats)) };
    let verified = domains::verified(tx).await?;
    if !Domain::of_address(address).is_some_and(|domain| verified.contains(domain.as_str())) {
        return Err(StoreError::NoSeat(seats));
    }
    let Some(member) = members::link(tx, &identity::fold(address), user).await? else { return Err(StoreError::NoSeat(seats)) };
    seats::check(tx, Some(seats)).await?;
    let (kind, subject, request) = (EventType::MemberLinked, member.as_uuid(), Some(caller.request));
    let data = json!({ "user_id": user, "by": "email" });
    events::append(tx, [NewEvent { kind, at: caller.received, subject, request, data: data.clone() }]).await?;
    audit::append(tx, Entry { actor: &caller.actor, action: kind.as_str(), subject, request, detail: Some(data) }).await
}
