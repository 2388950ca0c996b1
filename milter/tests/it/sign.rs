//! Mail of our own: signed.

use super::mta::{Mail, Mta};
use super::running::{KEY, Running};
use mailproof::dns::{Records, Txt, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Name, SigningKey, dkim};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

const OTHER: &str = "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=";
const RAW: &str = "From: Joe <joe@example.com>\r\nSubject: folded\r\n line\r\n\r\nHello\r\n";

fn write_key(path: &Path, seed: &str) {
    fs::write(path, seed).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn own(raw: &str) -> Mail {
    Mail::new(raw).with_macro("auth_type", "PLAIN")
}

/// The domains and selectors whose signatures on a message hold by the keys of these seeds.
fn verified(raw: &str, seeds: &[(&str, &str)]) -> Vec<String> {
    let mut zone = Zone::new();
    for (name, seed) in seeds {
        let record = SigningKey::read(seed.as_bytes()).unwrap().record();
        zone.insert(Name::parse(name).unwrap(), Records::Txt(vec![Txt::new([record])]), Duration::ZERO);
    }
    let message = Message::parse(raw.as_bytes()).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let verdicts = dkim::verify(&message, &dkim::Policy::default(), now).run_blocking(&zone);
    let passed = verdicts.iter().filter(|verdict| verdict.outcome.is_pass());
    passed
        .map(|verdict| format!("{}/{}", verdict.domain.as_ref().unwrap(), verdict.selector.as_ref().unwrap()))
        .collect()
}

/// The message bears a signature that holds by this key.
pub(crate) fn assert_signed(raw: &str, name: &str, seed: &str) {
    assert_eq!(verified(raw, &[(name, seed)]).len(), 1, "{raw}");
}

#[test]
fn mail_of_the_authenticated_is_signed_by_every_key() {
    let running = Running::start(
        "[[sign.keys]]\ndomain = \"example.com\"\nselector = \"a\"\nfile = \"%DIR%/a\"\n\
         [[sign.keys]]\ndomain = \"example.com\"\nselector = \"b\"\nfile = \"%DIR%/b\"\n",
    );
    write_key(&running.folder().join("a"), KEY);
    write_key(&running.folder().join("b"), OTHER);
    let keys = [("a._domainkey.example.com", KEY), ("b._domainkey.example.com", OTHER)];
    for steps in [0x1f_ffff, 0] {
        let answer = Mta::offering(&running.socket(), 0x1ff, steps).send(&own(RAW));
        assert_eq!((answer.last, answer.inserted.len()), ('c', 2));
        let mut answer = answer;
        if steps == 0 {
            answer.inserted.iter_mut().for_each(|(_, _, value)| value.insert(0, ' '));
        }
        assert_eq!(verified(&answer.applied(RAW), &keys), ["example.com/a", "example.com/b"]);
    }
    let stranger = RAW.replace("example.com", "example.net");
    let answer = Mta::connect(&running.socket()).send(&own(&stranger));
    assert_eq!((answer.last, answer.inserted.len()), ('c', 0));
}

#[test]
fn a_table_names_addresses_domains_and_everybody() {
    let running = Running::start("sign.table = \"/dev/null\"");
    let table = running.folder().join("table");
    let dir = running.folder().display().to_string();
    let lines = format!(
        "joe@example.com example.com one {dir}/a\n.example.com example.com sub {dir}/a\n* % any {dir}/%.key\n"
    );
    fs::write(&table, lines).unwrap();
    write_key(&running.folder().join("a"), KEY);
    write_key(&running.folder().join("example.net.key"), OTHER);
    running.reload("sign.table = \"%DIR%/table\"", "reloaded");
    for (from, name, seed, expected) in [
        ("joe@example.com", "one._domainkey.example.com", KEY, "example.com/one"),
        ("\"a@b\" <ann@x.y.example.com>", "sub._domainkey.example.com", KEY, "example.com/sub"),
        ("ann@example.net", "any._domainkey.example.net", OTHER, "example.net/any"),
    ] {
        let raw = format!("From: {from}\r\n\r\nHello\r\n");
        let answer = Mta::connect(&running.socket()).send(&own(&raw));
        assert_eq!(answer.last, 'c', "{}", running.logs());
        assert_eq!(verified(&answer.applied(&raw), &[(name, seed)]), [expected]);
    }
    // Everybody has a key, but this one's file is not there.
    let answer = Mta::connect(&running.socket()).send(&own("From: a@example.org\r\n\r\nHello\r\n"));
    assert!(answer.line.starts_with("451 4.3.0 the message cannot be signed"), "{}", answer.line);
    running.wait_for("example.org.key", || running.logs().contains("example.org.key"));
}

#[test]
fn a_changed_key_is_read_again_and_a_broken_one_is_not_used() {
    let running =
        Running::start("[[sign.keys]]\ndomain = \"example.com\"\nselector = \"a\"\nfile = \"%DIR%/a\"\n");
    let (path, new) = (running.folder().join("a"), running.folder().join("new"));
    let name = "a._domainkey.example.com";
    let mut mta = Mta::connect(&running.socket());
    mta.greet(&own(RAW));
    let mut signed_with = |seed: &str| {
        let answer = mta.send_again(&own(RAW));
        answer.last == 'c' && verified(&answer.applied(RAW), &[(name, seed)]).len() == 1
    };
    assert!(!signed_with(KEY), "there is no key yet");
    write_key(&path, KEY);
    assert!(signed_with(KEY));
    write_key(&new, OTHER);
    fs::rename(&new, &path).unwrap();
    assert!(signed_with(OTHER));
    write_key(&path, "no key");
    assert!(signed_with(OTHER), "the one before goes on");
    running
        .wait_for("a changed key cannot be used", || running.logs().contains("a changed key cannot be used"));
}

#[test]
fn a_key_that_everybody_can_read_is_not_used() {
    let lines = "[[sign.keys]]\ndomain = \"example.com\"\nselector = \"a\"\nfile = \"%DIR%/a\"\n";
    let running = Running::start(lines);
    let path = running.folder().join("a");
    fs::write(&path, KEY).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let answer = Mta::connect(&running.socket()).send(&own(RAW));
    assert!(answer.line.starts_with("451 4.3.0"), "{}", answer.line);
    assert!(!answer.line.contains('/'), "paths are nobody's business");
    running.reload(&format!("sign.on_error = \"accept\"\n{lines}"), "reloaded");
    assert_eq!(Mta::connect(&running.socket()).send(&own(RAW)).last, 'c');
    running.reload(&format!("sign.allow_readable_keys = true\n{lines}"), "reloaded");
    assert_eq!(Mta::connect(&running.socket()).send(&own(RAW)).inserted.len(), 1);
}
