//! Makes the membership what the directory says: the one function that the job, the sweep and an operator's "reconcile now" call. It
//! looks at state, never at what changed; running it again changes nothing.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;
use uuid::Uuid;

use super::{App, caller::Caller, effects, error::AppError, ranks as places};
use crate::{
    clock,
    directory::membership::{Step, plan},
    ids::{Actor, MemberId, RequestId, UserId, WalkId, WorkspaceId},
    scim::ResourceType,
    store::{
        WorkspaceTx,
        dirty::{self, Marks, Subject},
        group_walks::{self, Step as WalkStep},
        members::Whom,
        membership::{self, Planned},
        ranks,
        sweeps::{self, Sweep},
    },
};

/// People looked at in one transaction.
const BATCH: i64 = 200;
/// Groups walked in one transaction.
const GROUPS: usize = 100;
/// After this time a run makes way for the other workspaces; what is left is dispatched again behind them.
const BUDGET: Duration = Duration::from_secs(1);

/// Reconciles what is marked in a workspace, then goes on with its sweep, until nothing is left or the time is up.
///
/// # Errors
/// Postgres is busy or away. What was done until then is done; the rest is still marked.
pub async fn run(app: &App, workspace: WorkspaceId) -> Result<(), AppError> {
    let started = tokio::time::Instant::now();
    while started.elapsed() < BUDGET {
        if !drain(app, workspace).await? && !sweep(app, workspace).await? {
            break;
        }
    }
    places::seal(app, workspace).await
}

/// One batch of marks. False when there was none.
async fn drain(app: &App, workspace: WorkspaceId) -> Result<bool, AppError> {
    let mut tx = app.db.workspace(workspace).await?;
    tx.lock_reconciliation().await?;
    let mut marks = dirty::take(&mut tx, BATCH).await?;
    if marks.is_empty() {
        return Ok(false);
    }
    walk(&mut tx, &mut marks).await?;
    reconcile(&mut tx, &marks.subjects).await?;
    commit(app, tx).await?;
    Ok(true)
}

/// Goes on with the walks over everybody below a group, the one that begins now included, until this batch has its fill; what is left
/// is marked again, behind what others have marked meanwhile.
async fn walk(tx: &mut WorkspaceTx, marks: &mut Marks) -> Result<(), AppError> {
    let mut walks = std::mem::take(&mut marks.walks);
    if !marks.below.is_empty() {
        walks.insert(group_walks::begin(tx, &marks.below).await?);
    }
    let mut room = BATCH - i64::try_from(marks.subjects.len()).unwrap_or(BATCH);
    let mut steps = GROUPS;
    while let Some(walk) = walks.first().copied()
        && room > 0
        && steps > 0
    {
        steps -= 1;
        match group_walks::step(tx, walk, room).await? {
            WalkStep::People { users, request, looked_at } => {
                room -= looked_at;
                for user in users {
                    marks.subjects.entry(Subject::User(user)).or_insert(request);
                }
            }
            WalkStep::Clearing => {}
            WalkStep::Finished => {
                walks.remove(&walk);
            }
        }
    }
    let left: Vec<WalkId> = walks.into_iter().collect();
    Ok(dirty::mark_walks(tx, &left).await?)
}

/// One batch of the sweep. False when there is none under way.
async fn sweep(app: &App, workspace: WorkspaceId) -> Result<bool, AppError> {
    let mut tx = app.db.workspace(workspace).await?;
    tx.lock_reconciliation().await?;
    let Some(sweep) = sweeps::lock_open(&mut tx).await? else {
        return Ok(false);
    };
    let ids = sweeps::next_ids(&mut tx, sweep, BATCH).await?;
    let subject = |id: &Uuid| match sweep.phase {
        sweeps::Phase::Groups => Subject::Group(crate::ids::GroupId::from_uuid(*id)),
        sweeps::Phase::Users => Subject::User(UserId::from_uuid(*id)),
        sweeps::Phase::Members => Subject::Member(MemberId::from_uuid(*id)),
    };
    let subjects: BTreeMap<Subject, Option<RequestId>> = ids.iter().map(|id| (subject(id), sweep.request)).collect();
    let repaired = reconcile(&mut tx, &subjects).await?;
    if repaired > 0 {
        metrics::counter!("rollcall_drift_repaired_total").increment(repaired);
        tracing::warn!(%workspace, phase = ?sweep.phase, repaired, "the sweep found members that were not as the directory says, and repaired them");
    }
    let looked_at = ids.last().copied();
    check_places(&mut tx, sweep, looked_at.unwrap_or(Uuid::max())).await?;
    let next = match looked_at {
        Some(last) => Some(Sweep { cursor: last, ..sweep }),
        None => sweep.phase.next().map(|phase| Sweep { phase, cursor: Uuid::nil(), ..sweep }),
    };
    sweeps::advance(&mut tx, next, repaired, clock::now()).await?;
    commit(app, tx).await?;
    Ok(true)
}

