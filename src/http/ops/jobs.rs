//! `/jobs`

use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Any,
};

use super::auth::OperatorAuth;
use crate::{
    app::{App, queue},
    http::{problem::Problem, workspace::Done},
};

const PAGE: i64 = 100;

/// The queue.
pub struct JobsApi;

/// Where a job stands.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "lowercase")]
enum State {
    /// Not yet taken up.
    Waiting,
    /// In a worker's hands.
    Running,
    /// Has failed and will be tried again.
    Retrying,
    /// Succeeded.
    Done,
    /// Given up; stays until it is retried here.
    Dead,
}

impl From<State> for queue::JobState {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Running => Self::Running,
            State::Retrying => Self::Retrying,
            State::Done => Self::Done,
            State::Dead => Self::Dead,
        }
    }
}

/// One job.
#[derive(Debug, Object)]
struct Job {
    /// The job.
    id: String,
    /// `deprovision` or `reconcile`.
    queue: String,
    /// `waiting`, `running`, `retrying`, `done` or `dead`.
    state: String,
    /// Identifiers only.
    payload: Option<Any<serde_json::Value>>,
    /// Runs so far.
    attempts: i32,
    /// Runs allowed.
    max_attempts: i32,
    /// Not before this time.
    run_at: DateTime<Utc>,
    /// When its last run ended.
    ended_at: Option<DateTime<Utc>>,
    /// Why its last run failed.
    error: Option<String>,
}

impl From<queue::Job> for Job {
    fn from(job: queue::Job) -> Self {
        Self {
            id: job.id,
            queue: job.queue,
            state: job.state.as_str().into(),
            payload: job.payload.map(Any),
            attempts: job.attempts,
            max_attempts: job.max_attempts,
            run_at: job.run_at,
            ended_at: job.ended_at,
            error: job.error,
        }
    }
}

#[OpenApi]
impl JobsApi {
    /// Lists jobs
    ///
    /// A hundred a page, newest first.
    #[oai(path = "/jobs", method = "get", operation_id = "listJobs")]
    async fn list(
        &self,
        auth: OperatorAuth,
        Data(app): Data<&App>,
        state: Query<Option<State>>,
        after: Query<Option<String>>,
    ) -> Result<Json<Vec<Job>>, Problem> {
        let jobs = queue::list(app, auth.0, state.0.map(queue::JobState::from), PAGE, after.0.as_deref()).await?;
        Ok(Json(jobs.into_iter().map(Job::from).collect()))
    }

    /// Runs a dead job again
    #[oai(path = "/jobs/:id/retry", method = "post", operation_id = "retryJob")]
    async fn retry(&self, auth: OperatorAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Done, Problem> {
        queue::retry(app, auth.0, &id).await?;
        Ok(Done::Done)
    }
}
