//! What the border between C and Rust costs: the same check by the Rust API and through the C functions, in one program.
//!
//! The functions are called through pointers that the compiler knows nothing about, so that nothing is inlined across the
//! border. DNS comes from a cache that knows all on both sides.
//!
//! Without arguments: instructions (with valgrind, if it is there), times, threads. With the name of a side, the name of a
//! message and a number: so many checks, and nothing else.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods, clippy::as_conversions)]

use mailproof::dkim::{Signer, SigningOptions};
use mailproof::dns::{Answer, Cache, CacheSettings, Known, Question, Zone, blocking};
use mailproof::message::Message;
use mailproof::resolver::Cached;
use mailproof::{Authenticator, Connection, Evaluation, SigningKey};
use mailproof_ffi as ffi;
use std::ffi::{c_char, c_void};
use std::hint::black_box;
use std::process::Command;
use std::ptr::null_mut;
use std::sync::Arc;
use std::time::{Duration, Instant};

const NOW: u64 = 1_800_000_000;
const DAY: Duration = Duration::from_secs(86_400);
const RECEIVER: &str = "mx.example.org";
const CLIENT: [u8; 4] = [192, 0, 2, 25];
const HELO: &str = "mail.example.com";
const SENDER: &str = "kitchen@example.com";
const RSA: &str = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuTk7DPHFKQTkps4f9aFwBPSEvZsF0GqIPSr/ZzsxjXDhCcvIEyfqkxyCByLpsYBPWJttTOON/TbDWr43gv3Jp89mCEiejZM4F9mVSTR0NqhlaAwOcCDDjfPUxH6x32FsDqe7L3/7SyQ7PAOqZ4O42HqCwuQotVv1GsW6QgYqi4Fh2ms7PFoATfk7ezrbtYFIhuKNjWSopVxvmzPnJu/A+Gl13gZy7sukhK/HOVs/SzNo8Il5oSjHMr/odIXwbJt6S9xUoMmyNil7tR9XAqHly8YCxVqW/ed+6tpWn4gnZYwtoUf1zIO1OxJfk5rx7oDaXUTJwQg+9ulRqwVKfz+/cwIDAQAB";
const RECORDS: [(&str, &str); 5] = [
    ("example.com", "v=spf1 ip4:192.0.2.0/24 -all"),
    (HELO, "v=spf1 ip4:192.0.2.25 -all"),
    ("_dmarc.example.com", "v=DMARC1; p=reject; sp=quarantine; rua=mailto:dmarc@example.com"),
    ("rsa._domainkey.example.com", RSA),
    ("ed._domainkey.example.com", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
];
/// The key of RFC 8032 §7.1, test 1.
const ED: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

const MESSAGES: [&str; 3] = ["rsa2048_5k", "ed25519_5k", "unsigned_1k"];

fn message(label: &str) -> Vec<u8> {
    let octets = if label.ends_with("5k") { 5 << 10 } else { 1 << 10 };
    let line = "bread and butter and what to do with the crumbs of it, said the cook\r\n";
    let mut raw = format!(
        "Date: Fri, 20 Nov 2026 08:00:00 +0000\r\nFrom: Example Kitchen <{SENDER}>\r\nTo: Reader <reader@example.org>\r\n\
         Subject: Bread for the weekend\r\nMessage-ID: <20261120080000.1@{HELO}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=us-ascii\r\n\r\n"
    );
    raw.push_str(&line.repeat(octets / line.len()));
    let key = match label.split('_').next() {
        Some("rsa2048") => ("rsa", SigningKey::read(include_bytes!("../../tests/data/keys/rsa2048.pk8"))),
        Some("ed25519") => ("ed", SigningKey::read(ED.as_bytes())),
        _ => return raw.into_bytes(),
    };
    let signer = Signer::new("example.com", [(key.0, key.1.unwrap())], SigningOptions::default()).unwrap();
    let signed = signer.sign(&Message::parse(raw.as_bytes()).unwrap(), NOW).unwrap();
    format!("{signed}{raw}").into_bytes()
}

/// The Rust side.
struct Rust {
    authenticator: Authenticator,
    resolver: Cached<Table>,
}

impl Rust {
    fn new() -> Self {
        let mut authenticator = Authenticator::new(RECEIVER);
        authenticator.iprev = false;
        let records: Vec<_> = RECORDS
            .iter()
            .map(|(name, text)| format!(r#""{name}": {{"TXT": ["{}"]}}"#, text.trim()))
            .collect();
        let zone = Zone::from_json(&format!("{{{}}}", records.join(","))).unwrap();
        let cache = Arc::new(Cache::new(CacheSettings::default()));
        Self { authenticator, resolver: Cached::new(Table(zone), cache) }
    }

    fn check(&self, raw: &[u8]) -> String {
        let message = Message::parse(raw).unwrap();
        let connection = Connection::new(CLIENT.into(), HELO, SENDER).at(NOW);
        let report = self.authenticator.check(&message, connection).run_blocking(&self.resolver);
        report.auth_results_field()
    }
}

/// The servers, which are asked once.
struct Table(Zone);

impl blocking::Resolver for Table {
    fn resolve(&self, question: &Question) -> Answer {
        // As long-lived as what the lookup function tells: what is not there, too, which a zone gives no time to.
        Answer::new(self.0.recall(question).unwrap().outcome().clone(), DAY)
    }
}

/// The C side.
struct C(*mut ffi::Context, Functions);

// SAFETY: a context is shared by all threads.
unsafe impl Sync for C {}

unsafe extern "C" fn lookup(
    _: *mut c_void,
    name: *const c_char,
    name_len: usize,
    rrtype: u16,
    answer: *mut ffi::Answer,
) {
    // SAFETY: both are lent for the call.
    unsafe {
        let name = std::slice::from_raw_parts(name.cast::<u8>(), name_len);
        match RECORDS.iter().find(|(known, _)| known.as_bytes() == name && rrtype == 16) {
            Some((_, text)) => ffi::mailproof_answer_txt(answer, text.trim().as_ptr(), text.trim().len()),
            None => ffi::mailproof_answer_nxdomain(answer),
        };
        ffi::mailproof_answer_set_ttl(answer, 86_400);
    }
}

impl C {
    fn new() -> Self {
        let mut context = null_mut();
        // SAFETY: each pointer is alive, and has its length.
        unsafe {
            ok(ffi::mailproof_context_new(RECEIVER.as_ptr().cast(), RECEIVER.len(), &raw mut context));
            ok(ffi::mailproof_context_set_number(context, 80, 0));
            ok(ffi::mailproof_context_use_lookup(context, Some(lookup), null_mut()));
        }
        Self(context, black_box(FUNCTIONS))
    }

    fn check(&self, raw: &[u8]) -> String {
        let mut check = null_mut();
        let mut field = ffi::Str { data: std::ptr::null(), len: 0 };
        let call = &self.1;
        let (helo, sender) = (HELO.as_ptr().cast(), SENDER.as_ptr().cast());
        // SAFETY: as above.
        unsafe {
            ok((call.new)(self.0, &raw mut check));
            ok((call.set_time)(check, NOW.cast_signed()));
            ok((call.connect)(check, CLIENT.as_ptr(), 4, helo, HELO.len()));
            ok((call.mail_from)(check, sender, SENDER.len()));
            ok((call.message)(check, raw.as_ptr(), raw.len()));
            ok((call.finish)(check));
            ok((call.field)(check, &raw mut field));
            let octets = std::slice::from_raw_parts(field.data.cast::<u8>(), field.len);
            let text = String::from_utf8_unchecked(octets.to_vec());
            (call.free)(check);
            text
        }
    }
}

/// Functions that the compiler does not know.
struct Functions {
    new: unsafe extern "C" fn(*const ffi::Context, *mut *mut ffi::Check) -> ffi::Status,
    set_time: unsafe extern "C" fn(*mut ffi::Check, i64) -> ffi::Status,
    connect: unsafe extern "C" fn(*mut ffi::Check, *const u8, usize, *const c_char, usize) -> ffi::Status,
    mail_from: unsafe extern "C" fn(*mut ffi::Check, *const c_char, usize) -> ffi::Status,
    message: unsafe extern "C" fn(*mut ffi::Check, *const u8, usize) -> ffi::Status,
    finish: unsafe extern "C" fn(*mut ffi::Check) -> ffi::Status,
    field: unsafe extern "C" fn(*const ffi::Check, *mut ffi::Str) -> ffi::Status,
    free: unsafe extern "C" fn(*mut ffi::Check),
}

const FUNCTIONS: Functions = Functions {
    new: ffi::mailproof_check_new,
    set_time: ffi::mailproof_check_set_time,
    connect: ffi::mailproof_check_connect,
    mail_from: ffi::mailproof_check_mail_from,
    message: ffi::mailproof_check_message,
    finish: ffi::mailproof_check_finish,
    field: ffi::mailproof_check_auth_results_field,
    free: ffi::mailproof_check_free,
};

fn ok(status: ffi::Status) {
    assert_eq!(status, ffi::Status::Ok);
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let [side, label, count] = &arguments[..] {
        let raw = message(label);
        let count: usize = count.parse().unwrap();
        if side == "c" {
            let c = C::new();
            (0..count).for_each(|_| drop(black_box(c.check(&raw))));
        } else {
            let rust = Rust::new();
            (0..count).for_each(|_| drop(black_box(rust.check(&raw))));
        }
        return;
    }
    let (rust, c) = (Rust::new(), C::new());
    for label in MESSAGES {
        let raw = message(label);
        assert_eq!(rust.check(&raw), c.check(&raw));
        let passes = if label.starts_with("unsigned") { 3 } else { 4 };
        assert_eq!(rust.check(&raw).matches("=pass").count(), passes, "{}", rust.check(&raw));
        compare(label, "instructions", instructions("rust", label), instructions("c", label));
        let [ours, theirs] =
            best([&|| drop(black_box(rust.check(&raw))), &|| drop(black_box(c.check(&raw)))]);
        compare(label, "ns", Some(ours), Some(theirs));
    }
    same_work(&rust, &c);
    let raw = message("rsa2048_5k");
    let spin = || {
        black_box((0..60_000_u64).fold(1_u64, |sum, next| black_box(sum ^ next)));
    };
    let sides: [&(dyn Fn() + Sync); 3] =
        [&spin, &|| drop(black_box(rust.check(&raw))), &|| drop(black_box(c.check(&raw)))];
    for threads in [1, 2, 8] {
        // In turn, so that what else the machine does meets all alike.
        let mut rates = [0.0_f64; 3];
        for _ in 0..15 {
            for (side, best) in sides.iter().zip(&mut rates) {
                *best = best.max(per_second(threads, side));
            }
        }
        let [control, ours, theirs] = rates;
        println!(
            "{threads} threads: control {control:.0}/s, Rust {ours:.0}/s, C {theirs:.0}/s, C/Rust {:.3}",
            theirs / ours
        );
    }
    same_work(&rust, &c);
}

/// Both sides ask their servers once for each question: else they would not be compared.
fn same_work(rust: &Rust, c: &C) {
    let ours = rust.resolver.cache().statistics().misses;
    let mut theirs = 0;
    // SAFETY: the context is alive.
    ok(unsafe { ffi::mailproof_context_cache_count(c.0, ffi::CacheCount::Misses as u32, &raw mut theirs) });
    println!("questions that the caches could not answer: Rust {ours}, C {theirs}");
    assert_eq!(ours, theirs);
}

fn compare(label: &str, unit: &str, rust: Option<f64>, c: Option<f64>) {
    match (rust, c) {
        (Some(rust), Some(c)) => {
            println!("{label}: Rust {rust:.0} {unit}, C {c:.0} {unit}: {:+.2} %", (c / rust - 1.0) * 100.0);
        }
        _ => println!("{label}: {unit} not counted: there is no valgrind"),
    }
}

/// Instructions of one check, once everything is warm.
fn instructions(side: &str, label: &str) -> Option<f64> {
    let count = |checks: u32| -> Option<f64> {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        valgrind.arg(std::env::current_exe().ok()?).args([side, label]).arg(checks.to_string());
        let told = String::from_utf8(valgrind.output().ok()?.stderr).ok()?;
        told.lines().find_map(|line| line.split_once("Collected :"))?.1.trim().parse().ok()
    };
    Some((count(60)? - count(20)?) / 40.0)
}

/// The shortest of many times for each side, taken in turn.
fn best(sides: [&dyn Fn(); 2]) -> [f64; 2] {
    const CHECKS: u32 = 50;
    let mut best = [Duration::MAX; 2];
    for _ in 0..400 {
        for (side, best) in sides.iter().zip(&mut best) {
            let start = Instant::now();
            (0..CHECKS).for_each(|_| side());
            *best = start.elapsed().min(*best);
        }
    }
    best.map(|time| time.as_secs_f64() * 1e9 / f64::from(CHECKS))
}

fn per_second(threads: u32, check: &(dyn Fn() + Sync)) -> f64 {
    const CHECKS: u32 = 8_000;
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..CHECKS / threads).for_each(|_| check()));
        }
    });
    f64::from(CHECKS) / start.elapsed().as_secs_f64()
}
