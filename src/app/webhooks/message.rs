//! An event as a webhook says it, and its signatures, by the specification of Standard Webhooks. Pure.

use aws_lc_rs::hmac;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use data_encoding::{BASE64, DecodeError};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::secret::PREFIX;
use crate::{ids::WorkspaceId, store::events::EventRow};

/// What is sent, the same at each attempt and to each endpoint.
pub struct Message {
    /// `webhook-id`: by it a receiver knows what it has had already.
    pub id: String,
    /// The body.
    pub body: Bytes,
}

impl Message {
    /// Says an event.
    pub fn new(workspace: WorkspaceId, event: &EventRow) -> Self {
        let mut data: Map<String, Value> = event.data.as_object().cloned().unwrap_or_default();
        data.insert("seq".to_owned(), event.seq.into());
        data.insert("subject_id".to_owned(), event.subject.to_string().into());
        data.insert("workspace_id".to_owned(), workspace.to_string().into());
        data.insert("request_id".to_owned(), event.request.map(|id| id.to_string()).into());
        let timestamp = event.at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let body = json!({ "type": event.kind, "timestamp": timestamp, "data": data });
        // No dot: one separates the id from the time in what is signed.
        Self { id: format!("msg_{}_{}", workspace.as_uuid().simple(), event.seq), body: body.to_string().into() }
    }

    /// `webhook-signature` of an attempt at this time: one signature for each secret, with a blank between them.
    ///
    /// # Errors
    /// A secret is none.
    pub fn signatures(&self, at: DateTime<Utc>, secrets: &[SecretString]) -> Result<String, DecodeError> {
        let head = format!("{}.{}.", self.id, at.timestamp());
        let signed = [head.as_bytes(), &self.body].concat();
        let sign = |secret: &SecretString| {
            let key = BASE64.decode(secret.expose_secret().trim_start_matches(PREFIX).as_bytes())?;
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &signed);
            Ok(format!("v1,{}", BASE64.encode(tag.as_ref())))
        };
        Ok(secrets.iter().map(sign).collect::<Result<Vec<_>, _>>()?.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ids::RequestId;

    fn message() -> Message {
        let event = EventRow {
            seq: 7,
            kind: "member.role_changed".into(),
            at: "2026-01-31T12:00:00Z".parse().expect("a time"),
            subject: Uuid::from_u128(2),
            request: Some(RequestId::from_uuid(Uuid::from_u128(3))),
            data: json!({ "before": null, "after": "viewer" }),
        };
        Message::new(WorkspaceId::from_uuid(Uuid::from_u128(1)), &event)
    }

    #[test]
    fn a_message_says_what_to_whom_and_where() {
        let Message { id, body } = message();
        assert_eq!(id, "msg_00000000000000000000000000000001_7");
        let uuid = |last| format!("00000000-0000-0000-0000-00000000000{last}");
        let expected = json!({
            "type": "member.role_changed",
            "timestamp": "2026-01-31T12:00:00.000000Z",
            "data": { "before": null, "after": "viewer", "seq": 7, "subject_id": uuid(2), "workspace_id": uuid(1), "request_id": uuid(3) },
        });
        assert_eq!(serde_json::from_slice::<Value>(&body).expect("JSON"), expected);
    }

    /// The example of the specification's libraries.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let message = Message { id: "msg_p5jXN8AQM9LWM0D4loKWxJek".into(), body: Bytes::from_static(b"{\"test\": 2432232314}") };
        let at = DateTime::from_timestamp(1_614_265_330, 0).expect("a time");
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(message.signatures(at, std::slice::from_ref(&secret)).expect("signed"), signature);
        let both = message.signatures(at, &[secret, "whsec_AAAA".into()]).expect("signed");
        assert!(both.starts_with(&format!("{signature} v1,")), "{both}");
        assert!(message.signatures(at, &["whsec_*".into()]).is_err());
    }
}
