//! Canonicalization, whole and in chunks, against a plain reference.

use super::canon_reference::{Canon, replaced, signed_header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailproof::dkim::{self, Appetite, Outcome, Policy, Signer, SigningOptions, Verdict, Verifier};
use mailproof::dns::{Known, Records, Txt, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Name, SigningKey, Step};
use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair};
use std::sync::LazyLock;
use std::time::Duration;

const NOW: u64 = 1_795_200_000;
const SEED: [u8; 32] = [42; 32];

/// Octets of a body at most, however often it is repeated: some times what is canonicalized at once.
const BODY: usize = 40_000;

/// Fields of a message at most, and so signed ones: fewer than a verifier reads.
const FIELDS: usize = 200;

/// Lengths of chunks: around the sizes of blocks, of what is gathered and of what is hashed at once.
const CHUNKS: [usize; 12] = [0, 1, 2, 3, 7, 63, 64, 65, 1023, 1025, 4097, 16_385];

static KEY: LazyLock<Ed25519KeyPair> =
    LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&SEED).expect("32 octets"));

static ZONE: LazyLock<Zone> = LazyLock::new(|| {
    let mut zone = Zone::new();
    let record = format!("k=ed25519; p={}", BASE64.encode(KEY.public_key().as_ref()));
    let name = Name::parse("ed._domainkey.example.com").expect("a name");
    zone.insert(name, Records::Txt(vec![Txt::new([record])]), Duration::from_secs(60));
    zone
});

/// What is signed by a plain reading of the RFC passes, whole and in any chunks; a change breaks the signature exactly when
/// that reading says that it matters; and what our signer hashes, whole and in chunks, is what the reference says.
///
/// The first octets choose the canonicalizations, the part of the body that is signed, how often it is repeated and the
/// chunks; the rest is the message.
pub fn canon_chunks(octets: &[u8]) {
    let Some(([kinds, part, times, cuts], raw)) = octets.split_first_chunk() else {
        return;
    };
    let canon = |bit: u8| if kinds & bit == 0 { Canon::Simple } else { Canon::Relaxed };
    let Ok(message) = Message::parse(raw) else {
        return;
    };
    let is_signed_already = message.headers.named("DKIM-Signature").next().is_some();
    let is_field = message.headers.iter().all(|field| field.is_well_formed());
    if is_signed_already || !is_field || message.headers.len() > FIELDS {
        return;
    }
    let times = usize::from(*times).min(BODY.checked_div(message.body.len()).unwrap_or(0)).max(1);
    let body = message.body.repeat(times);
    let case = Case {
        header: canon(1),
        body: canon(2),
        part: (kinds & 4 != 0).then_some(*part),
        cuts: usize::from(*cuts),
        fields: message.headers.iter().map(|field| field.raw()).collect(),
    };
    case.assert_verifies(&body);
    case.assert_signs(&body);
}

struct Case<'a> {
    header: Canon,
    body: Canon,
    /// How much of the canonical body is signed (`l=`), in 255ths.
    part: Option<u8>,
    cuts: usize,
    fields: Vec<&'a [u8]>,
}

