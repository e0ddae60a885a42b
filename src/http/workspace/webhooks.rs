//! `/webhooks`

use poem::web::Data;
use poem_openapi::{ApiResponse, OpenApi, param::Path, payload::Json};

use super::{
    auth::AdminAuth,
    tokens::Done,
    webhook_answers::{
        AttemptAnswer, ChangeBody, MadeWebhookAnswer, NewWebhookBody, ReplayBody, RotateBody, RotatedAnswer, WebhookAnswer,
    },
};
use crate::{
    app::{App, webhooks},
    http::problem::{Problem, ProblemOrGone},
    ids::WebhookId,
};

/// Where the workspace's events are sent.
pub struct WebhooksApi;

/// A webhook was made.
#[derive(ApiResponse)]
enum WebhookMade {
    /// The webhook, with its secret, shown this once.
    #[oai(status = 201)]
    Made(Json<MadeWebhookAnswer>),
}

fn webhook_id(text: &str) -> Result<WebhookId, Problem> {
    WebhookId::parse(text).ok_or_else(|| Problem::not_found("webhook"))
}

#[OpenApi]
impl WebhooksApi {
    /// Makes a webhook
    ///
    /// It gets the events of the workspace from now on, one by one and in their order, as POST requests by the specification of Standard
    /// Webhooks (standardwebhooks.com): the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`, and a body with `type`,
    /// `timestamp` and `data`. Each answer of 2xx brings the next one. After anything else the same event is sent again, with growing
    /// pauses, until the webhook is parked; an answer of 410 parks it at once. An event may arrive twice, under the same `webhook-id`.
    #[oai(path = "/webhooks", method = "post", operation_id = "createWebhook")]
    async fn create(&self, auth: AdminAuth, Data(app): Data<&App>, body: Json<NewWebhookBody>) -> Result<WebhookMade, Problem> {
        let (url, types) = body.0.read()?;
        Ok(WebhookMade::Made(Json(webhooks::create(app, &auth.0, &url, &types).await?.into())))
    }

    /// Lists webhooks
    #[oai(path = "/webhooks", method = "get", operation_id = "listWebhooks")]
    async fn list(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<Vec<WebhookAnswer>>, Problem> {
        Ok(Json(webhooks::list(app, &auth.0).await?.into_iter().map(WebhookAnswer::from).collect()))
    }

    /// Reads a webhook
    #[oai(path = "/webhooks/:id", method = "get", operation_id = "getWebhook")]
    async fn get(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Json<WebhookAnswer>, Problem> {
        Ok(Json(webhooks::get(app, &auth.0, webhook_id(&id)?).await?.into()))
    }

    /// Changes a webhook
    ///
    /// While it is not enabled its events wait, for as long as they are kept.
    #[oai(path = "/webhooks/:id", method = "patch", operation_id = "changeWebhook")]
    async fn change(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
        body: Json<ChangeBody>,
    ) -> Result<Json<WebhookAnswer>, Problem> {
        Ok(Json(webhooks::change(app, &auth.0, webhook_id(&id)?, body.0.read()?).await?.into()))
    }

    /// Removes a webhook
    #[oai(path = "/webhooks/:id", method = "delete", operation_id = "deleteWebhook")]
    async fn delete(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Done, Problem> {
        webhooks::delete(app, &auth.0, webhook_id(&id)?).await?;
        Ok(Done::Done)
    }

    /// Gives a webhook another secret
    ///
    /// The one before it signs too for some hours: `webhook-signature` has both signatures meanwhile.
    #[oai(path = "/webhooks/:id/rotate-secret", method = "post", operation_id = "rotateWebhookSecret")]
    async fn rotate(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
        body: Json<RotateBody>,
    ) -> Result<Json<RotatedAnswer>, Problem> {
        Ok(Json(webhooks::rotate(app, &auth.0, webhook_id(&id)?, body.overlap_hours).await?.into()))
    }

    /// Sends events again
    ///
    /// Everything from a number on, what was delivered already included. A parked webhook is resumed by it.
    #[oai(path = "/webhooks/:id/replay", method = "post", operation_id = "replayWebhook")]
    async fn replay(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
        body: Json<ReplayBody>,
    ) -> Result<Json<WebhookAnswer>, ProblemOrGone> {
        Ok(Json(webhooks::replay(app, &auth.0, webhook_id(&id)?, body.from).await?.into()))
    }

    /// Resumes a webhook
    ///
    /// It is tried again now, with the event at which it has stopped: a parked one, and one whose next attempt is still to come.
    #[oai(path = "/webhooks/:id/resume", method = "post", operation_id = "resumeWebhook")]
    async fn resume(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
    ) -> Result<Json<WebhookAnswer>, ProblemOrGone> {
        Ok(Json(webhooks::resume(app, &auth.0, webhook_id(&id)?).await?.into()))
    }

    /// Lists the last attempts of a webhook
    ///
    /// A hundred at most, newest first.
    #[oai(path = "/webhooks/:id/attempts", method = "get", operation_id = "listWebhookAttempts")]
    async fn attempts(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
    ) -> Result<Json<Vec<AttemptAnswer>>, Problem> {
        let attempts = webhooks::attempts(app, &auth.0, webhook_id(&id)?).await?;
        Ok(Json(attempts.into_iter().map(AttemptAnswer::from).collect()))
    }
}
