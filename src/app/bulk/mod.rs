//! Many operations in one request (RFC 7644 §3.7): one after the other, each by the use case that does it alone.
//!
//! [`Bulk::next`] does a little and hands over the results that are ready, so that whoever sends them holds few of them. Whoever asks
//! no more ends it: what was done is done, and what was not begun never is. See
//! [`d19`](crate::decisions::d19_bulk_is_many_single_requests).

mod circle;
mod departures;
mod perform;
mod run;

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use self::perform::Performed;
use super::{
    App,
    caller::ScimCaller,
    error::AppError,
    principal::Principal,
    trace::{FailedOperation, Part, user_name_in},
};
use crate::{
    clock,
    scim::{
        ResourceType, ScimError,
        bulk::{self, Action, BulkRequest, Done, Entry, Identifier, Method, Step, Target},
    },
};

/// After so many operations in a row that failed because something was away, the rest is not tried.
const GIVE_UP_AFTER: u32 = 3;
/// After so long a caller is proven again.
const PROOF_LASTS: TimeDelta = TimeDelta::seconds(1);

/// How one operation of the request ended.
#[derive(Debug)]
pub struct Report {
    /// Its method, if it had one.
    pub method: Option<Method>,
    /// Its `bulkId`, if it had one.
    pub bulk_id: Option<String>,
    /// Type and id of the resource; none when the path named none, and when nothing was created.
    pub resource: Option<(ResourceType, String)>,
    /// What was done, or why not.
    pub outcome: Result<Done, AppError>,
    /// For the provisioning log, when it failed.
    pub told: Told,
}

/// What is known of an operation besides how it ended.
#[derive(Debug)]
pub struct Told {
    about: About,
    noted: Part,
}

impl Told {
    /// What the provisioning log is told of the operation when it has failed so.
    pub fn failed(self, method: Option<Method>, resource: Option<&(ResourceType, String)>, error: &ScimError) -> FailedOperation {
        let Self { about: About { kind, user_name }, noted } = self;
        let place = match resource {
            Some((kind, id)) => (Some(*kind), Some(id.clone())),
            None => (kind, None),
        };
        noted.failed(method, place, user_name, error.clone())
    }
}

/// What an operation is about, as far as its entry says it.
#[derive(Debug, Clone, Default)]
struct About {
    kind: Option<ResourceType>,
    user_name: Option<String>,
}

impl About {
    fn of(entry: &Entry) -> Self {
        let created = match &entry.action {
            Ok(Action::Create { kind, .. }) => Some(*kind),
            Ok(Action::Replace { .. } | Action::Change { .. } | Action::Delete { .. }) | Err(_) => None,
        };
        let body = entry.action.as_ref().ok().and_then(Action::body);
        Self {
            kind: created.or(entry.target.as_ref().map(|target| target.kind)),
            user_name: body.and_then(user_name_in).map(str::to_owned),
        }
    }
}

/// What has become of a POST, for those who refer to it.
enum Fate {
    /// It has not been done yet.
    Open,
    /// It has created the resource of this id.
    Created(String),
    /// It has failed.
    Failed,
}

/// A bulk request that is being done.
pub struct Bulk {
    app: App,
    caller: ScimCaller,
    /// Those that are not done yet.
    entries: Vec<Option<Entry>>,
    /// What each is about.
    about: Vec<About>,
    steps: VecDeque<Step>,
    fates: HashMap<String, Fate>,
    /// Those that are done and not handed over yet.
    reports: Vec<Option<Report>>,
    /// The first that is not handed over yet.
    next: usize,
    fail_on_errors: Option<u64>,
    errors: u64,
    /// How many in a row have failed because something was away.
    away: u32,
    /// When the caller was last proven.
    proven: DateTime<Utc>,
    /// How many users are created or deactivated at once.
    run_length: usize,
}

impl Bulk {
    /// Nothing is done yet.
    pub fn new(app: App, caller: ScimCaller, request: BulkRequest) -> Self {
        let BulkRequest { fail_on_errors, entries } = request;
        let caller = ScimCaller { trace: caller.trace.of_a_part(), ..caller };
        let steps = bulk::order(&entries).into();
        let fates = entries.iter().filter_map(|entry| Some((entry.creates()?.to_owned(), Fate::Open))).collect();
        let reports = entries.iter().map(|_| None).collect();
        let proven = caller.received;
        let about = entries.iter().map(About::of).collect();
        let entries = entries.into_iter().map(Some).collect();
        Self {
            app,
            caller,
            entries,
            about,
            steps,
            fates,
            reports,
            next: 0,
            fail_on_errors,
            errors: 0,
            away: 0,
            proven,
            run_length: run::LONGEST,
        }
    }

