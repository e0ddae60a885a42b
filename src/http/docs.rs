//! The OpenAPI documents, as JSON and rendered, without any other host.

use poem::{IntoResponse, Response, Route, endpoint::make_sync, get, web::Html};

use super::{ops, scim, workspace};

/// Name, title and text of every document, byte for byte as it is kept under `openapi/`.
pub fn all() -> [(&'static str, &'static str, String); 3] {
    [
        ("scim", "SCIM 2.0, for identity providers", scim::service().spec()),
        ("workspace", "Members, sessions, tokens, for the SaaS and workspace admins", workspace::service().spec()),
        ("ops", "Workspaces and jobs, for operators", ops::service().spec()),
    ]
}

/// `/docs`: an index, and each document in Swagger UI, whose scripts are in the page.
pub fn endpoint() -> Route {
    Route::new()
        .at("/", make_sync(|_| index()))
        .at("/scim", make_sync(|_| page(scim::service().swagger_ui_html())))
        .at("/workspace", make_sync(|_| page(workspace::service().swagger_ui_html())))
        .at("/ops", make_sync(|_| page(ops::service().swagger_ui_html())))
}

/// `/openapi/<name>.json`.
pub fn documents() -> Route {
    all().into_iter().fold(Route::new(), |route, (name, _, document)| {
        let answer = make_sync(move |_| Response::builder().content_type("application/json").body(document.clone()));
        route.at(format!("/{name}.json"), get(answer))
    })
}

fn index() -> Response {
    let entries: String = all()
        .iter()
        .map(|(name, title, _)| {
            format!("<li><a href=\"/docs/{name}\">{title}</a> (<a href=\"/openapi/{name}.json\">JSON</a>)</li>")
        })
        .collect();
    page(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Rollcall API</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>body{{font:1rem/1.6 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}}</style>\
         <h1>Rollcall API</h1><ul>{entries}</ul></html>"
    ))
}

/// Swagger UI writes its scripts into the page; nothing from elsewhere is let in.
fn page(html: String) -> Response {
    let policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";
    Html(html).with_header("content-security-policy", policy).into_response()
}
