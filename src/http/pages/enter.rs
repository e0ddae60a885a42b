//! The way in from the SaaS's own pages: a link by its code, and as whom one comes in, before one does.

use maud::html;
use poem::{
    IntoResponse, Request, Response, Result, handler,
    http::header,
    web::{Data, Form, Redirect},
};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::{
    failure::Failure,
    html::{self, Html},
    parts::{code, name},
    said::Said,
};
use crate::{
    app::{
        App,
        error::AppError,
        sessions::{self, Guest},
    },
    http::{carried::for_us, context::RequestContext, saml::cookies},
};

/// Where links lead.
pub const PATH: &str = "/enter";
/// Where one comes in.
pub const GO: &str = "/enter/go";

/// The address of a link. Its code stands behind the `#`, which browsers keep to themselves.
pub fn address(origin: &str, code: &str) -> String {
    format!("{origin}{PATH}#{code}")
}

/// The code of a link.
#[derive(Deserialize)]
pub struct Code {
    code: String,
}

fn start(said: &Said) -> Html {
    let body = html! {
        h1 { "Come in" }
        p.lead { "The application has sent you here." }
        form.card method="post" action=(PATH) {
            (code("Code", true))
            button { "Go on" }
        }
        p.soft { "Or " a href=(super::SIGN_IN) { "sign in" } " by your identity provider." }
    };
    html::bare("pageEnter", "Come in", said, &body)
}

/// The page to which links lead.
#[handler]
pub fn show() -> Html {
    start(&Said::Nothing)
}

/// Shows as whom one would come in. The application's own pages may post here, so that nothing happens by it: whoever has sent somebody a link
/// of their own would have them come in as somebody else.
#[handler]
pub async fn look(Data(app): Data<&App>, Form(Code { code }): Form<Code>) -> Result<Html, Failure> {
    let code = code.trim().rsplit('#').next().unwrap_or_default();
    let Guest { called, workspace } = match sessions::guest(app, code).await {
        Ok(guest) => guest,
        Err(error) => return refused(error),
    };
    let body = html! {
        h1 { "Come in to " (name(&workspace)) }
        form.card method="post" action=(GO) {
            p { "You come in as " strong { (name(&called)) } ". Is that not you, go back." }
            input type="hidden" name="code" value=(code);
            button { "Come in" }
        }
    };
    Ok(html::bare("pageEnter", "Come in", &Said::Nothing, &body))
}

fn refused(error: AppError) -> Result<Html, Failure> {
    match error {
        error @ (AppError::Unauthorized(_) | AppError::Forbidden(_)) => Ok(start(&Said::Wrong(error.into()))),
        error => Err(error.into()),
    }
}

/// Opens the session, which from then on only this browser's cookie carries.
#[handler]
pub async fn go(request: &Request, Data(app): Data<&App>, Form(Code { code }): Form<Code>) -> Result<Response, Failure> {
    for_us(request)?;
    let context = RequestContext::of(request);
    let user_agent = request.headers().get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
    match sessions::enter(app, &code, context.id, context.received, user_agent.as_deref()).await {
        Ok(entered) => {
            context.belongs_to(entered.workspace);
            let cookie = cookies::set_session(app, entered.session.expose_secret(), entered.expires_at);
            Ok(Redirect::see_other(entered.return_to).with_header(header::SET_COOKIE, cookie).into_response())
        }
        Err(error) => Ok(refused(error)?.into_response()),
    }
}
