//! `dkim sign` and `dkim verify`: what is signed verifies, octet for octet, and what was changed does not.

use super::dkim_keys::{Keys, MAIL, tells_nothing_of};
use super::real_server::RealServer;
use super::{Ended, NEWSLETTER, NEWSLETTER_ZONE, NOW, THEATRE, run, run_with};
use serde_json::{Value, json};

const WIRE: &str = "From: Joe <joe@example.com>\r\nSubject: lunch\r\n\r\nAt noon?\r\n";

/// Two keys, and the zone that publishes them as `keygen` writes it for a zone file.
fn two_keys(keys: &Keys) -> String {
    let rsa = keys.keygen("rsa", &[]);
    let ed25519 = keys.keygen("ed", &["--type", "ed25519"]);
    let zone_file = |told: &Value| told["zone_file"].as_str().unwrap().to_owned();
    keys.write("zone.zone", format!("$TTL 600\n{}\n{}\n", zone_file(&rsa), zone_file(&ed25519)))
}

fn sign(keys: &Keys, selectors: &[&str], more: &[&str], mail: &str) -> Ended {
    let mut arguments = vec!["dkim", "sign", "-", "--domain", "example.com"];
    let paths: Vec<_> = selectors.iter().map(|selector| keys.path(selector)).collect();
    for (selector, path) in selectors.iter().zip(&paths) {
        arguments.extend(["--selector", selector, "--key", path]);
    }
    arguments.extend(more);
    let ended = run_with(&arguments, mail.as_bytes());
    selectors.iter().for_each(|selector| {
        // Nothing of the key is in what is printed.
        let key = std::fs::read_to_string(keys.path(selector)).unwrap_or_default();
        tells_nothing_of(&key, &ended);
    });
    ended
}

fn verify(zone: &str, more: &[&str], mail: &str) -> Ended {
    let mut arguments = vec!["dkim", "verify", "-", "--zone", zone];
    arguments.extend(more);
    run_with(&arguments, mail.as_bytes())
}

#[test]
fn a_message_signed_with_two_keys_passes_twice() {
    let keys = Keys::new();
    let zone = two_keys(&keys);
    let signed = sign(&keys, &["rsa", "ed"], &["--at", NOW], MAIL);
    assert_eq!((signed.code, signed.complaint.as_str()), (0, ""));
    let fields = signed.out.strip_suffix(WIRE).expect("the message as it travels, under the fields");
    assert!(fields.starts_with("DKIM-Signature: v=1; a=rsa-sha256;") && fields.ends_with("\r\n"));
    assert!(fields.contains(&format!("t={NOW}")) && fields.lines().all(|line| line.len() < 78));
    let ended = verify(&zone, &["--at", NOW], &signed.out);
    assert_eq!((ended.code, ended.complaint.as_str()), (0, ""));
    let expected = "\
PASS  2 of 2 signatures hold
  DKIM   pass  d=example.com s=rsa  rsa-sha256; 2048-bit key
  DKIM   pass  d=example.com s=ed   ed25519-sha256; 256-bit key
";
    assert_eq!(ended.out, expected);
}

#[test]
fn octets_of_the_wire_are_signed_and_written_as_they_are() {
    let keys = Keys::new();
    let zone = two_keys(&keys);
    let mail = "From: joe@example.com\r\nX: \u{e9}\t \r\n\r\n\0 caf\u{e9} \r\n\r\n\r\nend without a line end";
    let signed = sign(&keys, &["ed"], &["--header-canon", "simple", "--body-canon", "simple"], mail);
    assert_eq!(signed.code, 0, "{}", signed.complaint);
    assert!(signed.out.ends_with(mail) && signed.out.contains("c=simple/simple"));
    assert_eq!(verify(&zone, &[], &signed.out).code, 0);
    let changed = signed.out.replace("\r\n\r\n\r\nend", "\r\n\r\nend");
    assert_eq!(verify(&zone, &[], &changed).code, 1);
}

#[test]
fn the_fields_alone_are_those_on_top_of_the_message() {
    let keys = Keys::new();
    two_keys(&keys);
    let whole = sign(&keys, &["ed"], &["--at", NOW], MAIL);
    let field = sign(&keys, &["ed"], &["--at", NOW, "--field-only"], MAIL);
    assert_eq!(field.out + WIRE, whole.out);
}

#[test]
fn every_choice_stands_in_the_signature() {
    let keys = Keys::new();
    let zone = two_keys(&keys);
    let choices =
        ["--at", NOW, "--expire-in", "7d", "--identity", "joe@example.com", "--headers", "from:subject"];
    let signed = sign(&keys, &["ed"], &[&choices[..], &["--copy-headers", "--field-only"]].concat(), MAIL);
    assert_eq!(signed.code, 0, "{}", signed.complaint);
    let field = signed.out.replace("\r\n", "");
    let expiry = NOW.parse::<u64>().unwrap() + 7 * 86_400;
    for tag in [&format!("x={expiry};"), "i=joe@example.com;", "z=", "h=From:From:Subject:Subject;"] {
        assert!(field.contains(tag), "{tag}: {field}");
    }
    let mail = signed.out + WIRE;
    assert_eq!(verify(&zone, &["--at", NOW], &mail).code, 0);
    let late = verify(&zone, &["--at", &(expiry + 3600).to_string()], &mail);
    assert_eq!(late.code, 1);
    assert!(
        late.out.starts_with("FAIL  the signature does not hold\n") && late.out.contains("signature expired")
    );
}

