//! Names across languages, RFC 7644 §5 and §7.8.

use serde_json::json;

use super::{
    asking::{finds, person},
    framework::{Ground, Section, hold, requirements},
};
use crate::{harness::Instance, scim::path};

/// Q225 to Q227.
pub const SECTION: Section = Section {
    title: "Names across languages",
    requirements: requirements! {
        225 Must "User names are compared as PRECIS UsernameCaseMapped prepares them." => two_spellings_of_one_name_are_one;
        226 Must "Names that PRECIS forbids are refused with invalidValue." => names_that_the_profile_forbids;
        227 Must "Two forms of one password do the same: it is taken and dropped." => both_forms_of_a_password_do_the_same;
    },
};

#[tokio::test]
async fn q225_to_q227_names() {
    hold(&SECTION).await;
}

pub async fn two_spellings_of_one_name_are_one(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for (n, (first, second, same)) in [
        ("Bob", "BOB", true),
        ("bill", "\u{ff42}\u{ff49}\u{ff4c}\u{ff4c}", true),
        ("ren\u{e9}", "rene\u{301}", true),
        ("REN\u{c9}E", "rene\u{301}e", true),
        ("\u{3a3}\u{391}", "\u{3c3}\u{3b1}", true),
        ("Ada Lovelace", "ada lovelace", true),
        // Turkish letters: I is i here, whatever the language; the dotless one is another letter.
        ("INCI", "inci", true),
        ("d\u{131}l", "dil", false),
        // Sharp s is a letter of its own and not ss.
        ("stra\u{df}e", "strasse", false),
        ("muller", "m\u{fc}ller", false),
        ("a.b", "ab", false),
    ]
    .into_iter()
    .enumerate()
    {
        let user = person(workspace, json!({ "userName": first, "externalId": format!("{n}") })).await;
        assert_eq!(user["userName"], first, "shown as it was sent");
        let filter = format!("userName eq {}", json!(second));
        let answer = workspace.scim().post("/Users", json!({ "userName": second })).await;
        if same {
            answer.scim_error(409, Some("uniqueness"));
            finds(workspace, "/Users", &filter, &[first]).await;
        } else {
            let other = answer.expect(201);
            finds(workspace, "/Users", &filter, &[second]).await;
            // And neither may take the other's name.
            workspace.scim().put(&path(&other), json!({ "userName": first })).await.scim_error(409, Some("uniqueness"));
        }
    }
    // One's own name in another spelling is no clash, and is shown from then on.
    let user = person(workspace, json!({ "userName": "zo\u{eb}" })).await;
    let respelled = json!([{ "op": "replace", "path": "userName", "value": "ZOE\u{308}" }]);
    assert_eq!(workspace.scim().operations(&path(&user), respelled).await.expect(200)["userName"], "ZOE\u{308}");
}

pub async fn names_that_the_profile_forbids(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, json!({ "userName": "good" })).await;
    for name in [
        "\u{202e}evil",
        "bell\u{7}",
        "line\nbreak",
        "tab\there",
        "zero\u{200b}width",
        "\u{feff}mark",
        "un\u{378}assigned",
        "private\u{e000}",
        "\u{265a}king",
        "soft\u{ad}hyphen",
        " ",
        " before",
        "after ",
        "\u{2163}",
    ] {
        let detail = workspace.scim().post("/Users", json!({ "userName": name })).await.scim_error(400, Some("invalidValue"));
        assert!(detail.contains("userName"), "{name:?}: {detail}");
        assert!(!detail.contains('\u{202e}') && !detail.contains('\u{7}'), "what cannot be seen is escaped: {detail:?}");
        workspace.scim().put(&path(&user), json!({ "userName": name })).await.scim_error(400, Some("invalidValue"));
        let rename = json!([{ "op": "replace", "path": "userName", "value": name }]);
        workspace.scim().operations(&path(&user), rename).await.scim_error(400, Some("invalidValue"));
    }
    // NUL comes no further than the JSON (Q022).
    let answer = workspace.scim().post("/Users", json!({ "userName": "nul\u{0}" })).await;
    answer.scim_error(400, Some("invalidSyntax"));
    assert_eq!(workspace.scim().get(&path(&user)).await.expect(200), user);
    finds(workspace, "/Users", "userName pr", &["good"]).await;
}

/// A password is taken and dropped (people sign in through the identity provider), so both forms of one must do the same: nothing.
pub async fn both_forms_of_a_password_do_the_same(_: &Ground<'_>) {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let forms = ["caf\u{e9}-9417-horse", "cafe\u{301}-9417-horse"];
    for (n, password) in forms.into_iter().enumerate() {
        let name = format!("u{n}");
        let user = person(&workspace, json!({ "userName": name, "password": password })).await;
        let replace = json!([{ "op": "replace", "path": "password", "value": forms[1 - n] }]);
        assert_eq!(scim.operations(&path(&user), replace).await.expect(200), user);
        assert_eq!(scim.put(&path(&user), json!({ "userName": name, "password": password })).await.expect(200), user);
        assert!(user.get("password").is_none(), "{user}");
    }
    let dump = instance.database.dump();
    for password in forms {
        assert!(!dump.contains(password), "{password} is stored");
    }
    let config = scim.get("/ServiceProviderConfig").await.expect(200);
    assert_eq!(config["changePassword"]["supported"], false, "there is none to change");
    instance.abandon("nobody works here");
}
