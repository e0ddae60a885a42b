//! A page as it is sent, and the frames that pages stand in.

use maud::{DOCTYPE, Markup, html};
use poem::{
    IntoResponse, Response,
    http::{StatusCode, header},
};
use poem_openapi::OperationId;

pub use super::said::Said;
use super::{assets, parts::printable, visitor::Admin};

/// Nothing comes from elsewhere, nothing is framed, nothing that stands in a page is run.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// A page.
pub struct Html {
    status: StatusCode,
    name: &'static str,
    markup: Markup,
    leads_away: bool,
}

impl Html {
    /// With another status than 200.
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// With a form whose answer sends the browser to another host: browsers apply the policy of forms to where they are sent on to.
    pub fn leading_away(self) -> Self {
        Self { leads_away: true, ..self }
    }
}

impl IntoResponse for Html {
    fn into_response(self) -> Response {
        let policy = if self.leads_away { format!("{POLICY} https: http:") } else { POLICY.to_owned() };
        let mut response = Response::builder()
            .status(self.status)
            .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, policy)
            .header(header::CACHE_CONTROL, "no-store")
            .header(header::REFERRER_POLICY, "no-referrer")
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .header("cross-origin-opener-policy", "same-origin")
            .body(self.markup.into_string());
        response.set_data(OperationId(self.name));
        response
    }
}

/// A place in the navigation of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Who is in.
    Members,
    /// Groups of the directory.
    Groups,
    /// Changes that the brake holds.
    HeldChanges,
    /// What the identity provider has sent.
    ProvisioningLog,
    /// Who has done what.
    AuditLog,
    /// Settings: API tokens.
    Api,
    /// Settings: what members may do.
    Roles,
    /// Settings: where events are sent.
    Webhooks,
    /// Settings: SAML.
    Saml,
    /// Settings: SCIM.
    Scim,
    /// Settings: links for whoever sets things up.
    SetUpLinks,
    /// One's own sessions.
    Account,
}

impl Place {
    /// Name for logs and metrics.
    const fn name(self) -> &'static str {
        match self {
            Self::Members => "pageMembers",
            Self::Groups => "pageGroups",
            Self::HeldChanges => "pageHeldChanges",
            Self::ProvisioningLog => "pageProvisioningLog",
            Self::AuditLog => "pageAuditLog",
            Self::Api => "pageApi",
            Self::Roles => "pageRoles",
            Self::Webhooks => "pageWebhooks",
            Self::Saml => "pageSaml",
            Self::Scim => "pageScim",
            Self::SetUpLinks => "pageSetUpLinks",
            Self::Account => "pageAccount",
        }
    }
}

/// The navigation: what it is called, what is in it.
type Navigation = [(&'static str, &'static [(Place, &'static str, &'static str)])];

const NAVIGATION: &Navigation = &[
    (
        "People",
        &[
            (Place::Members, "/members", "Members"),
            (Place::Groups, "/groups", "Groups"),
            (Place::HeldChanges, "/held-changes", "Held changes"),
        ],
    ),
    ("Activity", &[(Place::ProvisioningLog, "/activity", "Provisioning log"), (Place::AuditLog, "/activity/audit", "Audit log")]),
    (
        "Settings: Workspace",
        &[
            (Place::Api, "/settings/api", "API"),
            (Place::Roles, "/settings/roles", "Roles"),
            (Place::Webhooks, "/settings/webhooks", "Webhooks"),
            (Place::SetUpLinks, "/settings/set-up-links", "Set-up links"),
        ],
    ),
    ("Settings: Security", &[(Place::Saml, "/settings/saml", "SAML"), (Place::Scim, "/settings/scim", "SCIM")]),
];

