//! Who it is here whom a signal names: somebody of the connection's workspace, or nobody.

use crate::{
    app::error::AppError,
    ids::ConnectionId,
    scim::identity,
    signals::subject::Name,
    store::{
        WorkspaceTx,
        members::{self, MemberRow},
        saml::identities,
    },
};

/// How many of some people may be meant.
enum Meant {
    Nobody,
    One(MemberRow),
    Several,
}

/// The one member whom all of these names mean, as far as they mean anybody. Where they mean several, it is none.
pub(super) async fn find(tx: &mut WorkspaceTx, connection: ConnectionId, names: &[Name]) -> Result<Option<MemberRow>, AppError> {
    let mut found: Option<MemberRow> = None;
    for name in names {
        match meant(called(tx, connection, name).await?) {
            Meant::Nobody => {}
            Meant::One(member) if found.as_ref().is_none_or(|other| other.id == member.id) => found = Some(member),
            Meant::One(_) | Meant::Several => return Ok(None),
        }
    }
    Ok(found)
}

async fn called(tx: &mut WorkspaceTx, connection: ConnectionId, name: &Name) -> Result<Vec<MemberRow>, AppError> {
    match name {
        Name::Email(address) => {
            let rows = members::with_email(tx, &identity::fold(address)).await?;
            if rows.is_empty() { named(tx, connection, address).await } else { Ok(rows) }
        }
        Name::Id(id) => named(tx, connection, id).await,
    }
}

/// By the name under which they sign in by this connection; else by what the directory knows, as a sign-in finds them.
async fn named(tx: &mut WorkspaceTx, connection: ConnectionId, name: &str) -> Result<Vec<MemberRow>, AppError> {
    let mut rows = Vec::new();
    for id in identities::named(tx, connection, name).await? {
        rows.extend(members::find(tx, id).await?);
    }
    if rows.is_empty() {
        let user_name_key = identity::user_name_key(name).ok();
        rows = identities::in_directory(tx, user_name_key.as_deref(), name, Some(&identity::fold(name))).await?;
    }
    Ok(rows)
}

/// Of several the one who is in, if it is only one.
fn meant(mut rows: Vec<MemberRow>) -> Meant {
    let open = |row: &MemberRow| row.status.0.is_open();
    if rows.iter().any(open) {
        rows.retain(open);
    }
    match (rows.pop(), rows.is_empty()) {
        (None, _) => Meant::Nobody,
        (Some(only), true) => Meant::One(only),
        (Some(_), false) => Meant::Several,
    }
}
