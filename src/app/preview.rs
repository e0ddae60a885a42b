//! What would happen if the directory were followed now, or role mappings were others: told before it is done.

use std::collections::BTreeMap;

use super::{App, caller::AdminCaller, error::AppError, roles};
use crate::{
    directory::{
        preview::{Change, Preview},
        roles::Role,
    },
    ids::{GroupId, MemberId, UserId},
    store::{
        WorkspaceTx, groups,
        membership::{self, Person, Purpose},
        sweeps::{self, Phase},
    },
};

/// People looked at in one transaction.
const BATCH: i64 = 500;
/// People looked at for one answer.
const MOST: u64 = 10_000;
/// After so many changes an answer is not made longer.
const ENOUGH: usize = 1_000;

/// Where to go on: the people of the directory come first, then members whose directory user is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// After this user.
    User(UserId),
    /// After this member; the nil id for the beginning.
    Member(MemberId),
}

/// A person about whom something would change, or who matches no role.
#[derive(Debug, Clone)]
pub struct Previewed {
    /// The directory user; none for members whose user was deleted.
    pub user: Option<UserId>,
    /// The member; none for people who are not in yet.
    pub member: Option<MemberId>,
    /// Address.
    pub email: Option<String>,
    /// Name.
    pub display_name: Option<String>,
    /// What would become of the person.
    pub preview: Preview,
}

/// People in the order of their ids, as far as they were looked at.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// How many people were looked at.
    pub looked_at: u64,
    /// Those about whom something would change, or who match no role.
    pub people: Vec<Previewed>,
    /// Where to go on; none when everybody was looked at.
    pub next: Option<Place>,
}

impl Page {
    /// To how many people this would happen.
    pub fn count(&self, change: Change) -> usize {
        self.people.iter().filter(|person| person.preview.change == Some(change)).count()
    }
}

/// Looks at people after a place, as if these groups gave these roles, or none, instead of what they give. Each is as of the moment at
/// which it was looked at; nothing is locked, nothing is written.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such group, [`AppError::Invalid`] when it has no such role.
pub async fn preview(
    app: &App,
    caller: &AdminCaller,
    mappings: Vec<(GroupId, Option<String>)>,
    after: Option<Place>,
) -> Result<Page, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let mut instead = BTreeMap::new();
    for (group, role) in mappings {
        groups::find(&mut tx, group).await?.ok_or(AppError::NotFound("group"))?;
        let role = match role {
            Some(name) => Some(roles::wanted(&mut tx, &name).await?),
            None => None,
        };
        instead.insert(group, role);
    }
    drop(tx);
    let mut page = Page::default();
    let mut place = Some(after.unwrap_or(Place::User(UserId::from_uuid(uuid::Uuid::nil()))));
    while let Some(from) = place
        && page.looked_at < MOST
        && page.people.len() < ENOUGH
    {
        let mut tx = app.db.workspace(caller.workspace).await?;
        place = look(&mut tx, from, &instead, &mut page).await?;
    }
    page.next = place;
    Ok(page)
}

async fn look(
    tx: &mut WorkspaceTx,
    from: Place,
    instead: &BTreeMap<GroupId, Option<Role>>,
    page: &mut Page,
) -> Result<Option<Place>, AppError> {
    let (phase, cursor) = match from {
        Place::User(id) => (Phase::Users, id.as_uuid()),
        Place::Member(id) => (Phase::Members, id.as_uuid()),
    };
    let ids = sweeps::next_ids(tx, phase, cursor, BATCH).await?;
    let Some(last) = ids.last().copied() else {
        return Ok(match from {
            Place::User(_) => Some(Place::Member(MemberId::from_uuid(uuid::Uuid::nil()))),
            Place::Member(_) => None,
        });
    };
    let (users, members, next) = match from {
        Place::User(_) => {
            (ids.iter().copied().map(UserId::from_uuid).collect(), Vec::new(), Place::User(UserId::from_uuid(last)))
        }
        Place::Member(_) => {
            (Vec::new(), ids.iter().copied().map(MemberId::from_uuid).collect(), Place::Member(MemberId::from_uuid(last)))
        }
    };
    page.looked_at += ids.len() as u64;
    let people = membership::load(tx, &users, &members, Purpose::Preview(instead)).await?;
    page.people.extend(people.into_iter().filter_map(previewed));
    Ok(Some(next))
}

fn previewed(person: Person) -> Option<Previewed> {
    let preview = Preview::of(person.desired.as_ref(), person.effective.as_ref());
    if preview.change.is_none() && !preview.matches_no_role {
        return None;
    }
    let member = person.effective.as_ref().map(|effective| effective.id);
    let profile = person.desired.map(|desired| desired.profile).or(person.effective.map(|effective| effective.profile))?;
    Some(Previewed { user: profile.user, member, email: profile.email, display_name: profile.display_name, preview })
}
