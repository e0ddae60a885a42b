//! A key that nobody knows is refused by every operation outside SCIM: whoever has misspelled one would believe that it was obeyed.
//! (In SCIM an attribute that is not known is tolerated: identity providers send what they like.)

use serde_json::{Map, Value, json};

use crate::{
    harness::{Api, Instance, OPERATOR_TOKEN},
    operations::Operation,
};

/// A body as the document describes it, with everything that is required.
fn least(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().expect("a name");
        return least(document, &document["components"]["schemas"][name]);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return least(document, &parts[0]);
    }
    if let Some(words) = schema["enum"].as_array() {
        return words[0].clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
            let names = required.iter().map(|name| name.as_str().expect("a name"));
            Value::Object(
                names.map(|name| (name.to_owned(), least(document, &schema["properties"][name]))).collect::<Map<_, _>>(),
            )
        }
        Some("array") => json!([]),
        Some("boolean") => json!(true),
        Some("integer" | "number") => json!(1),
        _ => json!("a"),
    }
}

#[tokio::test]
async fn a_key_that_nobody_knows_is_refused() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let (mut looked_at, mut obeyed) = (0, Vec::new());
    for name in ["workspace", "ops"] {
        let document = instance.anonymous().get(&format!("/openapi/{name}.json")).await.expect(200);
        for operation in crate::operations::of(&instance, name).await {
            let Operation { id, method, path } = &operation;
            let described = &document["paths"][path.as_str()][method.as_str().to_lowercase()]["requestBody"]["content"];
            let Some(schema) = described.as_object().and_then(|kinds| kinds.values().next()).map(|kind| &kind["schema"]) else {
                continue;
            };
            let mut body = least(&document, schema);
            body["no_such_key"] = json!(1);
            let token = match id.as_str() {
                "openSession" | "createEntryLink" => &workspace.sessions_token,
                _ if name == "ops" => OPERATOR_TOKEN,
                _ => &workspace.admin_token,
            };
            let root = Api::new(instance.url(), Some(token.to_owned()));
            let answer = root.send(operation.request(&root, &operation.path_with(&workspace.id), &body)).await;
            looked_at += 1;
            if answer.status != 400 || !answer.text.contains("no_such_key") {
                obeyed.push(format!("{id}: {body} is answered with {} {}", answer.status, answer.text));
            }
        }
    }
    assert!(looked_at >= 20, "only {looked_at} operations take a body");
    assert!(obeyed.is_empty(), "{}", obeyed.join("\n"));
    instance.finish().await;
}