/// Compares the counts by which places in lists are found with what is there.
async fn check_places(tx: &mut WorkspaceTx, sweep: Sweep, to: Uuid) -> Result<(), AppError> {
    let resource_type = match sweep.phase {
        sweeps::Phase::Groups => ResourceType::Group,
        sweeps::Phase::Users => ResourceType::User,
        sweeps::Phase::Members => return Ok(()),
    };
    let repaired = ranks::repair(tx, resource_type, sweep.cursor, to).await?;
    if repaired > 0 {
        let workspace = tx.workspace();
        tracing::warn!(%workspace, ?resource_type, repaired, "the sweep found ranges of ids that were not counted right, and repaired them");
    }
    Ok(())
}

async fn commit(app: &App, tx: WorkspaceTx) -> Result<(), AppError> {
    tx.commit().await?;
    app.wake.deprovision(); // cheap, and a closing found here must not wait for the poll
    Ok(())
}

/// Reconciles these subjects. Answers how many of them were not as they should be.
///
/// # Errors
/// Postgres is busy or away.
pub async fn reconcile(tx: &mut WorkspaceTx, subjects: &BTreeMap<Subject, Option<RequestId>>) -> Result<u64, AppError> {
    let (mut users, mut members, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for subject in subjects.keys() {
        match subject {
            Subject::User(id) => users.push(*id),
            Subject::Member(id) => members.push(*id),
            Subject::Group(id) => groups.push(id.as_uuid()),
        }
    }
    let now = clock::now();
    let followed = membership::follow_groups(tx, &groups, now).await?;
    let people = membership::load(tx, &users, &members).await?;
    let mut plans = Vec::new();
    for person in people {
        let steps = plan(person.desired.as_ref(), person.effective.as_ref());
        if steps.is_empty() {
            continue;
        }
        let user = person.desired.as_ref().and_then(|desired| desired.profile.user);
        let member = person.effective.as_ref().map_or_else(MemberId::new, |effective| effective.id);
        let subject = user.map_or(Subject::Member(member), Subject::User);
        plans.push(Planned { member, request: subjects.get(&subject).copied().flatten(), desired: person.desired, steps });
    }
    membership::apply(tx, &plans, now).await?;
    for plan in &plans {
        tell(tx, plan).await?;
    }
    Ok(followed + u64::try_from(plans.len()).unwrap_or(u64::MAX))
}

/// Audit rows for what a person notices, and the closing of people whom a lost mark or a repair finds still in.
async fn tell(tx: &mut WorkspaceTx, planned: &Planned) -> Result<(), AppError> {
    let caller = Caller {
        workspace: tx.workspace(),
        actor: Actor::Worker,
        member: None,
        request: planned.request.unwrap_or_else(RequestId::new),
        received: clock::now(),
    };
    super::invitations::after(tx, &caller, planned.member, &planned.steps).await?;
    for step in &planned.steps {
        let (action, detail) = match step {
            Step::Invite => ("member.invited", None),
            Step::Reopen(status) => ("member.reactivated", Some(json!({ "status": status.as_str() }))),
            Step::SetRole(role) => ("member.role_changed", Some(json!({ "role": role.map(|role| role.as_str()) }))),
            Step::Close => {
                effects::close(tx, &caller, Whom::Members(&[planned.member]), "reconciled").await?;
                ("member.deactivated", None)
            }
            // Visible in the grants and groups themselves, which carry time and request.
            Step::UpdateProfile | Step::Give(_) | Step::TakeBack(_) | Step::Join(_) | Step::Leave(_) => continue,
        };
        effects::audit(tx, &caller, action, planned.member.as_uuid(), detail).await?;
    }
    Ok(())
}
