//! The queue, and what brakes hold in all workspaces.

use maud::{Markup, html};
use poem::{
    IntoResponse, Response, Result, handler,
    web::{Data, Path, Query, Redirect},
};
use serde::Deserialize;

use super::{Here, frame};
use crate::{
    app::{
        App, guard,
        queue::{self, Job, JobState},
    },
    http::pages::{
        failure::Failure,
        html::Html,
        parts::{Tone, next, tag, time, time_or, with_query},
        said::Said,
        visitor::Operator,
    },
};

const PAGE: i64 = 50;
const DONE: [(&str, &str); 1] = [("retried", "The job runs again.")];

#[derive(Deserialize)]
pub(super) struct Asked {
    state: Option<String>,
    after: Option<String>,
    done: Option<String>,
}

fn tone(state: JobState) -> Tone {
    match state {
        JobState::Waiting | JobState::Running => Tone::Plain,
        JobState::Retrying => Tone::Warn,
        JobState::Done => Tone::Good,
        JobState::Dead => Tone::Bad,
    }
}

#[handler]
pub(super) async fn list(operator: Operator, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    let state = JobState::ALL.into_iter().find(|state| asked.state.as_deref() == Some(state.as_str()));
    let jobs = queue::list(app, operator.0, state, PAGE, asked.after.as_deref()).await?;
    let batches = guard::held::open_everywhere(app, operator.0).await?;
    let is_full = i64::try_from(jobs.len()).is_ok_and(|found| found == PAGE);
    let word = state.map(JobState::as_str);
    let last = jobs.last().filter(|_| is_full);
    let following = last.map(|job| with_query("/ops/jobs", &[("state", word), ("after", Some(&job.id))]));
    let tab = |called: &str, of: Option<&str>| html! { li { a href=(with_query("/ops/jobs", &[("state", of)])) aria-current=[(of == word).then_some("page")] { (called) } } };
    let body = html! {
        h1 { "Queue and held changes" }
        @if !batches.is_empty() {
            section aria-labelledby="held" {
                h2 #held { "Held by brakes" }
                p { "An administrator of the workspace decides." }
                div.scroll { table.cards {
                    thead { tr { th { "Workspace" } th { "Held since" } th { "Would lose access" } th { "Would lose a role" } th { "Decided by itself" } } }
                    tbody { @for held in &batches { tr {
                        td data-label="Workspace" { a href={ "/ops/workspaces/" (held.slug) } { (held.slug) } }
                        td data-label="Held since" { (time(held.batch.opened_at)) }
                        td data-label="Would lose access" { (held.batch.access_changes) }
                        td data-label="Would lose a role" { (held.batch.role_changes) }
                        td data-label="Decided by itself" { (time_or(held.batch.expires_at, "never")) }
                    } } }
                } }
            }
        }
        section aria-labelledby="jobs" {
            h2 #jobs { "Jobs" }
            nav aria-label="States" { ul.tabs { (tab("all", None)) @for state in JobState::ALL { (tab(state.as_str(), Some(state.as_str()))) } } }
            @if jobs.is_empty() { p.card { "There is none." } } @else {
                div.scroll { table.cards {
                    thead { tr { th { "Job" } th { "State" } th { "Runs" } th { "Not before" } th { "Ended" } th { "Why it failed" } th { span.hidden { "Action" } } } }
                    tbody { @for job in &jobs { (line(job)) } }
                } }
            }
            (next(following.as_deref()))
        }
    };
    Ok(frame(Here::Jobs, "Queue", &Said::done(asked.done.as_deref(), &DONE), &body))
}

fn line(job: &Job) -> Markup {
    html! {
        tr {
            td data-label="Job" { span.name { (job.queue) } br; code { (job.id) } }
            td data-label="State" { (tag(tone(job.state), job.state.as_str())) }
            td data-label="Runs" { (job.attempts) " of " (job.max_attempts) }
            td data-label="Not before" { (time(job.run_at)) }
            td data-label="Ended" { (time_or(job.ended_at, "–")) }
            td data-label="Why it failed" { span.clip { (job.error.as_deref().unwrap_or("–")) } }
            td { @if job.state == JobState::Dead { form method="post" action={ "/ops/jobs/" (job.id) "/retry" } { button.plain { "Run again" } } } }
        }
    }
}

#[handler]
pub(super) async fn retry(operator: Operator, Data(app): Data<&App>, Path(job): Path<String>) -> Result<Response, Failure> {
    queue::retry(app, operator.0, &job).await?;
    Ok(Redirect::see_other("/ops/jobs?state=dead&done=retried").into_response())
}