#[test]
fn messages_that_should_not_be_signed_are_refused() {
    let keys = Keys::new();
    two_keys(&keys);
    for (mail, more, what) in [
        ("Subject: x\n\nx\n", &[][..], "there are 0 From fields, not one"),
        ("From: a@example.com\nFrom: b@example.com\n\nx\n", &[], "there are 2 From fields"),
        (
            "From joe Fri Jul 11 21:00:38 2003\nFrom: a@example.com\n\nx\n",
            &[],
            "a line of the header section is no header field",
        ),
        (MAIL, &["--at", "1700000000000"], "the time of signing is not in Unix seconds"),
        (MAIL, &["--raw"], "a signed header field holds a CR or LF that is no line end"),
        ("From: a@example.com\r\n\r\nx\ny\r\n", &[], "the body holds a CR or LF that is no line end"),
        ("", &[], "standard input: "),
    ] {
        let ended = sign(&keys, &["ed"], more, mail);
        assert_eq!((ended.code, ended.out.as_str()), (65, ""), "{mail:?}");
        assert!(ended.complaint.contains(what), "{mail:?}: {}", ended.complaint);
        assert_eq!(ended.complaint.lines().count(), 1);
    }
}

#[test]
fn wrong_choices_are_usage() {
    let keys = Keys::new();
    two_keys(&keys);
    let path = keys.path("ed");
    let base = ["dkim", "sign", "-", "--domain", "example.com", "--key", &path];
    for (more, what) in [
        (&[][..], "--selector"),
        (&["--selector", "ed", "--selector", "rsa"], "there are 1 and 2"),
        (&["--selector", "ed", "--key", &path, "--selector", "ed"], "the same selector"),
        (&["--selector", "ed", "--key", "-", "--selector", "rsa"], "only once"),
        (&["--selector", "ed", "--expire-in", "0"], "above 0"),
        (&["--selector", "ed", "--identity", "joe@example.net"], "not within the signing domain"),
        (&["--selector", "ed", "--headers", "From:Received"], "Received must not be signed"),
        (&["--selector", "ed", "--headers", "From::To"], "no field name"),
        (&["--selector", "ed", "--body-canon", "nofws"], "nofws"),
    ] {
        let ended = run_with(&[&base[..], more].concat(), MAIL.as_bytes());
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{more:?}");
        assert!(ended.complaint.contains(what), "{more:?}: {}", ended.complaint);
    }
}

