//! A hundred hostile responses at once at a server, in forms of the largest size: all of each but its last byte is there before any of them
//! is decided, and then each sender sends the next one as soon as it was answered. Somebody else reads a user again and again meanwhile.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use rollcall::{
    http::saml::LARGEST_FORM,
    saml::{self, Certificate, Unsolicited, validate},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    Bench, Connection, PUBLIC_URL, Request, data,
    idp::{self, Idp, Person},
    machine, percentile,
    responses::hostile::{Hostile, LARGEST, kinds},
};

const AT_ONCE: usize = 100;
const IDP: &str = "https://idp.example.test/bench";
/// By then they are there.
const ARRIVAL: Duration = Duration::from_secs(2);
/// Between two requests of whoever reads.
const PAUSE: Duration = Duration::from_millis(20);

/// # Errors
/// A request was not answered as it should be.
pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let idp = Idp::new(IDP)?;
    let id = connect(bench, &idp).await?;
    let acs = format!("{PUBLIC_URL}/sso/saml/{id}/acs");
    let service = format!("{PUBLIC_URL}/sso/saml/{id}/metadata");
    let process = bench.server.id();
    let alone = reads(bench, bench.time).await?;
    println!();
    println!(
        "{AT_ONCE} hostile responses at once, each in a form of {} KiB, at a connection that is being tried, of which everything is examined",
        LARGEST_FORM / 1024
    );
    println!("that can be; the processor's time of one validation; MiB of the server; GET of a user beside them, ms");
    println!();
    println!(
        "{:<30} {:<20} {:>8} {:>7} {:>7} {:>7} {:>8} {:>8}  answers",
        "response", "decided", "ms", "before", "most", "after", "p50", "p99"
    );
    let shown = |times: &[Duration]| (milliseconds(percentile(times, 0.5)), milliseconds(percentile(times, 0.99)));
    println!(
        "{:<30} {:<20} {:>8} {:>7} {:>7} {:>7} {:>8.1} {:>8.1}",
        "none",
        "",
        "",
        "",
        "",
        "",
        shown(&alone).0,
        shown(&alone).1
    );
    let padded = Hostile { kind: "genuine, with a huge attribute", encoded: padded(&idp, &acs, &service)? };
    for Hostile { kind, encoded } in kinds(IDP, &acs).into_iter().chain([padded]) {
        let (decided, took) = decided(&idp, &encoded, &acs, &service)?;
        let before = machine::resident_mib(process);
        machine::forget_peak(process).context("the peak of the server's memory cannot be reset")?;
        let (answers, beside) = flood(bench, &format!("/sso/saml/{id}/acs"), &encoded).await?;
        let peak = machine::peak_mib(process);
        tokio::time::sleep(Duration::from_secs(1)).await;
        println!(
            "{kind:<30} {decided:<20} {:>8.1} {before:>7.0} {peak:>7.0} {:>7.0} {:>8.1} {:>8.1}  {}",
            milliseconds(took),
            machine::resident_mib(process),
            shown(&beside).0,
            shown(&beside).1,
            answers.iter().map(|(status, times)| format!("{times} × {status}")).collect::<Vec<_>>().join(", ")
        );
    }
    Ok(())
}

/// A connection in testing; answers its id.
async fn connect(bench: &Bench, idp: &Idp) -> anyhow::Result<String> {
    let arguments = ["token", "create", "bench", "--name", "saml", "--scope", "admin", "--quiet"];
    let mut connection = Connection::open(&bench.address, &bench.settings.run(&arguments)?).await?;
    let mut call = async |method, path: String, body: Value, expected: u16| {
        let (status, answer) = connection.call(&Request { method, path, body: body.to_string() }).await?;
        ensure!(status == expected, "{status}: {}", String::from_utf8_lossy(answer));
        Ok(serde_json::from_slice::<Value>(answer)?)
    };
    let made = call("POST", "/saml/connections".to_owned(), json!({ "name": "Played" }), 201).await?;
    let id = made["id"].as_str().context("no id")?.to_owned();
    call("PUT", format!("/saml/connections/{id}/metadata"), json!({ "xml": idp.metadata() }), 200).await?;
    call("POST", format!("/saml/connections/{id}/test"), json!({}), 200).await?;
    Ok(id)
}

