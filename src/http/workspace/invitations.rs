//! `/members/{id}/invitation`

use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};

use super::{auth::AdminAuth, members::member_id};
use crate::{
    app::{App, invitations, members::InvitationRow},
    http::problem::Problem,
};

/// Invitations by e-mail.
pub struct InvitationsApi;

/// An invitation by e-mail.
#[derive(Debug, Object)]
#[oai(rename = "Invitation")]
pub struct InvitationAnswer {
    /// The invitation.
    id: String,
    /// `queued`, `sending`, `sent`, `failed`, `cancelled`, or `unknown`: then it may have arrived or not.
    state: String,
    /// How often it was tried.
    attempts: i32,
    /// While it is queued, not before this time.
    due_at: DateTime<Utc>,
    /// When it was sent, failed, or was cancelled.
    ended_at: Option<DateTime<Utc>>,
    /// Why it is not sent.
    reason: Option<String>,
    /// The request that caused it.
    request_id: Option<String>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<InvitationRow> for InvitationAnswer {
    fn from(row: InvitationRow) -> Self {
        Self {
            id: row.id.to_string(),
            state: row.state,
            attempts: row.attempts,
            due_at: row.due_at,
            ended_at: row.ended_at,
            reason: row.reason,
            request_id: row.request_id.map(|id| id.to_string()),
            created_at: row.created_at,
        }
    }
}

#[derive(ApiResponse)]
enum Queued {
    /// It is sent next.
    #[oai(status = 202)]
    Queued(Json<InvitationAnswer>),
}

#[OpenApi]
impl InvitationsApi {
    /// Invites a member again
    ///
    /// By e-mail, and only somebody who has not signed in yet; at most every five minutes. One that waits for another attempt is tried now.
    #[oai(path = "/members/:id/invitation", method = "post", operation_id = "sendInvitation")]
    async fn invite(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Queued, Problem> {
        Ok(Queued::Queued(Json(invitations::send_again(app, &auth.0, member_id(&id)?).await?.into())))
    }
}
