//! `/domains`

use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};

use super::{auth::AdminAuth, tokens::Done};
use crate::{
    app::{App, domains},
    directory::domain,
    http::problem::Problem,
};

/// Domains for whose people the workspace can speak.
pub struct DomainsApi;

/// A domain to add.
#[derive(Debug, Object)]
#[oai(rename = "NewDomain", deny_unknown_fields)]
struct NewDomain {
    /// Its name. It speaks for addresses in this domain and not in those below it.
    domain: String,
}

/// A domain of the workspace.
#[derive(Debug, Object)]
#[oai(rename = "Domain")]
struct DomainAnswer {
    /// Its name as DNS knows it.
    domain: String,
    /// Where DNS must have a TXT record.
    record_name: String,
    /// What the TXT record must say.
    record_value: String,
    /// Since when the domain is verified; none when it is not.
    verified_at: Option<DateTime<Utc>>,
    /// When the record was last looked for.
    checked_at: Option<DateTime<Utc>>,
    /// What was wrong then.
    problem: Option<String>,
    /// When the domain was added.
    created_at: DateTime<Utc>,
}

impl From<domains::Row> for DomainAnswer {
    fn from(row: domains::Row) -> Self {
        Self {
            record_name: domain::record_name(&row.name),
            record_value: domain::record_value(&row.token),
            domain: row.name,
            verified_at: row.verified_at,
            checked_at: row.checked_at,
            problem: row.problem,
            created_at: row.created_at,
        }
    }
}

#[derive(ApiResponse)]
enum Added {
    /// It counts once its record was found.
    #[oai(status = 201)]
    Added(Json<DomainAnswer>),
}

#[OpenApi]
impl DomainsApi {
    /// Lists domains
    #[oai(path = "/domains", method = "get", operation_id = "listDomains")]
    async fn list(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<Vec<DomainAnswer>>, Problem> {
        Ok(Json(domains::list(app, &auth.0).await?.into_iter().map(DomainAnswer::from).collect()))
    }

    /// Adds a domain
    ///
    /// The answer says which TXT record shows that the domain is the workspace's. From its verification on, a member who was given by hand
    /// is linked to the directory when the identity provider creates a user with the same address in this domain.
    #[oai(path = "/domains", method = "post", operation_id = "addDomain")]
    async fn add(&self, auth: AdminAuth, Data(app): Data<&App>, body: Json<NewDomain>) -> Result<Added, Problem> {
        Ok(Added::Added(Json(domains::add(app, &auth.0, &body.domain).await?.into())))
    }

    /// Verifies a domain
    ///
    /// Looks for the TXT record now; 409 says what was found instead. A verified domain is looked at again every day, and counts no more
    /// when its record was missing three times in a row.
    #[oai(path = "/domains/:domain/verify", method = "post", operation_id = "verifyDomain")]
    async fn verify(&self, auth: AdminAuth, Data(app): Data<&App>, domain: Path<String>) -> Result<Json<DomainAnswer>, Problem> {
        Ok(Json(domains::verify(app, &auth.0, &domain).await?.into()))
    }

    /// Removes a domain
    ///
    /// Members who were linked because of it stay linked.
    #[oai(path = "/domains/:domain", method = "delete", operation_id = "removeDomain")]
    async fn remove(&self, auth: AdminAuth, Data(app): Data<&App>, domain: Path<String>) -> Result<Done, Problem> {
        domains::remove(app, &auth.0, &domain).await?;
        Ok(Done::Done)
    }
}
