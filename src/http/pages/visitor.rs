//! Whose browser it is that asks for a page.

use maud::Markup;
use poem::{FromRequest, Request, RequestBody, Result};

use super::{
    failure::Failure,
    html::{self as frames, Html, Place},
    ops,
    said::Said,
    set_up as links,
};
use crate::{
    app::{
        App,
        caller::{AdminCaller, AnySetUpCaller, OperatorCaller},
        error::AppError,
        principal,
        sessions::Holder,
        set_up,
        workspace::{self, Overview},
    },
    http::{
        carried::{carried, for_us},
        context::RequestContext,
        saml::cookies::Kept,
    },
};

/// Somebody who is signed in.
pub struct Person {
    /// As holder of the session.
    pub holder: Holder,
    /// Their workspace.
    pub workspace: Overview,
}

/// An administrator of the workspace, signed in.
pub struct Admin {
    /// As caller of what administrators do.
    pub caller: AdminCaller,
    /// As whoever is signed in.
    pub person: Person,
}

/// Whoever sets up SAML and SCIM: an administrator below `/settings`, whoever was sent a link below `/set-up`. The pages are the same.
pub struct SetUp {
    /// As caller of what both of them do.
    pub caller: AnySetUpCaller,
    /// The workspace.
    pub workspace: Overview,
    admin: Option<Admin>,
}

/// One of the people who run Rollcall, signed in with their token.
pub struct Operator(pub OperatorCaller);

fn app_of(request: &Request) -> Result<&App, AppError> {
    request.data::<App>().ok_or_else(|| AppError::Bug(anyhow::anyhow!("the route has no App")))
}

impl Person {
    async fn of(request: &Request) -> Result<Self, Failure> {
        let app = app_of(request)?;
        let context = RequestContext::of(request);
        let holder = match carried(request) {
            Ok(session) => Holder::authenticate(app, session, context.id, context.received).await,
            Err(problem) if problem.status() == poem::http::StatusCode::UNAUTHORIZED => {
                Err(AppError::Unauthorized("No session."))
            }
            Err(problem) => return Err(problem.into()),
        };
        let holder = holder.map_err(|error| match error {
            AppError::Unauthorized(_) => Failure::SignIn(back_to(request)),
            other => other.into(),
        })?;
        context.belongs_to(holder.workspace());
        let workspace = workspace::overview(app, &holder).await?;
        Ok(Self { holder, workspace })
    }

    /// What they are called.
    pub fn who(&self) -> &str {
        self.holder.called()
    }
}

/// Where somebody goes on who has signed in: to the page that was asked for, if it was only asked for.
fn back_to(request: &Request) -> String {
    let address = request.original_uri().path_and_query().map_or("/", |address| address.as_str());
    if request.method().is_safe() { address.to_owned() } else { "/".to_owned() }
}

impl Admin {
    async fn of(request: &Request) -> Result<Self, Failure> {
        let person = Person::of(request).await?;
        let caller = person.holder.admin()?;
        Ok(Self { caller, person })
    }

    /// What they are called.
    pub fn who(&self) -> &str {
        self.person.who()
    }

    /// What the workspace is called.
    pub fn workspace_name(&self) -> &str {
        &self.person.workspace.name
    }
}

impl SetUp {
    async fn of(request: &Request) -> Result<Self, Failure> {
        if !request.original_uri().path().starts_with(links::PREFIX) {
            let admin = Admin::of(request).await?;
            return Ok(Self {
                caller: AnySetUpCaller::Admin(admin.caller),
                workspace: admin.person.workspace.clone(),
                admin: Some(admin),
            });
        }
        let app = app_of(request)?;
        let context = RequestContext::of(request);
        for_us(request)?;
        let code = Kept::SetUp.of(app, request).ok_or(Failure::Elsewhere(links::PREFIX))?;
        let caller = set_up::enter(app, code, context.id, context.received).await?;
        context.belongs_to(caller.workspace);
        let workspace = workspace::overview_for(app, &caller).await?;
        Ok(Self { caller: AnySetUpCaller::Link(caller), workspace, admin: None })
    }

    /// Below which address their pages are.
    pub const fn base(&self) -> &'static str {
        if self.admin.is_some() { "/settings" } else { links::PREFIX }
    }

    /// As administrator, if they are one.
    pub const fn admin(&self) -> Option<&Admin> {
        self.admin.as_ref()
    }

    /// A page of theirs.
    pub fn page(&self, place: Place, title: &str, said: &Said, body: &Markup) -> Html {
        match &self.admin {
            Some(admin) => frames::admin(admin, place, title, said, body),
            None => links::frame(self, place, title, said, body),
        }
    }
}

impl Operator {
    fn of(request: &Request) -> Result<Self, Failure> {
        let app = app_of(request)?;
        let context = RequestContext::of(request);
        for_us(request)?;
        let kept = Kept::Operator.of(app, request).ok_or(Failure::Elsewhere(ops::SIGN_IN))?;
        let caller = principal::signed_in_operator(app, kept, context.id, context.received);
        caller.map(Self).map_err(|error| match error {
            AppError::Unauthorized(_) => Failure::Elsewhere(ops::SIGN_IN),
            other => other.into(),
        })
    }
}

impl<'a> FromRequest<'a> for SetUp {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        Ok(Self::of(request).await?)
    }
}

impl<'a> FromRequest<'a> for Operator {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        Ok(Self::of(request)?)
    }
}

impl<'a> FromRequest<'a> for Person {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        Ok(Self::of(request).await?)
    }
}

impl<'a> FromRequest<'a> for Admin {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        Ok(Self::of(request).await?)
    }
}
