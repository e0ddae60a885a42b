//! The SAML half of the gate, as an administrator opens it: a connection, a test sign-in in a browser, activation. The demo plays the
//! browser and the identity provider too.

use anyhow::{Context, bail};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{
    idp::{Idp, Person},
    server::{Ask, Server, Who},
};

const NAME: &str = "Identity provider of the demo";

/// Connects the played identity provider to the workspace, and sees that it can be signed in by it.
///
/// # Errors
/// Says which step was not answered as it should be.
pub async fn connect(server: &Server, admin: &SecretString) -> anyhow::Result<()> {
    let idp = Idp::new("https://idp.example.test/metadata")?;
    let ask = async |method: Method, path: &str, body: Value, expected: u16| {
        let answer = server.send(&Ask::new(Who::Workspace(admin), method, path).body(body)).await?;
        if answer.status != expected {
            bail!("SAML cannot be set up, {path} answers {}", answer.shown());
        }
        anyhow::Ok(answer.body)
    };
    let text =
        |body: &Value, name: &str| body[name].as_str().map(str::to_owned).with_context(|| format!("no {name} in the answer"));
    let made = ask(Method::POST, "/saml/connections", json!({ "name": NAME }), 201).await?;
    let path = format!("/saml/connections/{}", text(&made, "id")?);
    ask(Method::PUT, &format!("{path}/metadata"), json!({ "xml": idp.metadata() }), 200).await?;
    let link = ask(Method::POST, &format!("{path}/test"), json!({}), 200).await?;

    let begun = server.visit(Method::GET, &text(&link, "url")?, "", &[]).await?;
    let request = Idp::read(&begun.location).context("the test link does not lead to the identity provider")?;
    let person = Person { name_id: "tester", attributes: &[("email", "tester@idp.example.test")] };
    let response = idp.respond(&request, &person, true)?;
    let form = [("SAMLResponse", response.as_str()), ("RelayState", &request.relay_state)];
    let answered = server.visit(Method::POST, &request.acs, "", &form).await?;
    let finished = server.visit(Method::GET, &answered.location, &begun.cookie, &[]).await?;
    if finished.status != 200 {
        bail!("the test sign-in has not succeeded: {}", finished.status);
    }
    ask(Method::POST, &format!("{path}/activate"), json!({}), 200).await?;
    Ok(())
}
