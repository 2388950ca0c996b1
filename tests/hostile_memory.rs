//! How much memory hostile messages take: `docs/manual/limits.md` says so in a table, of which each row is a case here.
//! It is a program of its own, since it counts whatever the whole process allocates.
#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mailproof::dns::{Records, Txt, Zone};
use mailproof::message::HEADER_OCTETS;
use mailproof::{Authenticator, Connection, Evaluation as _, Name, Session, Step};
use peak_alloc::PeakAlloc;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Octets told at a time.
const PIECE: usize = 64 << 10;

/// Octets of a large body; without optimization fewer are enough to see whether memory grows with them.
const BODY: usize = if cfg!(debug_assertions) { 4 << 20 } else { 100 << 20 };

/// Octets of a header section that is as long as it may be, but for the fields that every message here has.
const SECTION: usize = HEADER_OCTETS - (96 << 10);

const PROSE: &[u8] = b"Knead the dough for ten minutes, let it rest, and knead it again.\r\n";

/// One row of the table.
struct Case {
    name: &'static str,
    header: Vec<u8>,
    /// What the body repeats, and for how many octets.
    body: &'static [u8],
    octets: usize,
    zone: fn() -> Zone,
}

/// One test, so that no other allocates beside it.
#[test]
fn no_message_takes_more_memory_than_is_documented() {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/manual/limits.md");
    let manual = fs::read_to_string(manual).unwrap();
    let documented = |name: &str| {
        let row = manual.lines().find_map(|line| line.strip_prefix(&format!("| {name} | ")));
        let octets = row.and_then(|row| row.split(" KiB").next()?.replace(',', "").parse::<usize>().ok());
        octets.unwrap_or(0) << 10
    };
    // What is set up once for all messages belongs to none of them.
    judge(&in_header("", signature(0, "from", "")));
    let mut told = String::new();
    let mut holds = true;
    for case in header_cases().into_iter().chain(body_cases()) {
        let (taken, limit) = (judge(&case), documented(case.name));
        holds &= taken <= limit;
        writeln!(told, "{:8} KiB of {:8}  {}", taken.div_ceil(1 << 10), limit >> 10, case.name).unwrap();
    }
    println!("{told}");
    assert!(holds, "more than docs/manual/limits.md says\n{told}");
    let taken = endless_header();
    assert!(taken <= 3 * HEADER_OCTETS + PIECE, "{taken} octets");
}

/// The most octets in use at a time for a message that arrives in pieces, with everything read from DNS.
fn judge(case: &Case) -> usize {
    let piece = case.body.repeat(PIECE / case.body.len());
    let zone = (case.zone)();
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let mut session = session();
    for piece in case.header.chunks(PIECE) {
        let _ = session.feed(piece).unwrap();
    }
    for _ in 0..case.octets.div_ceil(piece.len()) {
        let _ = session.feed(&piece).unwrap();
    }
    let Step::Done(report) = session.finish().unwrap().step(&zone) else {
        panic!("asks although everything is known")
    };
    std::hint::black_box(report.auth_results_field());
    HEAP.peak_usage().saturating_sub(before)
}

/// The same for a header section that goes on after it was refused.
fn endless_header() -> usize {
    let piece = [b'x'; PIECE];
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let mut session = session();
    let refused = (0..100).filter(|_| session.feed(&piece).is_err()).count();
    assert_eq!(refused, 100 - HEADER_OCTETS / PIECE);
    HEAP.peak_usage().saturating_sub(before)
}

fn session() -> Session {
    let connection =
        Connection::new([192, 0, 2, 25].into(), "mail.example.com", "kitchen@example.com").at(1_800_000_000);
    Authenticator::new("mx.example.org").session(connection)
}

fn in_header(name: &'static str, header: String) -> Case {
    let main = "From: Example Kitchen <kitchen@example.com>\r\nSubject: Bread\r\n\r\n";
    Case { name, header: [header, main.to_owned()].concat().into(), body: PROSE, octets: PIECE, zone }
}

fn body_cases() -> Vec<Case> {
    let both = || signature(0, "from", "c=relaxed/relaxed;") + &signature(1, "from", "c=simple/simple;");
    let lengths = (0..100).map(|number| signature(number, "from:subject", &format!("l={number};"))).collect();
    let case = |name, header, body| Case { body, octets: BODY, ..in_header(name, header) };
    let published = |name, zone| Case { zone, ..in_header(name, signature(0, "from", "")) };
    vec![
        case("a large body of prose", both(), PROSE),
        case("a large body of empty lines", both(), b"\r\n"),
        case("a large body of spaces", both(), b" "),
        case("a large body of lone line ends", both(), b"\r\n\n\r"),
        case("100 signatures, each of another length of body", lengths, PROSE),
        published("a hundred keys at a selector, and one of 64 KiB", keys),
        published("ten includes of 64 KiB, for each identity", includes),
    ]
}

