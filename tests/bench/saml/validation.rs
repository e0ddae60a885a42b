//! Validation of one response after the other on one core, in turns with the bare cryptography that it cannot do without: SHA-256 of as many
//! bytes and the verification of one RSA signature, for an encrypted one the decryption of its key and of as many bytes as well.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, ensure};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest::{SHA256, digest},
    rand::SystemRandom,
    rsa::{KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey},
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey},
};
use data_encoding::BASE64;
use rollcall::saml::{SignIn, validate};

use super::{microseconds, percentile, responses::Corpus};

/// Responses of the corpus.
const KINDS: &[(&str, &str)] = &[
    ("signed assertion", "v01-assertion-signed"),
    ("signed response", "v02-response-signed"),
    ("both signed", "v03-both-signed"),
    ("signed assertion, encrypted", "i01-encrypted-gcm-inner-signed"),
];
/// About the length of a `SignedInfo`.
const SIGNED_INFO: usize = 800;

/// # Errors
/// A response that must be accepted is refused.
pub fn measure(time: Duration) -> anyhow::Result<()> {
    let corpus = Corpus::read();
    println!();
    println!("Responses validated on one core, in turns with the bare cryptography of as many bytes; times in µs");
    println!();
    println!(
        "{:<28} {:>7} {:>12} {:>8} {:>8} {:>8} {:>9} {:>6}",
        "response", "bytes", "responses/s", "p50", "p99", "bare p50", "bare p99", "ratio"
    );
    for (kind, name) in KINDS {
        let case = corpus.cases.iter().find(|case| case.name == *name).with_context(|| format!("no {name}"))?;
        let text = corpus.text(case);
        let (encoded, bare) = (BASE64.encode(&text), Bare::new(text.len(), kind.contains("encrypted"))?);
        let validated = || {
            corpus.of(case, |connection| {
                let started = Instant::now();
                let signed_in = validate(black_box(&encoded), connection, corpus.now);
                (started.elapsed(), signed_in)
            })
        };
        let (mut ours, mut bares, started) = (Vec::new(), Vec::new(), Instant::now());
        while started.elapsed() < time {
            let (took, signed_in) = validated();
            let name_id =
                signed_in.map(|SignIn { name_id, .. }| name_id).map_err(|refusal| anyhow!("{name} is refused: {refusal}"))?;
            ensure!(Some(&name_id) == case.name_id.as_ref(), "{name} signs in {name_id}");
            ours.push(took);
            let begun = Instant::now();
            bare.done()?;
            bares.push(begun.elapsed());
        }
        ours.sort_unstable();
        bares.sort_unstable();
        let share = |times: &[Duration], share| microseconds(percentile(times, share));
        println!(
            "{kind:<28} {:>7} {:>12.0} {:>8.0} {:>8.0} {:>8.0} {:>9.0} {:>6.1}",
            text.len(),
            ours.len() as f64 / ours.iter().sum::<Duration>().as_secs_f64(),
            share(&ours, 0.5),
            share(&ours, 0.99),
            share(&bares, 0.5),
            share(&bares, 0.99),
            share(&ours, 0.5) / share(&bares, 0.5)
        );
    }
    Ok(())
}

/// The cryptography alone.
struct Bare {
    text: Vec<u8>,
    info: Vec<u8>,
    signature: Vec<u8>,
    key: Vec<u8>,
    sealed: Option<Sealed>,
}

/// As many bytes under AES-256-GCM, whose key is under RSA-OAEP.
struct Sealed {
    private: OaepPrivateDecryptingKey,
    wrapped: Vec<u8>,
    text: Vec<u8>,
}

impl Bare {
    fn new(bytes: usize, encrypted: bool) -> anyhow::Result<Self> {
        let failed = |_| anyhow!("the cryptography has failed");
        let (text, info) = (vec![b'x'; bytes], vec![b'y'; SIGNED_INFO]);
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &info, &mut signature).map_err(failed)?;
        let sealed = encrypted.then(|| Sealed::new(text.clone()).map_err(failed)).transpose()?;
        Ok(Self { text, info, signature, key: pair.public_key().as_ref().to_vec(), sealed })
    }

    fn done(&self) -> anyhow::Result<()> {
        let failed = |_| anyhow!("the cryptography has failed");
        black_box(digest(&SHA256, black_box(&self.text)));
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.key).verify(&self.info, &self.signature).map_err(failed)?;
        self.sealed.as_ref().map_or(Ok(()), |sealed| sealed.opened().map_err(failed))
    }
}

impl Sealed {
    const KEY: [u8; 32] = [7; 32];

    fn new(mut text: Vec<u8>) -> Result<Self, aws_lc_rs::error::Unspecified> {
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048)?;
        let public = OaepPublicEncryptingKey::new(private.public_key())?;
        let mut wrapped = vec![0; public.ciphertext_size()];
        let length = public.encrypt(&OAEP_SHA1_MGF1SHA1, &Self::KEY, &mut wrapped, None)?.len();
        wrapped.truncate(length);
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &Self::KEY)?);
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key([0; 12]), Aad::empty(), &mut text)?;
        Ok(Self { private: OaepPrivateDecryptingKey::new(private)?, wrapped, text })
    }

    fn opened(&self) -> Result<(), aws_lc_rs::error::Unspecified> {
        let mut room = vec![0; self.private.min_output_size()];
        let key = self.private.decrypt(&OAEP_SHA1_MGF1SHA1, &self.wrapped, &mut room, None)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?);
        let mut text = self.text.clone();
        black_box(key.open_in_place(Nonce::assume_unique_for_key([0; 12]), Aad::empty(), &mut text)?);
        Ok(())
    }
}