/// A response of the largest size that its identity provider has signed.
fn padded(idp: &Idp, acs: &str, service: &str) -> anyhow::Result<String> {
    let relay_state = String::new();
    let request = idp::Request { id: String::new(), issuer: service.to_owned(), acs: acs.to_owned(), relay_state };
    let with = |padding: &str| {
        let attributes = [("padding", padding)];
        idp.respond(&request, &Person { name_id: "ada@acme.test", attributes: &attributes }, false)
    };
    let without = with("")?.len() / 4 * 3;
    with(&"x".repeat(LARGEST - without))
}

/// What becomes of a response, and how long that takes.
fn decided(idp: &Idp, encoded: &str, acs: &str, service: &str) -> anyhow::Result<(String, Duration)> {
    let metadata = idp.metadata();
    let certificate =
        metadata.split("X509Certificate>").nth(1).and_then(|rest| rest.split('<').next()).context("no certificate")?;
    let connection = saml::Connection {
        sp_entity_id: service,
        acs,
        idp_entity_id: IDP,
        pinned: &[Certificate::read(certificate)?],
        key: None,
        unsolicited: Unsolicited::Validated,
    };
    let started = Instant::now();
    let decided = validate(encoded, &connection, rollcall::clock::now());
    let took = started.elapsed();
    Ok((decided.map_or_else(|refusal| refusal.code().to_owned(), |_| "accepted".to_owned()), took))
}

type Answers = BTreeMap<u16, usize>;

async fn flood(bench: &Bench, path: &str, encoded: &str) -> anyhow::Result<(Answers, Vec<Duration>)> {
    let field: String = url::form_urlencoded::byte_serialize(encoded.as_bytes()).collect();
    let form = format!("SAMLResponse={field}&RelayState=");
    let form: Arc<str> = format!("{form}{}", "x".repeat(LARGEST_FORM.saturating_sub(form.len()))).into();
    let (then, mut tasks) = (Instant::now() + ARRIVAL, JoinSet::new());
    let until = then + bench.time;
    for _ in 0..AT_ONCE {
        let (path, form, address) = (path.to_owned(), Arc::clone(&form), bench.address.clone());
        tasks.spawn(async move {
            let (mut answers, mut connection) = (Answers::new(), Connection::open(&address, "").await?);
            loop {
                match connection.post(&path, &form, then).await {
                    Ok((status, _)) => *answers.entry(status).or_default() += 1,
                    // Whoever is sent away may be hung up on.
                    Err(_) => connection = Connection::open(&address, "").await?,
                }
                if Instant::now() >= until {
                    return anyhow::Ok(answers);
                }
            }
        });
    }
    tokio::time::sleep_until(then.into()).await;
    let beside = reads(bench, bench.time).await?;
    let mut answers = Answers::new();
    while let Some(some) = tasks.join_next().await {
        for (status, times) in some.context("a client has died")?? {
            *answers.entry(status).or_default() += times;
        }
    }
    Ok((answers, beside))
}

/// Reads a user again and again, as an identity provider does.
async fn reads(bench: &Bench, time: Duration) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::open(&bench.address, &bench.token).await?;
    let mut ticks = tokio::time::interval(PAUSE);
    let (started, mut times) = (Instant::now(), Vec::new());
    while started.elapsed() < time {
        ticks.tick().await;
        let path = format!("/Users/{}", data::user_id(data::FIRST + 1 + times.len() as u64 % bench.users));
        let sent = Instant::now();
        let (status, body) = connection.send(&Request { method: "GET", path, body: String::new() }).await?;
        ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(body));
        times.push(sent.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
