//! What SCIM has here beside the built-in schemas, and how strictly it is served.

use maud::{Markup, html};
use poem::{
    IntoResponse, Response, Result, handler,
    web::{Data, Form, Path, Query, Redirect},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Part, tabs};
use crate::{
    app::{
        App,
        error::AppError,
        scim_profile::{self, Defined},
    },
    http::pages::{
        failure::Failure,
        html::{self, Html, Place},
        parts::{Field, careful, choose, name, tick},
        said::{Asked, Said},
        visitor::Admin,
    },
    scim::{ResourceType, Rules, Tolerance, discovery::schema_definition},
};

const DONE: [(&str, &str); 3] = [
    ("defined", "The schema counts from now on: your identity provider finds it in /Schemas."),
    ("removed", "The schema was removed."),
    ("rules", "The rules count from the next request on."),
];
const EXAMPLE: &str = r#"[{ "name": "costCentre", "type": "string", "multiValued": false }]"#;

#[derive(Default, Deserialize)]
pub(super) struct New {
    urn: String,
    resource_type: String,
    attributes: String,
    required: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct RulesWish {
    require_if_match: Option<String>,
    refuse_personal_filters: Option<String>,
    refuse_pathless_patch: Option<String>,
    replace_complex_whole: Option<String>,
    #[serde(flatten)]
    others: std::collections::BTreeMap<String, String>,
}

#[handler]
pub(super) async fn show(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    page(&admin, app, &New::default(), &Said::done(asked.done.as_deref(), &DONE)).await
}

#[handler]
pub(super) async fn define(admin: Admin, Data(app): Data<&App>, Form(new): Form<New>) -> Result<Response, Failure> {
    let defined = match read(&new) {
        Ok((kind, definition)) => {
            scim_profile::define(app, &admin.caller, new.urn.trim(), kind, new.required.is_some(), &definition).await
        }
        Err(wrong) => Err(AppError::Invalid(wrong)),
    };
    match defined {
        Ok(_) => Ok(Redirect::see_other("/settings/scim/schemas?done=defined").into_response()),
        Err(error) => Ok(page(&admin, app, &new, &Said::wrong(error)?).await?.into_response()),
    }
}

fn read(new: &New) -> Result<(ResourceType, Value), String> {
    let kind = ResourceType::named(&new.resource_type).ok_or("Choose whether it is for people or for groups.")?;
    let attributes: Vec<Value> =
        serde_json::from_str(&new.attributes).map_err(|error| format!("Attributes: a list in JSON is needed ({error})."))?;
    Ok((kind, json!({ "attributes": attributes })))
}

#[handler]
pub(super) async fn remove(admin: Admin, Data(app): Data<&App>, Path(urn): Path<String>) -> Result<Response, Failure> {
    match scim_profile::remove(app, &admin.caller, &urn).await {
        Ok(()) => Ok(Redirect::see_other("/settings/scim/schemas?done=removed").into_response()),
        Err(error) => Ok(page(&admin, app, &New::default(), &Said::wrong(error)?).await?.into_response()),
    }
}

#[handler]
pub(super) async fn change_rules(admin: Admin, Data(app): Data<&App>, Form(wish): Form<RulesWish>) -> Result<Response, Failure> {
    let changed = scim_profile::change_rules(app, &admin.caller, |rules| {
        rules.require_if_match = wish.require_if_match.is_some();
        rules.refuse_personal_filters = wish.refuse_personal_filters.is_some();
        rules.refuse_pathless_patch = wish.refuse_pathless_patch.is_some();
        rules.replace_complex_whole = wish.replace_complex_whole.is_some();
        let is_refused = |tolerance: &&Tolerance| wish.others.contains_key(tolerance.name());
        rules.refused = Tolerance::ALL.iter().filter(is_refused).copied().collect();
    });
    match changed.await {
        Ok(_) => Ok(Redirect::see_other("/settings/scim/schemas?done=rules").into_response()),
        Err(error) => Ok(page(&admin, app, &New::default(), &Said::wrong(error)?).await?.into_response()),
    }
}

async fn page(admin: &Admin, app: &App, new: &New, said: &Said) -> Result<Html, Failure> {
    let defined = scim_profile::schemas(app, &admin.caller).await?;
    let rules = scim_profile::rules(app, &admin.caller).await?;
    let urn = Field {
        name: "urn",
        label: "URN",
        kind: "text",
        value: &new.urn,
        hint: "urn:ietf:params:scim:schemas:extension:acme:2.0:User, for instance; the same as at your identity provider.",
        required: true,
    };
    let body = html! {
        h1 { "SCIM provisioning" }
        (tabs(Part::Schemas))
        p.lead { "Attributes of your own, beside those of the core and enterprise schemas. They are stored, filtered and listed like those." }
        @for schema in &defined { (card(schema)) }
        section.card aria-labelledby="define" {
            h2 #define { "Define an extension schema" }
            form method="post" action="/settings/scim/schemas" {
                (urn.show())
                (choose("resource_type", "For", &[("User", "people"), ("Group", "groups")], &new.resource_type))
                div.field {
                    label for="attributes" { "Attributes" }
                    textarea id="attributes" name="attributes" required spellcheck="false" aria-describedby="attributes-hint" { (if new.attributes.is_empty() { EXAMPLE } else { &new.attributes }) }
                    span.hint #attributes-hint { "In JSON, each as in RFC 7643 §7." }
                }
                (tick("required", "Everybody must have it", "Whoever lacks it is refused at the next change.", new.required.is_some()))
                button { "Define it" }
            }
        }
        (strictness(&rules))
    };
    Ok(html::admin(admin, Place::Scim, "Attributes and rules", said, &body))
}

fn card(schema: &Defined) -> Markup {
    let id = &schema.extension.schema.id;
    let definition = serde_json::to_string_pretty(&schema_definition(&schema.extension.schema)).unwrap_or_default();
    html! {
        article.card {
            h2 { code { (name(id)) } }
            p { "For " (schema.resource_type.name()) "s" @if schema.extension.required { ", required" } "." }
            details { summary { "Definition" } div.inner { pre tabindex="0" { (definition) } } }
            (careful("Remove", &html! { p { "Possible while nobody has values of it." } }, &format!("/settings/scim/schemas/{id}/remove"), "Remove this schema"))
        }
    }
}

fn strictness(rules: &Rules) -> Markup {
    html! {
        section.card aria-labelledby="rules" {
            h2 #rules { "How strictly SCIM is served" }
            p { "As it comes it suits every identity provider. Each tick makes it stricter." }
            form method="post" action="/settings/scim/rules" {
                (tick("require_if_match", "Refuse changes without If-Match", "Identity providers do not send it.", rules.require_if_match))
                (tick("refuse_personal_filters", "Refuse filters in the address that name a person", "Identity providers send such filters.", rules.refuse_personal_filters))
                (tick("refuse_pathless_patch", "Refuse PATCH operations without a path", "Okta and Entra ID send them.", rules.refuse_pathless_patch))
                (tick("replace_complex_whole", "Replacing a complex attribute removes what the new value does not have", "", rules.replace_complex_whole))
                details {
                    summary { "Departures from the letter that are let pass" }
                    div.inner {
                        fieldset {
                            legend { "Tick what is to be refused" }
                            @for tolerance in Tolerance::ALL {
                                (tick(tolerance.name(), tolerance.name(), &format!("{} Needed by: {}.", tolerance.reason(), tolerance.providers()), rules.refused.contains(*tolerance)))
                            }
                        }
                    }
                }
                button { "Save" }
            }
        }
    }
}
