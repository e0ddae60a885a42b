//! The pages, as a browser without script asks for them.

mod access;
mod audited;
mod enter;
mod hostile;
mod operators;
mod set_up;
mod settings;
mod sign_in;
mod tokens;

use reqwest::{Method, redirect::Policy};

use crate::harness::{Answer, Instance, Workspace};

/// A browser with its cookies.
pub struct Browser {
    client: reqwest::Client,
    base: String,
    /// As they are sent.
    pub cookies: Vec<(String, String)>,
}

impl Browser {
    /// One that has been nowhere.
    pub fn new(instance: &Instance) -> Self {
        let client = reqwest::Client::builder().redirect(Policy::none()).build().expect("a client");
        Self { client, base: instance.url(), cookies: Vec::new() }
    }

    /// One in which this session is.
    pub fn with_session(instance: &Instance, session: &str) -> Self {
        Self { cookies: vec![("rollcall_session".to_owned(), session.to_owned())], ..Self::new(instance) }
    }

    /// One in which the workspace's first administrator is signed in.
    pub async fn of_admin(instance: &Instance, workspace: &Workspace) -> Self {
        let members = workspace.members().await;
        let admin = members.iter().find(|member| member["role"] == "admin").expect("an administrator");
        Self::with_session(instance, &workspace.sign_in(&admin["id"]).await)
    }

    /// A page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[("sec-fetch-site", "none")], &[]).await
    }

    /// A form of one of our own pages.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, path, &[("sec-fetch-site", "same-origin")], form).await
    }

    /// A file in a form of one of our own pages.
    pub async fn upload(&mut self, path: &str, name: &str, file: &[u8]) -> Answer {
        let begin = format!(
            "--edge\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"metadata.xml\"\r\ncontent-type: text/xml\r\n\r\n"
        );
        let body = [begin.as_bytes(), file, b"\r\n--edge--\r\n"].concat();
        let headers = [("sec-fetch-site", "same-origin"), ("content-type", "multipart/form-data; boundary=edge")];
        self.exchange(Method::POST, path, &headers, body).await
    }

    /// A request with these headers and, where it is posted, this form.
    pub async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) -> Answer {
        if method != Method::POST {
            return self.exchange(method, path, headers, Vec::new()).await;
        }
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let headers = [headers, &[("content-type", "application/x-www-form-urlencoded")]].concat();
        self.exchange(method, path, &headers, body.finish().into_bytes()).await
    }

    /// Cookies that come with the answer are kept.
    async fn exchange(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = self.client.request(method, format!("{}{path}", self.base)).header("accept", "text/html,*/*");
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body).send().await.expect("an answer");
        for set in response.headers().get_all("set-cookie") {
            let set = set.to_str().expect("text");
            let (pair, _) = set.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a value");
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.expect("a body") }
    }
}

/// What stands in an element with this id and nothing below it.
pub fn text_of(page: &Answer, id: &str) -> String {
    let start = page.text.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no {id} in {}", page.text));
    let rest = &page.text[start..];
    let rest = &rest[rest.find('>').expect("an end") + 1..];
    rest[..rest.find('<').expect("an end")].to_owned()
}

/// A page of ours: nothing of it comes from elsewhere, and nothing keeps it.
#[track_caller]
pub fn assert_is_a_page(answer: &Answer, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text);
    assert!(answer.header("content-type").starts_with("text/html"), "{what}");
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    for inline in ["<style", " style=", " onclick=", "javascript:", "<script>"] {
        assert!(!answer.text.contains(inline), "{what} has {inline}");
    }
    assert!(answer.text.contains("<html lang=\"en\">") && answer.text.contains("<h1"), "{what}");
}