#[test]
fn files_that_are_no_key_are_named_with_what_they_are() {
    let keys = Keys::new();
    let make =
        |name: &str, arguments: &[&str]| keys.openssl(&[arguments, &["-out", name]].concat()).is_some();
    let is_made = make("rsa", &["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        && make("short", &["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"])
        && make("ec", &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
        && make("public", &["pkey", "-in", "rsa", "-pubout"])
        && make("encrypted", &["pkey", "-in", "rsa", "-aes256", "-passout", "pass:x"])
        && make("pkcs1", &["rsa", "-in", "rsa", "-traditional"]);
    if !is_made {
        return;
    }
    let whole = keys.read("rsa");
    keys.write("cut", &whole[..whole.len() / 2]);
    keys.write("empty", "");
    keys.write("large", vec![b'A'; 1 << 17]);
    for (name, what) in [
        ("short", "1024 bits is too short"),
        ("ec", "an EC key cannot sign"),
        ("public", "public key"),
        ("encrypted", "encrypted"),
        ("cut", "cut or damaged"),
        ("empty", "empty"),
        ("large", "larger than 64 KiB"),
    ] {
        let ended = sign(&keys, &[name], &[], MAIL);
        assert_eq!((ended.code, ended.out.as_str()), (65, ""), "{name}");
        let start = format!("mailproof: {}: ", keys.path(name));
        let last = ended.complaint.lines().last().unwrap();
        assert!(last.starts_with(&start) && last.contains(what), "{}", ended.complaint);
    }
    assert_eq!(sign(&keys, &["pkcs1"], &[], MAIL).code, 0);
    assert!(sign(&keys, &["pkcs2"], &[], MAIL).complaint.contains("pkcs2: "));
}

#[cfg(unix)]
#[test]
fn a_key_that_everybody_may_read_is_noted() {
    use std::os::unix::fs::PermissionsExt;
    let keys = Keys::new();
    two_keys(&keys);
    std::fs::set_permissions(keys.path("ed"), PermissionsExt::from_mode(0o644)).unwrap();
    let ended = sign(&keys, &["ed"], &[], MAIL);
    assert_eq!(ended.code, 0);
    let note = format!("mailproof: note: {}: everybody may read this private key\n", keys.path("ed"));
    assert_eq!(ended.complaint, note);
}

#[test]
fn a_key_may_come_on_standard_input() {
    let keys = Keys::new();
    two_keys(&keys);
    let mail = keys.write("mail", MAIL);
    let arguments = ["dkim", "sign", &mail, "--domain", "example.com", "--selector", "ed", "--key", "-"];
    let ended = run_with(&arguments, keys.read("ed").as_bytes());
    assert_eq!(ended.code, 0, "{}", ended.complaint);
    tells_nothing_of(&keys.read("ed"), &ended);
}

#[test]
fn signatures_alone_decide_how_verify_ends() {
    let keys = Keys::new();
    let zone = two_keys(&keys);
    let unsigned = verify(&zone, &[], MAIL);
    assert_eq!((unsigned.code, unsigned.out.as_str()), (1, "NONE  the message has no signature\n"));
    let empty = verify(&zone, &["--json"], MAIL);
    assert_eq!((empty.code, empty.json()), (1, json!({ "schema": "mailproof.dkim/1", "dkim": [] })));

    let signed = sign(&keys, &["rsa", "ed"], &["--at", NOW], MAIL).out;
    let forged = verify(&zone, &[], &signed.replace("noon", "nine"));
    assert_eq!(forged.code, 1);
    assert!(forged.out.starts_with("FAIL  none of 2 signatures holds\n"), "{}", forged.out);
    assert!(forged.out.contains("body hash did not verify; rsa-sha256; 2048-bit key"), "{}", forged.out);

    let broken = |names: &[&str]| {
        let entries = names.iter().map(|name| (format!("{name}._domainkey.example.com"), json!("SERVFAIL")));
        let zone: serde_json::Map<String, Value> = entries.collect();
        keys.write("broken.json", Value::Object(zone).to_string())
    };
    let undecided = verify(&broken(&["rsa"]), &[], &signed);
    assert_eq!(undecided.code, 75);
    assert!(undecided.out.starts_with("DEFER  ") && undecided.out.contains("SERVFAIL"), "{}", undecided.out);
    let absent = verify(&broken(&[]), &["--json"], &signed);
    assert_eq!(absent.code, 1);
    assert_eq!(absent.json()["dkim"][0]["reason"], "no key for signature: the selector does not exist");
}

#[test]
fn json_is_the_dkim_of_a_report() {
    let verified = run(&["dkim", "verify", NEWSLETTER, "--zone", NEWSLETTER_ZONE, "--at", NOW, "--json"]);
    let checked = run(&["check", NEWSLETTER, "--zone", NEWSLETTER_ZONE, "--at", NOW, "--json"]);
    let json = verified.json();
    assert_eq!((verified.code, &json["dkim"]), (0, &checked.json()["dkim"]));
    assert_eq!(
        (json["schema"].as_str(), json["dkim"].as_array().unwrap().len()),
        (Some("mailproof.dkim/1"), 2)
    );
}

#[test]
fn what_verify_saw_can_be_replayed() {
    let keys = Keys::new();
    let recording = keys.path("recording.json");
    let arguments = ["dkim", "verify", NEWSLETTER];
    let live = [&arguments[..], &["--zone", NEWSLETTER_ZONE, "--at", NOW, "--record", &recording]].concat();
    let live = run(&live);
    let replayed = run(&[&arguments[..], &["--replay", &recording]].concat());
    assert_eq!((replayed.code, &replayed.out, replayed.complaint.as_str()), (0, &live.out, ""));
    let other = run(&["dkim", "verify", THEATRE, "--replay", &recording]);
    assert!(other.complaint.contains("another message"), "{}", other.complaint);
}

/// The zone file that `keygen` writes is one for a real server too.
#[test]
fn a_real_server_serves_what_keygen_writes() {
    let keys = Keys::new();
    let records = std::fs::read_to_string(two_keys(&keys)).unwrap();
    let zone = format!(
        "$ORIGIN example.com.\n@ 600 SOA ns h 1 3600 600 86400 120\n@ 600 NS ns\nns 600 A 127.0.0.1\n{records}"
    );
    let Some(knot) = RealServer::knot(&[("example.com", &zone)]) else { return };
    let server = knot.address.to_string();
    let signed = sign(&keys, &["rsa", "ed"], &[], MAIL).out;
    let ended = run_with(&["dkim", "verify", "-", "--server", &server], signed.as_bytes());
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.complaint);
    assert!(ended.out.starts_with("PASS  2 of 2"), "{}", ended.out);
    let key = keys.path("rsa");
    let fits = run(&["dkim", "check-key", "rsa._domainkey.example.com", "--key", &key, "--server", &server]);
    assert_eq!(fits.code, 0, "{}{}", fits.out, fits.complaint);
}