/// What stands in logs and metrics of what is below an address and shows no page: where it sends the browser on.
pub fn name_of(path: &str) -> &'static str {
    const OTHERS: [(&str, &str); 6] = [
        ("/account", "pageAccount"),
        ("/set-up", "pageSetUp"),
        ("/sign-in", "pageSignIn"),
        ("/enter", "pageEnter"),
        ("/ops", "pageOperators"),
        ("/assets", "pageAsset"),
    ];
    let places = NAVIGATION.iter().flat_map(|(_, links)| links.iter().map(|(place, address, _)| (*address, place.name())));
    let is_below = |address: &str| path.strip_prefix(address).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let below = places.chain(OTHERS).filter(|(address, _)| is_below(address));
    below.max_by_key(|(address, _)| address.len()).map_or("page", |(_, name)| name)
}

/// A page of a workspace, for an administrator.
pub fn admin(admin: &Admin, place: Place, title: &str, said: &Said, body: &Markup) -> Html {
    let main = html! { main #main tabindex="-1" { (said.notice()) (body) } };
    let side = html! {
        nav.side aria-label="Workspace" {
            @for (heading, links) in NAVIGATION {
                h2 { (heading) }
                ul { @for (there, address, name) in *links {
                    li { a href=(address) aria-current=[(*there == place).then_some("page")] { (name) } }
                } }
            }
        }
    };
    let content = html! { (top(Some(admin.workspace_name()), &signed_in(admin.who()))) div.frame { (side) (main) } };
    page(place.name(), &format!("{title} · {}", admin.workspace_name()), said.status(), &content)
}

/// A page of somebody who is signed in and need not be an administrator.
pub fn person(who: &str, workspace: &str, title: &str, said: &Said, body: &Markup) -> Html {
    let main = html! { main #main.solo tabindex="-1" { (said.notice()) (body) } };
    let content = html! { (top(Some(workspace), &signed_in(who))) (main) };
    page(Place::Account.name(), &format!("{title} · {workspace}"), said.status(), &content)
}

/// A page with a frame of its own kind: operators, and whoever sets up by a link.
pub fn framed(name: &'static str, title: &str, top_of: &Markup, side: &Markup, said: &Said, body: &Markup) -> Html {
    let content = html! {
        (top_of)
        div.frame { (side) main #main tabindex="-1" { (said.notice()) (body) } }
    };
    page(name, title, said.status(), &content)
}

/// A page without navigation.
pub fn bare(name: &'static str, title: &str, said: &Said, body: &Markup) -> Html {
    let content = html! { main #main.bare tabindex="-1" { (mark("/")) (said.notice()) (body) } };
    page(name, title, said.status(), &content)
}

/// The line above everything else.
pub fn top(workspace: Option<&str>, right: &Markup) -> Markup {
    html! {
        header.top {
            (mark("/"))
            @if let Some(name) = workspace { bdi.where.clip { (name) } }
            div.me { (right) }
        }
    }
}

fn signed_in(who: &str) -> Markup {
    html! {
        a href="/account" { bdi { (who) } }
        form method="post" action="/account/sign-out" { button.link { "Sign out" } }
    }
}

fn mark(address: &str) -> Markup {
    html! {
        a.mark href=(address) {
            svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round" {
                path d="M3 6.5l2 2L8.5 5M3 16.5l2 2L8.5 15M12 7h9M12 17h9" {}
            }
            "Rollcall"
        }
    }
}

fn page(name: &'static str, title: &str, status: StatusCode, content: &Markup) -> Html {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (printable(title)) " · Rollcall" }
                link rel="stylesheet" href=(assets::address("style.css"));
                link rel="icon" href=(assets::address("icon.svg")) type="image/svg+xml";
                script src=(assets::address("rollcall.js")) defer {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (content)
            }
        }
    };
    Html { status, name, markup, leads_away: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_no_page_has_the_name_of_its_place() {
        for (path, name) in [
            ("/settings/saml/1/activate", "pageSaml"),
            ("/settings/scim/live", "pageScim"),
            ("/settings/set-up-links/1/revoke", "pageSetUpLinks"),
            ("/activity/audit/export", "pageAuditLog"),
            ("/activity/export", "pageProvisioningLog"),
            ("/set-up/saml/1/test", "pageSetUp"),
            ("/enter/go", "pageEnter"),
            ("/", "page"),
            ("/membership", "page"),
        ] {
            assert_eq!(name_of(path), name, "{path}");
        }
    }
}
