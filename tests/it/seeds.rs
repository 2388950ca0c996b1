//! The properties of the fuzz targets over seeds: our own, and those of other projects where they are at hand.

use mailproof::dns::{Records, Txt, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Name, dkim};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[allow(unreachable_pub)]
#[path = "../../fuzz/src/lib.rs"]
mod properties;

type Property = fn(&[u8]);

const TARGETS: [(&str, Property); 19] = [
    ("arc_chain", properties::arc::chain),
    ("author", properties::author::author),
    ("authres", properties::authres::authres),
    ("authres_value", properties::authres::value),
    ("canon_chunks", properties::canon_chunks::canon_chunks),
    ("dkim_key", properties::dkim::key),
    ("dkim_signature", properties::dkim::signature),
    ("dkim_verify", properties::dkim::verify),
    ("dmarc_record", properties::dmarc::record),
    ("dmarc_walk", properties::dmarc_walk::dmarc_walk),
    ("dns_reply", properties::reply::reply),
    ("message", properties::message::message),
    ("name", properties::name::name),
    ("report_roundtrip", properties::report_roundtrip::report),
    ("spf_check", properties::spf_check::check),
    ("spf_record", properties::spf_record::record),
    ("tags", properties::tags::tags),
    ("zone_file", properties::zone::master_file),
    ("zone_json", properties::zone::json),
];

/// Every target has seeds, and every folder of seeds and every program in the fuzz workspace is a target.
#[test]
fn every_target_has_its_seeds() {
    let mut names: Vec<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    // The tests of the C library and of the milter replay these.
    names.extend(["ffi_sequence", "milter_proto"].map(str::to_owned));
    names.sort();
    assert_eq!(stems("fuzz/corpus"), names);
    assert_eq!(stems("fuzz/fuzz_targets"), names);
}

/// The example that the properties of DKIM are about is a good one, or they would say nothing.
#[test]
fn the_signed_seed_passes() {
    let seed = |name: &str| fs::read(crate_root().join("fuzz/corpus").join(name)).unwrap();
    let (mail, key) = (seed("dkim_verify/signed"), seed("dkim_key/good"));
    let mut zone = Zone::new();
    let name = Name::parse("ed._domainkey.example.com").unwrap();
    zone.insert(name, Records::Txt(vec![Txt::new([&key])]), Duration::ZERO);
    let message = Message::parse(&mail).unwrap();
    let verdicts = dkim::verify(&message, &dkim::Policy::default(), 1_795_200_000).run_blocking(&zone);
    assert_eq!(verdicts[0].outcome, dkim::Outcome::Pass);
}

#[test]
fn our_seeds_keep_their_properties() {
    for (name, property) in TARGETS {
        let seeds = files(&crate_root().join("fuzz/corpus").join(name));
        assert!(seeds.len() >= 5, "{name} has {} seeds", seeds.len());
        replay(name, property, &seeds);
    }
}

/// Seeds serve several properties: octets that one parser finds odd are odd to others as well.
#[test]
fn any_seed_keeps_any_property() {
    for (name, property) in TARGETS {
        for (other, _) in TARGETS {
            replay(name, property, &files(&crate_root().join("fuzz/corpus").join(other)));
        }
    }
}

#[test]
fn seeds_of_other_projects_keep_their_properties() {
    let corpora = std::env::var("MAILPROOF_CORPORA")
        .map_or_else(|_| crate_root().join("../shared/corpora"), PathBuf::from)
        .join("fuzz");
    if !corpora.is_dir() {
        println!("skipped: there are no foreign seeds at {}", corpora.display());
        return;
    }
    let mail = files(&corpora.join("mail-parser"));
    let records = files(&corpora.join("blitiri-spf"));
    let mixed = files(&corpora.join("chasquid"));
    assert!(mail.len() > 100 && records.len() > 200 && mixed.len() > 20);
    replay("message", properties::message::message, &mail);
    replay("dkim_verify", properties::dkim::verify, &mail);
    replay("spf_record", properties::spf_record::record, &records);
    for seed in &records {
        let record = fs::read(seed).unwrap();
        properties::spf_check::check(&[b"192.0.2.1\texample.com\tjoe@example.com\n", &record[..]].concat());
    }
    for (name, property) in TARGETS {
        replay(name, property, &mixed);
    }
}

/// A failure is a panic of the property; the seed is named before it.
fn replay(name: &str, property: Property, seeds: &[PathBuf]) {
    for seed in seeds {
        let octets = fs::read(seed).unwrap();
        let outcome = std::panic::catch_unwind(|| property(&octets));
        assert!(outcome.is_ok(), "{name} does not hold for {}", seed.display());
    }
}

fn stems(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(crate_root().join(folder)).unwrap();
    let mut stems: Vec<_> = entries
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    stems.sort();
    stems
}

/// Every file below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn crate_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
