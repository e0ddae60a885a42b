//! Makes the membership what the directory says: the one function that the job, the sweep and an operator's "reconcile now" call. It
//! looks at state, never at what changed; running it again changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::future::try_join_all;
use serde_json::json;
use uuid::Uuid;

use super::{App, caller::Caller, effects, error::AppError, events, guard, hand_over, ranks as places};
use crate::{
    clock,
    directory::{
        membership::{Desired, Step, plan},
        provisioning::Provisioning,
        roles::Role,
    },
    ids::{GroupId, MemberId, RequestId, UserId, WalkId, WorkspaceId},
    scim::ResourceType,
    store::{
        WorkspaceTx,
        dirty::{self, Marks, Subject},
        group_walks::{self, Step as WalkStep},
        held_changes,
        membership::{self, Planned, Purpose},
        ranks,
        sweeps::{self, Sweep},
        workspaces,
    },
};

mod told;

/// People reconciled in one transaction.
const BATCH: i64 = 200;
/// People or groups whom the sweep looks at in one transaction: nearly all of them are as they should be.
const LOOKED_AT: usize = 1_000;
/// Transactions in which it looks at a time.
const LOOKERS: usize = 2;
/// Groups walked in one transaction.
const GROUPS: usize = 100;
/// Marks forgotten in one transaction.
const FORGOTTEN: i64 = 10_000;
/// After this time a run makes way for the other workspaces; what is left is dispatched again behind them.
const BUDGET: Duration = Duration::from_secs(1);

/// Reconciles what is marked in a workspace, then goes on with its sweep, until nothing is left or the time is up.
///
/// # Errors
/// Postgres is busy or away. What was done until then is done; the rest is still marked.
pub async fn run(app: &App, workspace: WorkspaceId) -> Result<(), AppError> {
    let started = tokio::time::Instant::now();
    while started.elapsed() < BUDGET {
        let numbered = events::number(app, workspace).await?;
        if !hand_over::step(app, workspace).await?
            && !observe(app, workspace).await?
            && !drain(app, workspace).await?
            && !sweep(app, workspace).await?
            && !numbered
        {
            break;
        }
    }
    places::seal(app, workspace).await
}

/// In a workspace that only observes its directory: forgets what is marked, since nothing follows from it, and ends the sweep. Going live
/// begins one that looks at everybody. False when there was nothing, or the workspace is live.
async fn observe(app: &App, workspace: WorkspaceId) -> Result<bool, AppError> {
    let mut tx = app.db.workspace(workspace).await?;
    if workspaces::provisioning(&mut tx).await? == Provisioning::Live {
        return Ok(false);
    }
    tx.lock_reconciliation().await?;
    if workspaces::hold_provisioning(&mut tx).await? == Provisioning::Live {
        return Ok(true); // by now
    }
    let mut forgotten = dirty::forget(&mut tx, FORGOTTEN).await?;
    if sweeps::lock_open(&mut tx).await?.is_some() {
        sweeps::abandon(&mut tx, clock::now()).await?;
        forgotten = true;
    }
    tx.commit().await?;
    Ok(forgotten)
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
    let Some(sweep) = sweeps::open(&mut tx).await? else {
        return Ok(false);
    };
    let most = i64::try_from(LOOKERS * LOOKED_AT).unwrap_or(i64::MAX);
    let ids = sweeps::next_ids(&mut tx, sweep.phase, sweep.cursor, most).await?;
    drop(tx);
    let subject = |id: &Uuid| match sweep.phase {
        sweeps::Phase::Groups => Subject::Group(GroupId::from_uuid(*id)),
        sweeps::Phase::Users => Subject::User(UserId::from_uuid(*id)),
        sweeps::Phase::Members => Subject::Member(MemberId::from_uuid(*id)),
    };
    let looks = ids.chunks(LOOKED_AT).map(|ids| suspects(app, workspace, ids.iter().map(subject).collect()));
    let mut suspects = try_join_all(looks).await?.concat();
    // Somebody whose user has gone meanwhile would be known as a member; that is marked.
    suspects.retain(|suspect| ids.binary_search(&suspect.id()).is_ok());
    suspects.sort_unstable();
    let mut tx = app.db.workspace(workspace).await?;
    tx.lock_reconciliation().await?;
    if sweeps::lock_open(&mut tx).await? != Some(sweep) {
        return Ok(true); // begun anew meanwhile, or another worker was here
    }
    let mut looked_at = ids.last().copied();
    if let Some(next) = suspects.get(usize::try_from(BATCH).unwrap_or(usize::MAX)).copied() {
        suspects.retain(|subject| *subject < next);
        looked_at = suspects.last().map(|last| last.id());
    }
    let changed = reconcile(&mut tx, &suspects.into_iter().map(|subject| (subject, sweep.request)).collect()).await?;
    let drift = if sweep.for_change { 0 } else { dirty::unmarked(&mut tx, &changed).await? };
    check_places(&mut tx, sweep, looked_at.unwrap_or(Uuid::max())).await?;
    let next = match looked_at {
        Some(last) => {
            let passed = ids.partition_point(|id| *id <= last);
            Some(Sweep { cursor: last, looked_at: sweep.looked_at.saturating_add_unsigned(passed as u64), ..sweep })
        }
        None => sweep.phase.next().map(|phase| Sweep { phase, cursor: Uuid::nil(), ..sweep }),
    };
    match next {
        Some(next) => sweeps::advance(&mut tx, next, drift).await?,
        None => {
            let found = sweeps::finish(&mut tx, drift, clock::now()).await?;
            if found > 0 {
                let caller = Caller::worker(workspace);
                let detail = json!({ "repaired": found });
                effects::audit(&mut tx, &caller, "drift.repaired", workspace.as_uuid(), Some(detail)).await?;
            }
        }
    }
    commit(app, tx).await?;
    if drift > 0 {
        metrics::counter!("rollcall_drift_repaired_total").increment(drift);
        tracing::warn!(%workspace, phase = ?sweep.phase, repaired = drift, "the sweep found members that were not as the directory says, and repaired them");
    }
    Ok(true)
}

