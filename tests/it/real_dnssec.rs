//! DNSSEC as a stub sees it: a zone signed by Knot DNS, some of it changed afterwards, behind a validating Unbound.

use super::real_server::{ROUND, ROUNDS, RealServer};
use super::rogue_dns::{connection, verdicts};
use super::rogue_server::signed_mail;
use mailproof::dns::{Answer, Failure, Kind, Outcome, Question, blocking::Resolver};
use mailproof::message::Message;
use mailproof::resolver::{Blocking, Options, Stub};
use mailproof::{Authenticator, Evaluation};

const ZONE: &str = "$ORIGIN example.\n$TTL 600\n@ SOA ns h 1 3600 600 86400 120\n@ NS ns\nns A 127.0.0.1\n\
    @ A 192.0.2.1\nwhole TXT \"as signed\"\n\
    mail TXT \"v=spf1 -all\"\n_dmarc.mail TXT \"v=DMARC1; p=reject\"\ns._domainkey.mail TXT \"v=DKIM1; k=ed25519; p=AAAA\"\n";

/// What an attacker would rather have.
const FORGERIES: [(&str, &str); 3] =
    [("spf1 -all", "spf1 +all"), ("p=reject", "p=none"), ("p=AAAA", "p=AAAB")];

/// A validating server before an authority that serves a signed zone with forged records in it.
fn validating() -> Option<[RealServer; 2]> {
    let (signer, mut zone) = knot_signing("example", ZONE)?;
    drop(signer);
    for (signed, forged) in FORGERIES {
        assert!(zone.contains(signed), "{zone}");
        zone = zone.replace(signed, forged);
    }
    let key = zone.lines().find(|line| line.contains("\tDNSKEY\t")).unwrap().replace('\t', " ");
    let knot = RealServer::knot(&[("example", &zone)])?;
    let unbound = RealServer::unbound(
        &format!(
            " module-config: \"validator iterator\"\n ede: yes\n trust-anchor: \"{key}\"\n\
             stub-zone:\n name: \"example.\"\n stub-addr: 127.0.0.1@{}\n",
            knot.address.port()
        ),
        "example",
    )?;
    Some([knot, unbound])
}

fn ask(options: Options, name: &str) -> Answer {
    let resolver = Blocking::new(Stub::new(options).unwrap()).unwrap();
    resolver.resolve(&Question::new(name.parse().unwrap(), Kind::Txt))
}

#[test]
fn forged_records_are_a_failure_that_says_so() {
    let Some([_knot, unbound]) = validating() else { return };
    let forged = ask(unbound.options(), "mail.example");
    assert_eq!(*forged.outcome(), Outcome::Failed(Failure::Servfail));
    let error = forged.details().extended_error.as_ref().unwrap();
    assert_eq!((error.code, error.purpose()), (6, Some("DNSSEC Bogus")));

    // RFC 4035 §5.5: neither an attacker's policy nor the absence of one.
    let mail = signed_mail("mail.example");
    let inspection = Authenticator::new("mx.example.org")
        .check(&Message::parse(&mail).unwrap(), connection("mail.example"));
    let resolver = Blocking::new(Stub::new(unbound.options()).unwrap()).unwrap();
    let report = inspection.run_blocking(&resolver);
    for (word, reason) in verdicts(&report) {
        assert_eq!(word, "temperror", "{reason}");
        assert!(reason.ends_with("SERVFAIL (EDE 6, DNSSEC Bogus)"), "{reason}");
    }
}

#[test]
fn the_ad_bit_of_a_real_server_is_believed_where_it_is_trusted() {
    let Some([_knot, unbound]) = validating() else { return };
    let trusting = Options { trust_ad: true, ..unbound.options() };
    for (name, outcome) in [("nobody.example", Some(Outcome::NxDomain)), ("whole.example", None)] {
        let answer = ask(trusting.clone(), name);
        assert!(
            answer.is_authentic() && outcome.is_none_or(|outcome| *answer.outcome() == outcome),
            "{answer:?}"
        );
        assert!(!ask(unbound.options(), name).is_authentic());
    }
    assert!(!ask(trusting, "mail.example").is_authentic());
}

/// Knot DNS with one zone, which it signs; and the zone as signed.
fn knot_signing(origin: &str, zone: &str) -> Option<(RealServer, String)> {
    let server = RealServer::start(&["knotd", "/usr/sbin/knotd"], origin, |folder, port| {
        let here = folder.display();
        std::fs::write(folder.join("zone"), zone).unwrap();
        let text = format!(
            "server:\n  rundir: {here}\n  listen: 127.0.0.1@{port}\ndatabase:\n  storage: {here}\n\
             log:\n - target: {here}/log\n   any: error\npolicy:\n - id: one-key\n   single-type-signing: on\n\
             zone:\n - domain: {origin}.\n   file: {here}/zone\n   zonefile-sync: 0\n   journal-content: none\n   \
             dnssec-signing: on\n   dnssec-policy: one-key\n"
        );
        (text, vec!["-c".into()])
    })?;
    // It writes the file when it has signed it.
    let signed = (0..ROUNDS).find_map(|_| {
        std::thread::sleep(ROUND);
        std::fs::read_to_string(server.folder.join("zone")).ok().filter(|zone| zone.contains("RRSIG"))
    });
    let signed = signed.expect("knot signs the zone");
    Some((server, signed))
}
