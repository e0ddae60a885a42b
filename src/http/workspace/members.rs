//! `/members`

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    answers::{MemberAnswer, MemberDetailAnswer, MemberPage, ReceiptAnswer},
    auth::{AdminAuth, MembersAuth},
};
use crate::{
    app::{App, members},
    http::problem::Problem,
    ids::MemberId,
};

const PAGE: i64 = 100;

/// Who is in the workspace.
pub struct MembersApi;

pub(super) fn member_id(text: &str) -> Result<MemberId, Problem> {
    MemberId::parse(text).ok_or_else(|| Problem::not_found("member"))
}

#[OpenApi]
impl MembersApi {
    /// Lists members
    ///
    /// A hundred a page, in the order of their making.
    #[oai(path = "/members", method = "get", operation_id = "listMembers")]
    async fn list(
        &self,
        auth: MembersAuth,
        Data(app): Data<&App>,
        after: Query<Option<String>>,
    ) -> Result<Json<MemberPage>, Problem> {
        let after = after.0.as_deref().map(member_id).transpose()?;
        let members = members::list(app, &auth.0, after, PAGE).await?;
        let next = (members.len() as i64 == PAGE).then(|| members.last().map(|member| member.id.to_string())).flatten();
        Ok(Json(MemberPage { members: members.into_iter().map(MemberAnswer::from).collect(), next }))
    }

    /// Reads a member
    #[oai(path = "/members/:id", method = "get", operation_id = "getMember")]
    async fn get(&self, auth: MembersAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Json<MemberDetailAnswer>, Problem> {
        Ok(Json(members::get(app, &auth.0, member_id(&id)?).await?.into()))
    }

    /// Lists the receipts of a member
    #[oai(path = "/members/:id/receipts", method = "get", operation_id = "listMemberReceipts")]
    async fn receipts_of(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
    ) -> Result<Json<Vec<ReceiptAnswer>>, Problem> {
        let receipts = members::receipts(app, &auth.0, member_id(&id)?, PAGE).await?;
        Ok(Json(receipts.into_iter().map(ReceiptAnswer::from).collect()))
    }
}
