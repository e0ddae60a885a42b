//! `/members`

use poem::web::Data;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    answers::{MemberAnswer, MemberDetailAnswer, MemberPage, ReceiptAnswer},
    auth::{AdminAuth, MembersAuth},
};
use crate::{
    app::{App, by_hand, members},
    http::problem::Problem,
    ids::MemberId,
};

const PAGE: i64 = 100;

/// Somebody who is to be invited.
#[derive(Debug, Object)]
#[oai(rename = "NewMember", deny_unknown_fields)]
struct InvitationBody {
    /// Address.
    email: String,
    /// `admin`, `editor`, `viewer`, `guest` or a role of the workspace's own.
    role: String,
}

/// Seats of the workspace.
#[derive(Debug, Object)]
#[oai(rename = "Seats")]
struct SeatsAnswer {
    /// How many there are; none for as many as are wanted.
    seats: Option<i32>,
    /// How many are taken.
    taken: i64,
}

/// Somebody was invited.
#[derive(ApiResponse)]
enum Invited {
    /// The member.
    #[oai(status = 201)]
    Invited(Json<MemberAnswer>),
}

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

    /// Invites somebody
    ///
    /// Whom the directory does not know, and never touches unless it is linked to them.
    #[oai(path = "/members", method = "post", operation_id = "inviteMember")]
    async fn invite(&self, auth: AdminAuth, Data(app): Data<&App>, body: Json<InvitationBody>) -> Result<Invited, Problem> {
        let member = by_hand::invite(app, &auth.0, &body.email, &body.role).await?;
        Ok(Invited::Invited(Json(member.into())))
    }

    /// Reads the seats
    ///
    /// How many people the workspace may have, and how many seats are taken: by active users of the directory, and by members who were
    /// invited by hand.
    #[oai(path = "/seats", method = "get", operation_id = "getSeats")]
    async fn seats(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<SeatsAnswer>, Problem> {
        let seats = members::seats(app, &auth.0).await?;
        Ok(Json(SeatsAnswer { seats: seats.seats, taken: seats.taken }))
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
