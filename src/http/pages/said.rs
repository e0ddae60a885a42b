//! What a page says about what was just done.

use maud::{Markup, html};
use poem::http::StatusCode;
use serde::Deserialize;

use super::failure::Failure;
use crate::{app::error::AppError, http::problem::Problem};

/// What the address of a page says of what was just done.
#[derive(Debug, Deserialize)]
pub struct Asked {
    /// A word that the page knows.
    pub done: Option<String>,
}

/// What is said at the top of a page.
#[derive(Debug, Default)]
pub enum Said {
    /// Nothing.
    #[default]
    Nothing,
    /// It was done.
    Done(&'static str),
    /// It was not done: what is wrong, and what to do. Nothing was changed.
    Wrong(Problem),
}

impl Said {
    /// Why a form was not accepted, said on the page on which it stands. What no other input would help is no page's to say.
    ///
    /// # Errors
    /// No session, no such thing, a fault of ours or of what we need.
    pub fn wrong(error: AppError) -> Result<Self, Failure> {
        let is_the_forms =
            matches!(error, AppError::Invalid(_) | AppError::Conflict(_) | AppError::Forbidden(_) | AppError::Scim(_));
        if is_the_forms { Ok(Self::Wrong(error.into())) } else { Err(error.into()) }
    }

    /// The same of a field that we have read ourselves.
    pub fn invalid(text: impl Into<String>) -> Self {
        Self::Wrong(Problem::invalid(text))
    }

    /// Of an address that a form was answered with: `?done=word` says the text that belongs to the word.
    pub fn done(word: Option<&str>, texts: &[(&str, &'static str)]) -> Self {
        let text = word.and_then(|word| texts.iter().find(|(known, _)| *known == word));
        text.map_or(Self::Nothing, |(_, text)| Self::Done(text))
    }

    /// The status of a page that says it.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Nothing | Self::Done(_) => StatusCode::OK,
            Self::Wrong(problem) => problem.status(),
        }
    }

    /// As it stands in the page. Screen readers say it at once.
    pub fn notice(&self) -> Markup {
        match self {
            Self::Nothing => html! {},
            Self::Done(text) => html! { div.notice.good role="status" { p { (text) } } },
            Self::Wrong(problem) => html! {
                div.notice.bad role="alert" { p { strong { "This was not done. " } (problem.detail()) } }
            },
        }
    }
}