impl Case<'_> {
    fn assert_verifies(&self, body: &[u8]) {
        let canonical = self.body.body(body);
        let length = self.part.map_or(canonical.len(), |part| canonical.len() * usize::from(part) / 255);
        let own = self.own_field(&canonical[..length]);
        let own = own.as_bytes();
        let signed = signed_header(self.header, &self.fields, &self.names(), own);
        let signature = KEY.sign(digest(&SHA256, &signed).as_ref());
        let signature = [own, BASE64.encode(signature.as_ref()).as_bytes()].concat();

        let verdict = self.verdict(&signature, &self.fields, body);
        assert_eq!(verdict.outcome, Outcome::Pass, "{}", String::from_utf8_lossy(&signature));
        let octets = (verdict.signed_body_octets, verdict.unsigned_body_octets);
        assert_eq!(octets, (length as u64, (canonical.len() - length) as u64));

        let changed = match self.cuts % 5 {
            0 => replaced(body, b" ", b"\t "),
            1 => replaced(body, b"\r\n", b" \r\n"),
            2 => [body, b" \r\n\t\r\n"].concat(),
            3 => [body, b"x"].concat(),
            _ => body.get(1..).unwrap_or_default().to_vec(),
        };
        let canonical_now = self.body.body(&changed);
        let is_same = canonical_now == canonical
            || self.part.is_some() && canonical_now.get(..length) == canonical.get(..length);
        let outcome = self.verdict(&signature, &self.fields, &changed).outcome;
        assert_eq!(outcome.is_pass(), is_same, "{outcome}: {changed:?}");

        let folded: Vec<_> = self.fields.iter().map(|field| folded(field)).collect();
        let folded: Vec<&[u8]> = folded.iter().map(Vec::as_slice).collect();
        let is_same = signed_header(self.header, &folded, &self.names(), own) == signed;
        let outcome = self.verdict(&signature, &folded, body).outcome;
        assert_eq!(outcome.is_pass(), is_same, "{outcome}: folded");
    }

    /// The field with an empty `b=`.
    fn own_field(&self, signed_body: &[u8]) -> String {
        let names: Vec<_> = self.names().into_iter().map(String::from_utf8_lossy).collect();
        let length = self.part.map(|_| format!(" l={};", signed_body.len())).unwrap_or_default();
        format!(
            "DKIM-Signature: v=1; a=ed25519-sha256;\tc={}/{}; d=example.com; s=ed;\r\n\th={};{length}\r\n  bh={};  b=",
            self.header.word(),
            self.body.word(),
            names.join(" : "),
            BASE64.encode(digest(&SHA256, signed_body)),
        )
    }

    /// From, and the names that can stand in `h=`.
    fn names(&self) -> Vec<&[u8]> {
        let names =
            self.fields.iter().map(|field| field.split(|octet| *octet == b':').next().unwrap_or_default());
        let can_be_listed =
            |name: &&[u8]| name.iter().all(|octet| octet.is_ascii_graphic() && *octet != b';');
        [&b"From"[..]].into_iter().chain(names.map(<[u8]>::trim_ascii_end).filter(can_be_listed)).collect()
    }

    /// The verdict on the whole message, which is that on its chunks.
    fn verdict(&self, signature: &[u8], fields: &[&[u8]], body: &[u8]) -> Verdict {
        let mut raw = [signature, b"\r\n"].concat();
        for field in fields {
            raw.extend_from_slice(field);
            raw.extend_from_slice(b"\r\n");
        }
        raw.extend_from_slice(b"\r\n");
        raw.extend_from_slice(body);
        let message = Message::parse(&raw).expect("fields make a message");
        let Step::Done(whole) = dkim::verify(&message, &Policy::default(), NOW).step(&*ZONE) else {
            panic!("asks although everything is known");
        };
        let mut verifier = Verifier::new(&message.headers, &Policy::default(), NOW);
        for question in verifier.questions() {
            verifier.answer(&question, &ZONE.recall(&question).expect("a zone always knows"));
        }
        for chunk in self.chunks(message.body) {
            if verifier.body(chunk) == Appetite::Full {
                break;
            }
        }
        assert_eq!(verifier.finish().run_blocking(&*ZONE), whole, "in chunks");
        whole.into_iter().next().expect("a verdict on the one signature")
    }

    fn assert_signs(&self, body: &[u8]) {
        let mut options = SigningOptions::default();
        options.accept_lone_line_ends = true;
        options.body_canonicalization = ours(self.body);
        options.header_canonicalization = ours(self.header);
        let key = SigningKey::from_der(&SEED).expect("a seed");
        let signer = Signer::new("example.com", [("ed", key)], options).expect("a signer");
        let mut raw = Vec::new();
        for field in &self.fields {
            raw.extend_from_slice(field);
            raw.extend_from_slice(b"\r\n");
        }
        raw.extend_from_slice(b"\r\n");
        raw.extend_from_slice(body);
        let message = Message::parse(&raw).expect("fields make a message");
        let mut session = signer.session(NOW);
        let fed = self.chunks(&raw).try_for_each(|chunk| session.feed(chunk));
        let in_chunks = fed.and_then(|()| session.finish());
        let whole = signer.sign(&message, NOW);
        assert_eq!(in_chunks.is_ok(), whole.is_ok());
        let (Ok(in_chunks), Ok(whole)) = (in_chunks, whole) else {
            return;
        };
        let field = whole.fields()[0].as_str();
        assert_eq!(in_chunks.fields()[0].as_str(), field);
        let hash = BASE64.encode(digest(&SHA256, &self.body.body(body)));
        assert!(field.replace("\r\n ", "").contains(&format!("bh={hash};")), "{field}");
        let signature = field.trim_end().as_bytes();
        assert_eq!(self.verdict(signature, &self.fields, body).outcome, Outcome::Pass, "{field}");
    }

    /// Pieces as long as `CHUNKS` say, beginning with one that the input chose.
    fn chunks<'b>(&self, octets: &'b [u8]) -> impl Iterator<Item = &'b [u8]> {
        let mut state = self.cuts;
        let mut rest = octets;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (chunk, after) = rest.split_at(CHUNKS[(state >> 33) % CHUNKS.len()].min(rest.len()));
            rest = after;
            Some(chunk)
        })
    }
}

/// The field with a line break at every space of its value.
fn folded(field: &[u8]) -> Vec<u8> {
    let colon = field.iter().position(|octet| *octet == b':').expect("a field has a colon");
    [&field[..=colon], &replaced(&field[colon + 1..], b" ", b" \r\n\t")].concat()
}

fn ours(canon: Canon) -> dkim::Canonicalization {
    match canon {
        Canon::Relaxed => dkim::Canonicalization::Relaxed,
        Canon::Simple => dkim::Canonicalization::Simple,
    }
}