/// Those about whom there is something to do: found without a lock on anybody, because each would be a write,
/// and looked at once more under the locks of a reconciliation. What changes meanwhile is marked.
async fn suspects(app: &App, workspace: WorkspaceId, subjects: Vec<Subject>) -> Result<Vec<Subject>, AppError> {
    let mut tx = app.db.workspace(workspace).await?;
    let (users, members, groups) = by_kind(&subjects);
    let people = membership::load(&mut tx, &users, &members, Purpose::Preview(&BTreeMap::new())).await?;
    let known: Vec<MemberId> = people.iter().filter_map(|person| Some(person.effective.as_ref()?.id)).collect();
    let held: BTreeSet<MemberId> = held_changes::of(&mut tx, &known).await?.into_iter().map(|row| row.member_id).collect();
    let astray = membership::groups_astray(&mut tx, &groups).await?;
    let mut suspects: Vec<Subject> = astray.into_iter().map(Subject::Group).collect();
    for person in people {
        let member = person.effective.as_ref().map(|effective| effective.id);
        if member.is_some_and(|member| held.contains(&member))
            || !plan(person.desired.as_ref(), person.effective.as_ref()).is_empty()
        {
            suspects.push(subject_of(person.desired.as_ref(), member.unwrap_or_else(MemberId::new)));
        }
    }
    Ok(suspects)
}

fn by_kind<'a>(subjects: impl IntoIterator<Item = &'a Subject>) -> (Vec<UserId>, Vec<MemberId>, Vec<Uuid>) {
    let (mut users, mut members, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for subject in subjects {
        match subject {
            Subject::User(id) => users.push(*id),
            Subject::Member(id) => members.push(*id),
            Subject::Group(id) => groups.push(id.as_uuid()),
        }
    }
    (users, members, groups)
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

/// Reconciles these subjects. Answers which of them were not as they should be.
///
/// # Errors
/// Postgres is busy or away.
pub async fn reconcile(tx: &mut WorkspaceTx, subjects: &BTreeMap<Subject, Option<RequestId>>) -> Result<Vec<Subject>, AppError> {
    let (users, members, groups) = by_kind(subjects.keys());
    if workspaces::provisioning(tx).await? == Provisioning::Observe {
        return Ok(Vec::new());
    }
    let now = clock::now();
    let mut changed: Vec<Subject> = membership::follow_groups(tx, &groups, now).await?.into_iter().map(Subject::Group).collect();
    let people = membership::load(tx, &users, &members, Purpose::Reconcile).await?;
    let mut plans = Vec::new();
    for person in people {
        let steps = plan(person.desired.as_ref(), person.effective.as_ref());
        let member = person.effective.as_ref().map_or_else(MemberId::new, |effective| effective.id);
        let request = subjects.get(&subject_of(person.desired.as_ref(), member)).copied().flatten();
        plans.push(Planned { member, request, desired: person.desired, effective: person.effective, steps });
    }
    guard::hold_back(tx, &Caller::worker(tx.workspace()), &mut plans).await?;
    plans.retain(|plan| !plan.steps.is_empty());
    membership::apply(tx, &plans, now).await?;
    told::tell(tx, &plans).await?;
    if plans.iter().any(|plan| plan.steps.contains(&Step::SetRole(Some(Role::ADMIN)))) {
        held_changes::look_again_at_last_admins(tx).await?;
    }
    changed.extend(plans.iter().map(|plan| subject_of(plan.desired.as_ref(), plan.member)));
    Ok(changed)
}

fn subject_of(desired: Option<&Desired>, member: MemberId) -> Subject {
    desired.and_then(|desired| desired.profile.user).map_or(Subject::Member(member), Subject::User)
}