fn header_cases() -> Vec<Case> {
    let fill = |field: &str| field.repeat(SECTION / field.len());
    let numbered = |count: usize, field: &dyn Fn(usize) -> String| (0..count).map(field).collect::<String>();
    let names = |count: usize| format!("from{}", numbered(count, &|number| format!(":{number:x}")));
    let sets = |count| numbered(count, &|instance| set(instance + 1));
    let large = |octets: usize| format!("X: {}\r\n", "x ".repeat(octets / 2));
    let signed = signature(0, "from", "");
    vec![
        in_header("plain mail", signed.clone()),
        in_header("20,000 fields", numbered(20_000, &|number| format!("X-{number}: x\r\n"))),
        in_header("lines that are no fields", signed.clone() + &fill("a\r\n")),
        in_header("fields of one octet", signed.clone() + &fill("a:\r\n")),
        in_header("fields of different names, of which 1,000 are signed", {
            signature(0, &names(1000), "") + &numbered(110_000, &|number| format!("{number:x}:\r\n"))
        }),
        in_header("one field", large(SECTION)),
        in_header(
            "a field of 45 KB, signed by ten",
            numbered(10, &|number| signature(number, "from:x", "")) + &large(45_000),
        ),
        in_header("signatures that say nothing", fill("DKIM-Signature:\r\n")),
        in_header("whole signatures", numbered(2000, &|number| signature(number, "from", ""))),
        in_header("a signature of nothing but tags", format!("DKIM-Signature: {}\r\n", fill("a=b;"))),
        in_header("h= of 20,000 names", signature(0, &names(20_000), "")),
        in_header("From fields", fill("From:a@b.c\r\n")),
        in_header("a From of addresses", format!("From: {}\r\n", fill("a@b.c,"))),
        in_header("a From of open comments", format!("From: {}a@b.c\r\n", fill("("))),
        in_header(
            "Authentication-Results",
            format!("Authentication-Results: a{}\r\n", fill(";spf=pass (x)")),
        ),
        in_header("forty sets, and a field of 20 KB that all of them sign", sets(40) + &large(20_000)),
        in_header("a seal of nothing but tags", {
            format!("ARC-Seal: i=1;{}\r\n", numbered(80_000, &|number| format!("t{number}=x;")))
        }),
        in_header("seals that say nothing", fill("ARC-Seal: i=1\r\n")),
    ]
}

fn signature(number: usize, names: &str, tags: &str) -> String {
    let (hash, signature) = ("A".repeat(43), STANDARD.encode([1; 256]));
    format!(
        "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s{number}; {tags} h={names}; bh={hash}=; b={signature}\r\n"
    )
}

fn set(instance: usize) -> String {
    let (hash, signature) = ("A".repeat(43), STANDARD.encode([1; 128]));
    let cv = if instance == 1 { "none" } else { "pass" };
    format!(
        "ARC-Seal: i={instance}; a=rsa-sha256; cv={cv}; d=example.com; s=a{instance}; b={signature}\r\n\
         ARC-Message-Signature: i={instance}; a=rsa-sha256; d=example.com; s=t{instance}; h=from:x;bh={hash}=; b={signature}\r\n\
         ARC-Authentication-Results: i={instance}; mx.example.org; none\r\n"
    )
}

fn zone() -> Zone {
    let key = STANDARD.encode(include_bytes!("data/keys/rsa2048.spki"));
    let mut zone = Zone::new();
    for name in ["example.com", "mail.example.com"] {
        insert(&mut zone, name, "v=spf1 ip4:192.0.2.0/24 -all");
    }
    for number in 0..100 {
        for prefix in ["s", "a", "t"] {
            insert(
                &mut zone,
                &format!("{prefix}{number}._domainkey.example.com"),
                &format!("v=DKIM1; p={key}"),
            );
        }
    }
    insert(&mut zone, "_dmarc.example.com", "v=DMARC1; p=reject");
    zone
}

fn keys() -> Zone {
    let mut zone = zone();
    let key = STANDARD.encode(include_bytes!("data/keys/rsa2048.spki"));
    let large = format!("v=DKIM1; p={}", STANDARD.encode([0x30; 48_000]));
    let records =
        std::iter::once(large).chain((0..100).map(|number| format!("v=DKIM1; n={number}; p={key}")));
    let records = records.map(|record| Txt::new(record.as_bytes().chunks(255))).collect();
    let name = Name::parse("s0._domainkey.example.com").unwrap();
    zone.insert(name, Records::Txt(records), Duration::from_secs(60));
    zone
}

fn includes() -> Zone {
    let mut zone = zone();
    let terms: String = (0..4000).map(|term| format!(" ip4:10.{}.{}.0/24", term / 250, term % 250)).collect();
    for domain in ["example.com", "mail.example.com"] {
        let includes: String = (0..10).map(|number| format!(" include:i{number}.{domain}")).collect();
        insert(&mut zone, domain, &format!("v=spf1{includes} -all"));
        for number in 0..10 {
            insert(&mut zone, &format!("i{number}.{domain}"), &format!("v=spf1{terms} -all"));
        }
    }
    zone
}

fn insert(zone: &mut Zone, name: &str, record: &str) {
    let records = Records::Txt(vec![Txt::new(record.as_bytes().chunks(255))]);
    zone.insert(Name::parse(name).unwrap(), records, Duration::from_secs(60));
}
