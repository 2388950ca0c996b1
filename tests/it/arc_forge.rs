//! Chains made by the plain reading of RFC 8617, sound or odd, with no code of the crate; and the verdicts on them.

use crate::dkim_signer::{BODY, Canon, HEADERS, Key, NOW, Recipe, canonical_field};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailproof::arc::{Policy, Sealer, SealingOptions, Verdict, validate};
use mailproof::dns::Zone;
use mailproof::message::Message;
use mailproof::{Evaluation, SigningKey, Step};

/// A message on its way from hop to hop.
#[derive(Clone)]
pub(crate) struct Forge {
    /// ARC-Authentication-Results, ARC-Message-Signature and ARC-Seal of each set, oldest first.
    pub(crate) sets: Vec<[String; 3]>,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
}

/// The fields of a set, with `{bh}` and `{b}` for what is computed.
pub(crate) struct Hop {
    pub(crate) results: String,
    pub(crate) signature: String,
    pub(crate) seal: String,
}

impl Hop {
    /// The usual set of this instance, under the key of Ed25519.
    pub(crate) fn new(instance: usize) -> Self {
        let cv = if instance == 1 { "none" } else { "pass" };
        Self {
            results: format!("ARC-Authentication-Results: i={instance}; mx.example.com; spf=pass"),
            signature: format!(
                "ARC-Message-Signature: i={instance}; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=sel; \
                 h=from:subject; bh={{bh}}; b={{b}}"
            ),
            seal: format!(
                "ARC-Seal: i={instance}; a=ed25519-sha256; cv={cv}; d=example.com; s=sel; t=12345; b={{b}}"
            ),
        }
    }

    /// The same with a text in its message signature replaced.
    pub(crate) fn signature(mut self, from: &str, to: &str) -> Self {
        assert!(self.signature.contains(from), "{from}");
        self.signature = self.signature.replacen(from, to, 1);
        self
    }

    /// The same with a text in its seal replaced.
    pub(crate) fn seal(mut self, from: &str, to: &str) -> Self {
        assert!(self.seal.contains(from), "{from}");
        self.seal = self.seal.replacen(from, to, 1);
        self
    }

    /// The same with another ARC-Authentication-Results.
    pub(crate) fn results(mut self, field: &str) -> Self {
        self.results = field.to_owned();
        self
    }
}

impl Forge {
    pub(crate) fn new() -> Self {
        Self { sets: Vec::new(), headers: HEADERS.map(str::to_owned).to_vec(), body: BODY.to_vec() }
    }

    /// A message that passed so many usual hops.
    pub(crate) fn passed(hops: usize) -> Self {
        (1..=hops).fold(Self::new(), |forge, instance| forge.hop(Hop::new(instance)))
    }

    /// The message with a further set.
    pub(crate) fn hop(mut self, hop: Hop) -> Self {
        let mut fields = self.fields();
        fields.insert(0, hop.results.clone());
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let signed = Recipe::of(&hop.signature).sign(&fields, &self.body);
        let signed = String::from_utf8(signed).unwrap();
        let signature = signed.strip_suffix(&rest(&fields, &self.body)).unwrap().to_owned();
        let mut covered = Vec::new();
        let own = [hop.results.clone(), signature.clone()];
        for field in self.sets.iter().flatten().chain(&own) {
            covered.extend(canonical_field(Canon::Relaxed, field.as_bytes()));
            covered.extend(b"\r\n");
        }
        let key = Recipe::of(&hop.seal).key;
        self.sets.push([hop.results, signature, sealed(&hop.seal, &covered, &key)]);
        self
    }

    /// Every header field, the newest set on top.
    fn fields(&self) -> Vec<String> {
        let sets = self.sets.iter().rev().flat_map(|set| set.iter().rev());
        sets.chain(&self.headers).cloned().collect()
    }

    pub(crate) fn raw(&self) -> Vec<u8> {
        let mut raw = self.fields().join("\r\n").into_bytes();
        raw.extend(b"\r\n\r\n");
        raw.extend(&self.body);
        raw
    }

    /// The outcome under the usual keys, as text.
    pub(crate) fn outcome(&self) -> String {
        outcome(&self.raw())
    }

    pub(crate) fn verdict(&self) -> Verdict {
        verdict(&self.raw(), &zone(), &Policy::default())
    }
}

fn rest(fields: &[&str], body: &[u8]) -> String {
    format!("\r\n{}\r\n\r\n{}", fields.join("\r\n"), String::from_utf8_lossy(body))
}

/// A seal over these canonical fields.
fn sealed(seal: &str, covered: &[u8], key: &Key) -> String {
    let (before, after) = seal.split_once("{b}").unwrap_or((seal, ""));
    let fws = [' ', '\t', '\r', '\n'];
    let bare = format!("{}{}", before.trim_end_matches(fws), after.trim_start_matches(fws));
    let octets = [covered, &canonical_field(Canon::Relaxed, bare.as_bytes())].concat();
    seal.replace("{b}", &BASE64.encode(key.sign(&octets)))
}

/// The keys of all hops: Ed25519 at `sel`, RSA at `rsa`.
pub(crate) fn zone() -> Zone {
    let [ed25519, rsa] = [Key::ed25519(), Key::rsa2048()].map(|key| key.record());
    Zone::from_json(&format!(
        r#"{{"sel._domainkey.example.com": {{"TXT": ["{ed25519}"]}},
             "rsa._domainkey.example.com": {{"TXT": ["{rsa}"]}},
             "slow._domainkey.example.com": {{"TXT": "TIMEOUT"}}}}"#
    ))
    .unwrap()
}

pub(crate) fn verdict(raw: &[u8], zone: &Zone, policy: &Policy) -> Verdict {
    match validate(&Message::parse(raw).unwrap(), policy, NOW).step(zone) {
        Step::Done(verdict) => verdict,
        Step::Ask(open) => panic!("still open: {open:?}"),
    }
}

/// The default, with no limit of work.
pub(crate) fn patient() -> Policy {
    let mut policy = Policy::default();
    policy.signatures.max_signature_work = usize::MAX;
    policy
}

pub(crate) fn outcome(raw: &[u8]) -> String {
    verdict(raw, &zone(), &Policy::default()).outcome.to_string()
}

/// A private key of the test data.
pub(crate) fn signing_key(pkcs8: &[u8]) -> SigningKey {
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64.encode(pkcs8));
    SigningKey::from_pem(pem.as_bytes()).unwrap()
}

/// A sealer whose key is in the usual zone.
pub(crate) fn sealer(options: SealingOptions) -> Sealer {
    let key = signing_key(include_bytes!("../data/keys/rsa2048.pk8"));
    Sealer::new("example.com", "rsa", key, options).unwrap()
}