    /// How many operations the request has.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the request has no operations.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The next reports in the order of the request, never none of them; `None` at the end. Operations that were not processed
    /// because there were too many failures before have none.
    pub async fn next(&mut self) -> Option<Vec<Report>> {
        loop {
            let ready: Vec<Report> = self.reports.iter_mut().skip(self.next).map_while(Option::take).collect();
            self.next += ready.len();
            if !ready.is_empty() {
                return Some(ready);
            }
            if self.steps.is_empty() || self.is_stopped() {
                // Behind one that was not processed there may be others that were.
                let rest: Vec<Report> = self.reports.iter_mut().filter_map(Option::take).collect();
                return (!rest.is_empty()).then_some(rest);
            }
            self.advance().await;
        }
    }

    fn is_stopped(&self) -> bool {
        self.fail_on_errors.is_some_and(|most| self.errors >= most)
    }

    async fn advance(&mut self) {
        let run = self.collect_run();
        if !run.is_empty() {
            return self.do_run(run).await;
        }
        let departures = self.collect_departures();
        if !departures.is_empty() {
            return self.do_departures(departures).await;
        }
        let Some(step) = self.steps.pop_front() else { return };
        match step.operations.as_slice() {
            [operation] if !step.circular => self.do_one(*operation).await,
            _ => self.do_circle(&step.operations).await,
        }
    }

    /// One operation, by itself.
    async fn do_one(&mut self, operation: usize) {
        self.caller.trace().operation_begins();
        let outcome = match self.take(operation) {
            Ok(action) => self.perform(action).await,
            Err(error) => Err(error),
        };
        self.settle(operation, outcome);
    }

    /// Takes out what an operation is to do, with ids in the place of references.
    fn take(&mut self, operation: usize) -> Result<Action, AppError> {
        let entry = self.entries.get_mut(operation).and_then(Option::as_mut);
        let mut action = entry.ok_or_else(bulk::done_before)?.take_action()?;
        action.replace_references(|bulk_id| self.id_of(bulk_id))?;
        Ok(action)
    }

    /// The id of what a POST of this request has created.
    fn id_of(&self, bulk_id: &str) -> Result<String, AppError> {
        match self.fates.get(bulk_id) {
            Some(Fate::Created(id)) => Ok(id.clone()),
            // By the order of the steps nobody is done before whom they refer to.
            Some(Fate::Failed | Fate::Open) => Err(bulk::not_created(bulk_id).into()),
            None => Err(bulk::unknown_bulk_id(bulk_id).into()),
        }
    }

    /// Whether the operations may go on: it is the workspace's turn, the caller is still who they were, and what we need was there a
    /// moment ago. Comes before each transaction.
    async fn go_on(&mut self) -> Result<(), AppError> {
        if self.away >= GIVE_UP_AFTER {
            return Err(bulk::not_tried().into());
        }
        self.app.quotas.wait(self.caller.workspace).await;
        let now = clock::now();
        if now - self.proven >= PROOF_LASTS {
            Principal::still(&self.app, &self.caller, now).await?;
            self.proven = now;
        }
        Ok(())
    }

    /// Takes down how an operation ended.
    fn settle(&mut self, operation: usize, outcome: Result<Performed, AppError>) {
        let noted = self.caller.trace().operation_ends();
        let Some(entry) = self.entries.get_mut(operation).and_then(Option::take) else { return };
        self.errors += u64::from(outcome.is_err());
        self.away = match &outcome {
            Ok(_) => 0,
            Err(error) if error.is_transient() => self.away + 1,
            // What was refused may have been so without a look at what is away.
            Err(_) => self.away,
        };
        if let Some(bulk_id) = entry.creates() {
            let fate = outcome.as_ref().map_or(Fate::Failed, |performed| Fate::Created(performed.id.clone()));
            self.fates.insert(bulk_id.to_owned(), fate);
        }
        let (resource, outcome) = match outcome {
            Ok(Performed { kind, id, done }) => (Some((kind, id)), Ok(done)),
            Err(error) => (entry.target.and_then(|target| self.named(target)), Err(error)),
        };
        let about = self.about.get_mut(operation).map(std::mem::take).unwrap_or_default();
        let report = Report { method: entry.method, bulk_id: entry.bulk_id, resource, outcome, told: Told { about, noted } };
        if let Some(place) = self.reports.get_mut(operation) {
            *place = Some(report);
        }
    }

    /// The resource that a failed operation was about, unless it never came about.
    fn named(&self, target: Target) -> Option<(ResourceType, String)> {
        match target.id {
            Identifier::Id(id) => Some((target.kind, id)),
            Identifier::BulkId(bulk_id) => self.id_of(&bulk_id).ok().map(|id| (target.kind, id)),
        }
    }
}
