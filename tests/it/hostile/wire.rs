//! What is no HTTP, or hardly: it never reaches a handler, is answered by its status alone or not at all, and changes nothing.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    thread,
    time::Duration,
};

use super::{Subjects, state};
use crate::harness::Instance;

/// Sends bytes, closes its side, and reads what comes; the status of the answer, if there is one.
fn talk(address: &str, bytes: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time-out");
    // The server may hang up in the middle.
    drop(stream.write_all(bytes));
    drop(stream.shutdown(Shutdown::Write));
    status(stream)
}

fn status(mut stream: TcpStream) -> Option<u16> {
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(n @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..n]);
    }
    String::from_utf8_lossy(&answer).split(' ').nth(1)?.parse().ok()
}

#[tokio::test]
async fn what_is_no_http_changes_nothing() {
    let mut instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    Subjects::make(&workspace).await;
    let url = instance.url();
    let address = url.trim_start_matches("http://");
    let head = |line: &str, headers: &str| {
        let token = &workspace.scim_token;
        format!(
            "{line}\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/scim+json\r\n{headers}\r\n"
        )
    };
    let post = |headers: &str, body: &str| head("POST /api/v1/auth/scim/Users HTTP/1.1", headers) + body;
    let user = "{\"userName\":\"hostile@acme.test\"}";
    let chunked = "Transfer-Encoding: chunked\r\n";
    let length = user.len();
    let long_filter = format!("GET /api/v1/auth/scim/Users?filter=id%20eq%20%22{}%22 HTTP/1.1", "x".repeat(1024 * 1024));
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("line breaks", b"\r\n\r\n\r\n\r\n".to_vec()),
        ("TLS", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03".to_vec()),
        ("HTTP/2 in the clear", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec()),
        ("HTTP/0.9", b"GET /healthz\r\n".to_vec()),
        ("a version that there is not", head("POST /api/v1/auth/scim/Users HTTP/9.9", "Content-Length: 0\r\n").into_bytes()),
        ("a method with a blank", head("PO ST /api/v1/auth/scim/Users HTTP/1.1", "").into_bytes()),
        ("a method of NUL", head("\0 /api/v1/auth/scim/Users HTTP/1.1", "").into_bytes()),
        ("a filter of a megabyte in the address", head(&long_filter, "").into_bytes()),
        ("a header of a megabyte", post(&format!("X-Large: {}\r\n", "x".repeat(1024 * 1024)), "").into_bytes()),
        ("ten thousand headers", post(&"X-Many: 1\r\n".repeat(10_000), "").into_bytes()),
        ("a header with NUL", post("X-Nul: \0\r\n", "").into_bytes()),
        ("a header without a colon", post("hostile\r\n", "").into_bytes()),
        ("a header that is folded", post("X-Folded: a\r\n b\r\nContent-Length: 1000\r\n", user).into_bytes()),
        ("a length that is negative", post("Content-Length: -1\r\n", user).into_bytes()),
        ("a length that is a word", post("Content-Length: many\r\n", user).into_bytes()),
        ("two lengths that differ", post(&format!("Content-Length: {length}\r\nContent-Length: 1\r\n"), user).into_bytes()),
        ("a length beyond all bounds", post("Content-Length: 99999999999999999999999\r\n", user).into_bytes()),
        ("a body that ends too early", post("Content-Length: 1000\r\n", user).into_bytes()),
        ("a chunk whose length is a word", post(chunked, &format!("zz\r\n{user}\r\n0\r\n\r\n")).into_bytes()),
        (
            "a chunk whose length is beyond all bounds",
            post(chunked, &format!("ffffffffffffffffff\r\n{user}\r\n0\r\n\r\n")).into_bytes(),
        ),
        ("a chunk that ends too early", post(chunked, &format!("ff\r\n{user}")).into_bytes()),
        ("chunks without an end", post(chunked, &format!("{length:x}\r\n{user}\r\n")).into_bytes()),
        ("a coding of the transfer that there is not", post("Transfer-Encoding: gzip, identity\r\n", user).into_bytes()),
    ];
    let before = state(&instance).await;
    for (what, bytes) in &cases {
        let status = talk(address, bytes);
        assert!(status.is_none_or(|status| (400..=505).contains(&status) && status != 500), "{what}: {status:?}");
        assert_eq!(state(&instance).await, before, "{what} has changed something");
    }
    // One request in the body of another: whichever of the two lengths counts, the second request is not one.
    let inner = head("DELETE /api/v1/auth/scim/Users/x HTTP/1.1", "Content-Length: 0\r\n");
    let smuggled = post(&format!("Content-Length: {}\r\n{chunked}", 5 + inner.len()), &format!("0\r\n\r\n{inner}"));
    talk(address, smuggled.as_bytes());
    assert_eq!(state(&instance).await, before);
    assert!(instance.server().is_running());
    assert_eq!(workspace.scim().get("/Users").await.expect(200)["totalResults"], 2);
    instance.abandon("nothing is reconciled");
}

/// The server waits for it as long as it does for any, and no longer.
#[tokio::test]
async fn a_body_that_does_not_come_to_its_end_is_let_go() {
    let mut instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    Subjects::make(&workspace).await;
    let before = state(&instance).await;
    let url = instance.url();
    let address = url.trim_start_matches("http://");
    let connections = "select id::text from saml_connections limit 1";
    let connection: String = sqlx::query_scalar(connections).fetch_one(&instance.database.pool).await.expect("a connection");
    let users = format!(
        "/api/v1/auth/scim/Users HTTP/1.1\r\nAuthorization: Bearer {}\r\nContent-Type: application/scim+json",
        workspace.scim_token
    );
    // Responses of identity providers, whatever room they ask for.
    let acs = format!("/sso/saml/{connection}/acs HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded");
    let waiting: Vec<_> = [
        (&users, "Content-Length: 1000"),
        (&users, "Content-Length: 1000000"),
        (&users, "Transfer-Encoding: chunked"),
        (&acs, "Content-Length: 1000"),
        (&acs, "Content-Length: 600000"),
    ]
    .into_iter()
    .map(|(what, length)| {
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(90))).expect("a time-out");
        let head = format!("POST {what}\r\nHost: {address}\r\nConnection: close\r\n{length}\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("it is taken");
        thread::spawn(move || status(stream))
    })
    .collect();
    for answer in waiting {
        assert_eq!(answer.join().expect("an end"), Some(408));
    }
    assert_eq!(state(&instance).await, before);
    assert!(instance.server().is_running());
    instance.abandon("nothing is reconciled");
}
