//! SPF, DMARC, and everything about one message.

use crate::case::{Case, LIMIT, OURS, THEIRS, kept};
use crate::made::{DOMAIN, Key};
use crate::world::{NOW, World};
use crate::{dkim, foreign, limits};
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{AuthenticatedMessage, AuthenticationResults, DmarcResult};
use mailproof::dmarc::{self, Evidence, Settings};
use mailproof::message::Message;
use mailproof::spf::{self, Request};
use mailproof::{Authenticator, Connection, Name};
use std::net::IpAddr;

const RECEIVER: &str = "mx.example.org";
const HELO: &str = "mail.example.com";
const SENDER: &str = "kitchen@example.com";

/// One policy, and one that leads over four others to the network of the client, which is the last of them.
const TRIVIAL: [(&str, &str); 1] = [("example.com", "v=spf1 ip4:192.0.2.0/24 -all")];
const CHAIN: [(&str, &str); 5] = [
    ("example.com", "v=spf1 include:_spf.esp.example.net -all"),
    (
        "_spf.esp.example.net",
        "v=spf1 include:a.esp.example.net include:b.esp.example.net include:c.esp.example.net ~all",
    ),
    (
        "a.esp.example.net",
        "v=spf1 ip4:35.190.247.0/24 ip4:64.233.160.0/19 ip4:66.102.0.0/20 ip4:66.249.80.0/20 ip4:72.14.192.0/18 \
         ip4:74.125.0.0/16 ip4:108.177.8.0/21 ip4:173.194.0.0/16 ip4:209.85.128.0/17 ip4:216.58.192.0/19 \
         ip4:216.239.32.0/19 ip4:198.51.100.0/25 ~all",
    ),
    (
        "b.esp.example.net",
        "v=spf1 ip6:2001:4860:4000::/36 ip6:2404:6800:4000::/36 ip6:2607:f8b0:4000::/36 ip6:2800:3f0:4000::/36 \
         ip6:2a00:1450:4000::/36 ip6:2c0f:fb50:4000::/36 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 \
         ip4:52.102.0.0/16 ip4:52.103.0.0/17 ip4:104.47.0.0/17 ~all",
    ),
    (
        "c.esp.example.net",
        "v=spf1 ip4:172.217.0.0/19 ip4:172.217.32.0/20 ip4:172.217.128.0/19 ip4:172.217.160.0/20 ip4:172.217.192.0/19 \
         ip4:172.253.56.0/21 ip4:172.253.112.0/20 ip4:108.177.96.0/19 ip4:35.191.0.0/16 ip4:130.211.0.0/22 \
         ip4:167.89.0.0/17 ip4:208.117.48.0/20 ip4:192.0.2.0/24 ~all",
    ),
];
const DMARC: (&str, &str) =
    ("_dmarc.example.com", "v=DMARC1; p=reject; sp=quarantine; rua=mailto:dmarc@example.com");

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        spf("trivial", World::new(TRIVIAL), client(), HELO, SENDER, "pass"),
        spf("include chain", World::new(CHAIN), client(), HELO, SENDER, "pass"),
    ];
    let world = World::foreign();
    for row in foreign::table("spf_cases.tsv") {
        let row: &'static [String] = kept(row);
        cases.push(spf(&row[0], world, row[1].parse().unwrap(), &row[3], &row[2], &row[4]));
    }
    cases.push(dmarc());
    cases.extend(Key::ALL.map(report));
    cases
}

fn client() -> IpAddr {
    IpAddr::from([192, 0, 2, 25])
}

fn spf(
    name: &str,
    world: &'static World,
    ip: IpAddr,
    helo: &'static str,
    sender: &'static str,
    expected: &str,
) -> Case {
    let ours = move || world.done(spf::check(Request::mail_from(ip, helo, sender))).outcome;
    let theirs = move || world.peer.spf(SpfParameters::mail_from(ip, helo, RECEIVER, sender)).result();
    let (outcome, result) = (ours().word().to_owned(), theirs().to_string());
    assert_eq!(outcome, expected, "{name}");
    // Said where it differs: what is cheaper because it is wrong is not faster.
    let note = if result == expected { String::new() } else { format!("says {result}") };
    Case::new("spf", name, 0).side(OURS, ours).noted(THEIRS, theirs, note)
}

fn dmarc() -> Case {
    let key = Key::Ed25519;
    let raw: &[u8] = kept(dkim::signed(key, 100));
    let (selector, record) = key.record();
    let world = World::new([DMARC, TRIVIAL[0], (&selector, &record)]);
    let domain = Name::parse(DOMAIN).unwrap();
    let ours = move || {
        let evidence = Evidence { dkim: vec![domain.clone()], ..Evidence::default() };
        world.done(dmarc::check(domain.clone(), evidence, &Settings::default()))
    };
    let message = kept(AuthenticatedMessage::parse(raw).unwrap());
    let spf = kept(world.peer.spf(SpfParameters::mail_from(client(), HELO, RECEIVER, SENDER)));
    let signatures = kept(world.peer.dkim(message));
    let theirs = move || world.peer.dmarc(message, signatures, DOMAIN, spf);
    assert_eq!(ours().outcome, dmarc::Outcome::Pass);
    assert_eq!(*theirs().dkim_result(), DmarcResult::Pass);
    Case::new("dmarc", "aligned DKIM", 0).side(OURS, ours).side(THEIRS, theirs)
}

/// A whole message: SPF of both identities, DKIM, DMARC, and the field that says so.
fn report(key: Key) -> Case {
    let raw: &[u8] = kept(dkim::signed(key, 5 << 10));
    let (selector, record) = key.record();
    let world = World::new([TRIVIAL[0], (HELO, "v=spf1 ip4:192.0.2.25 -all"), DMARC, (&selector, &record)]);
    let mut authenticator = Authenticator::new(RECEIVER);
    // The other one looks for no reverse name here.
    authenticator.iprev = false;
    let ours = move || {
        let message = Message::parse(raw).unwrap();
        let connection = Connection::new(client(), HELO, SENDER).at(NOW);
        world.done(authenticator.check(&message, connection)).auth_results().field()
    };
    let peer = &world.peer;
    let theirs = move || {
        let message = AuthenticatedMessage::parse(raw).unwrap();
        let helo = SpfParameters::helo(client(), HELO, RECEIVER);
        let mail_from = SpfParameters::mail_from(client(), HELO, RECEIVER, SENDER);
        let (helo_output, spf_output) = (peer.spf(helo), peer.spf(mail_from));
        let signatures = peer.dkim(&message);
        let dmarc = peer.dmarc(&message, &signatures, DOMAIN, &spf_output);
        AuthenticationResults::new(RECEIVER)
            .with_spf_result(&helo_output, &helo)
            .with_spf_result(&spf_output, &mail_from)
            .with_dkim_results(&signatures, message.first_from_address())
            .with_dmarc_result(&dmarc)
            .to_string()
    };
    for field in [ours(), theirs()] {
        assert_eq!(field.matches("=pass").count(), 4, "{field}");
    }
    let body = Message::parse(raw).unwrap().body;
    Case::new("report", format!("5k {}", key.selector()), raw.len())
        .side(LIMIT, limits::verifying(key, body))
        .side(OURS, ours)
        .side(THEIRS, theirs)
}
