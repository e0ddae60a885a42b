//! The brake on mass changes, and the seats.

use std::time::Duration;

use maud::html;
use poem::{
    IntoResponse, Response, Result, handler,
    web::{Data, Form, Query, Redirect},
};
use serde::Deserialize;

use super::{Part, tabs};
use crate::{
    app::{App, error::AppError, guard::settings, members},
    directory::guard::{Brake, OnExpiry},
    http::pages::{
        failure::Failure,
        html::{self, Html, Place},
        parts::{Field, choose, many, tick, ticked},
        said::{Asked, Said},
        visitor::Admin,
    },
};

const DONE: [(&str, &str); 1] = [("changed", "The brake was changed. What is held stays held.")];
const MINUTE: u64 = 60;
const HOUR: u64 = 3600;

/// The form of the brake, as it is sent and as it is shown.
#[derive(Deserialize)]
pub(super) struct Wish {
    engages: Option<String>,
    share_percent: String,
    most: String,
    least: String,
    window_minutes: String,
    hold_hours: String,
    on_expiry: String,
}

impl From<Brake> for Wish {
    fn from(brake: Brake) -> Self {
        Self {
            engages: ticked(brake.engages),
            share_percent: brake.share_percent.to_string(),
            most: brake.most.to_string(),
            least: brake.least.to_string(),
            window_minutes: (brake.window.as_secs() / MINUTE).to_string(),
            hold_hours: brake.hold.map(|hold| (hold.as_secs() / HOUR).to_string()).unwrap_or_default(),
            on_expiry: brake.on_expiry.as_str().to_owned(),
        }
    }
}

#[handler]
pub(super) async fn show(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    let brake = settings::get(app, &admin.caller).await?;
    page(&admin, app, &Said::done(asked.done.as_deref(), &DONE), &brake.into()).await
}

#[handler]
pub(super) async fn change(admin: Admin, Data(app): Data<&App>, Form(wish): Form<Wish>) -> Result<Response, Failure> {
    let changed = match read(&wish) {
        Ok(brake) => settings::change(app, &admin.caller, |before| *before = brake).await,
        Err(wrong) => Err(AppError::Invalid(wrong)),
    };
    match changed {
        Ok(_) => Ok(Redirect::see_other("/settings/scim/safety?done=changed").into_response()),
        Err(error) => Ok(page(&admin, app, &Said::wrong(error)?, &wish).await?.into_response()),
    }
}

fn read(wish: &Wish) -> Result<Brake, String> {
    let number = |text: &str, what: &str| text.trim().parse::<u32>().map_err(|_| format!("{what}: a number."));
    let hold = match wish.hold_hours.trim() {
        "" => None,
        hours => Some(Duration::from_secs(u64::from(number(hours, "Decided by itself after")?) * HOUR)),
    };
    Ok(Brake {
        engages: wish.engages.is_some(),
        share_percent: wish.share_percent.trim().parse().map_err(|_| "Percent: a number from 0 to 100.".to_owned())?,
        most: number(&wish.most, "At most")?,
        least: number(&wish.least, "In any case")?,
        window: Duration::from_secs(u64::from(number(&wish.window_minutes, "Within")?) * MINUTE),
        hold,
        on_expiry: OnExpiry::named(&wish.on_expiry).ok_or("Choose what happens when nobody decides.")?,
    })
}

async fn page(admin: &Admin, app: &App, said: &Said, brake: &Wish) -> Result<Html, Failure> {
    let seats = members::seats(app, &admin.caller).await?;
    let number = |name, label, value: &str, hint| Field { name, label, kind: "number", value, hint, required: true }.show();
    let held = Field {
        name: "hold_hours",
        label: "Decided by itself after, in hours",
        kind: "number",
        value: &brake.hold_hours,
        hint: "Empty for: not until somebody decides.",
        required: false,
    };
    let expiry = [(OnExpiry::Approve.as_str(), "it takes effect"), (OnExpiry::Reject.as_str(), "people keep what they have")];
    let body = html! {
        h1 { "SCIM provisioning" }
        (tabs(Part::Safety))
        section.card aria-labelledby="seats" {
            h2 #seats { "Seats" }
            @match seats.seats {
                Some(most) => {
                    p { (seats.taken) " of " (most) " are taken." }
                    progress max=(most) value=(seats.taken) aria-labelledby="seats" {}
                    p.hint { "Nobody is let in beyond them; your identity provider is told so. The plan of the workspace says how many there are." }
                }
                None => p { (many(seats.taken, "seat is", "seats are")) " taken; there may be as many as you like." }
            }
        }
        section.card aria-labelledby="brake" {
            h2 #brake { "Brake on mass changes" }
            p { "When your identity provider takes access or roles from more people than this at once, what is beyond it is held until an administrator decides. The last administrator and break-glass owners are never put out." }
            form method="post" action="/settings/scim/safety" {
                (tick("engages", "Hold mass changes", "", brake.engages.is_some()))
                (number("share_percent", "Percent of the members", &brake.share_percent, "So many may lose something within the time below."))
                (number("most", "At most", &brake.most, "However large the workspace."))
                (number("least", "In any case", &brake.least, "However small the workspace."))
                (number("window_minutes", "Within, in minutes", &brake.window_minutes, "From 1 to 1,440."))
                (held.show())
                (choose("on_expiry", "If nobody has decided by then", &expiry, &brake.on_expiry))
                button { "Save" }
            }
        }
    };
    Ok(html::admin(admin, Place::Scim, "Brake and seats", said, &body))
}
