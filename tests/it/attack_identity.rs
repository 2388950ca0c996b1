//! Mail that passes for somebody else's, as a whole: replayed, from a domain that looks like another, or with texts of its
//! own among the results.

use crate::authenticator::{MAIL, NOW, connection, zone, zone_with};
use mailproof::authres::AuthResults;
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation, Report};

fn check(mail: &[u8], connection: Connection) -> Report {
    Authenticator::new("mx.example.org")
        .check(&Message::parse(mail).unwrap(), connection)
        .run_blocking(&zone())
}

fn mail(from: &str) -> Vec<u8> {
    format!("From: {from}\r\nSubject: x\r\n\r\nbody\r\n").into_bytes()
}

/// The results as a reader of the field finds them.
fn read(report: &Report) -> AuthResults {
    let field = report.auth_results_field();
    let value = field.strip_prefix("Authentication-Results:").unwrap().trim_end_matches("\r\n");
    AuthResults::parse(value.as_bytes()).unwrap()
}

/// RFC 6376 §8.6: what is signed may be sent again, by anybody. It is told by SPF, which does not pass for the author.
#[test]
fn a_replayed_message_passes_dkim_and_shows_who_sends_it() {
    let replayed = Connection::new([203, 0, 113, 66].into(), "bulk.evil.example", "x@evil.example").at(NOW);
    let report = check(MAIL, replayed);
    assert!(report.dkim.iter().all(|verdict| verdict.outcome.is_pass()));
    assert_eq!(report.dmarc.outcome.word(), "pass");
    let aligned = report.dmarc.identifiers.iter().map(|identifier| identifier.domain.to_string());
    assert!(aligned.into_iter().all(|domain| domain == "example.com"));
    assert_ne!(report.mail_from.unwrap().outcome.word(), "pass");
}

/// What a replayer adds for its readers is seen, where the signer asked for that.
#[test]
fn a_replayed_message_takes_no_second_from_to_or_subject() {
    for added in ["Subject: You have won", "To: victim@example.org", "From: Bank <bank@bank.example>"] {
        let raw = [added.as_bytes(), b"\r\n", MAIL].concat();
        let report = check(&raw, connection());
        let is_signed = !added.starts_with("To") && !added.starts_with("Subject");
        let broken = report.dkim.iter().all(|verdict| verdict.outcome.word() == "fail");
        if is_signed {
            assert!(broken && report.dmarc.outcome.word() == "permerror", "{added}");
        } else {
            // This signer listed From twice, and these once: the lower field is the one signed.
            assert!(!broken, "{added}");
        }
    }
}

/// Our own signer leaves no room for any of them, and ends the time for replays where it is told to.
#[test]
fn what_we_sign_cannot_be_added_to_and_expires() {
    use mailproof::dkim::{Signer, SigningOptions};
    use mailproof::dns::{Records, Txt, Zone};

    let key = mailproof::SigningKey::from_der(include_bytes!("../data/keys/ed25519.pk8")).unwrap();
    let mut zone = Zone::new();
    let record = Records::Txt(vec![Txt::new([key.record()])]);
    zone.insert("sel._domainkey.example.com".parse().unwrap(), record, std::time::Duration::from_secs(60));
    let mut options = SigningOptions::default();
    options.expires_after = Some(3600);
    let signer = Signer::new("example.com", [("sel", key)], options).unwrap();
    let raw = mail("a@example.com");
    let field = signer.sign(&Message::parse(&raw).unwrap(), NOW).unwrap().to_string();
    let signed = [field.as_bytes(), &raw].concat();
    let outcome = |raw: &[u8], now| {
        let message = Message::parse(raw).unwrap();
        mailproof::dkim::verify(&message, &mailproof::dkim::Policy::default(), now)
            .run_blocking(&zone)
            .remove(0)
            .outcome
    };
    assert!(outcome(&signed, NOW + 3600).is_pass());
    assert_eq!(outcome(&signed, NOW + 3600 + 301).to_string(), "fail (signature expired)");
    for added in [
        "Subject: You have won",
        "To: victim@example.org",
        "From: b@bank.example",
        "Reply-To: evil@evil.example",
    ] {
        let raw = [added.as_bytes(), b"\r\n", &signed].concat();
        assert_eq!(outcome(&raw, NOW).to_string(), "fail (signature did not verify)", "{added}");
    }
}

/// The domain in the address is judged, whatever stands before it.
#[test]
fn a_display_name_or_group_that_names_a_bank_changes_nothing() {
    for from in [
        "\"security@bank.example\" <x@evil.example>",
        "\"security@bank.example <security@bank.example>\" <x@evil.example>",
        "security@bank.example <x@evil.example>",
        "=?utf-8?q?security=40bank=2Eexample?= <x@evil.example>",
        "bank.example: x@evil.example;",
        "(security@bank.example) x@evil.example",
        "\"security@bank.example\"@evil.example",
        "<@bank.example:x@evil.example>",
    ] {
        let report = check(&mail(from), connection());
        let author = report.dmarc.author_domain.as_ref().map(ToString::to_string);
        // An address as a name may be read as the address by others: then there is no author at all.
        assert!(author.is_none_or(|domain| domain == "evil.example"), "{from}");
        assert_ne!(report.dmarc.outcome.word(), "pass", "{from}");
        let results = read(&report);
        let told = results.entries().iter().find_map(|entry| entry.property("header", "from"));
        assert!(told.is_none_or(|domain| !domain.contains("bank")), "{from}: {told:?}");
    }
}

/// A domain that looks like another is another, and is told in ASCII, where it looks like nothing.
#[test]
fn a_homograph_is_told_in_a_labels() {
    for (domain, ascii) in [
        // Cyrillic letters, an accent that is hardly seen, a Greek omicron.
        ("ex\u{430}mple.com", "xn--exmple-4nf.com"),
        ("example\u{327}.com", "xn--exampl-9ua.com"),
        ("g\u{3bf}\u{3bf}gle.com", "xn--ggle-0nda.com"),
    ] {
        let report = check(&mail(&format!("a@{domain}")), connection());
        let author = report.dmarc.author_domain.as_ref().map(ToString::to_string);
        if domain.contains('\u{327}') {
            assert!(author.is_none_or(|author| author.starts_with("xn--")), "{domain}");
        } else {
            assert_eq!(author.as_deref(), Some(ascii));
        }
        assert!(report.auth_results_field().is_ascii());
        assert_ne!(report.dmarc.outcome.word(), "pass");
    }
    // What Unicode calls the same as ASCII is the same domain: nobody else can register it.
    let report = check(&mail("a@\u{ff45}xample.com"), connection());
    assert_eq!(report.dmarc.author_domain.unwrap().as_str(), "example.com");
}

/// Whatever local parts, domains, HELO names and selectors hold, a reader finds the results that there are, and no others.
#[test]
fn nothing_that_is_said_becomes_a_result() {
    for hostile in [
        "x; dkim=pass header.d=bank.example",
        "x\"; dkim=pass header.d=bank.example; x=\"",
        "\"; dkim=pass header.d=bank.example (\"",
        "a) dkim=pass header.d=bank.example (",
        "\\",
        "\"\\\"; dkim=pass header.d=bank.example; \\\"\"",
        "x\r\nAuthentication-Results: mx.example.org; dkim=pass header.d=bank.example",
        "x\nDKIM-Signature: x",
        "x\0; dmarc=pass",
        "\u{e9}\u{202e}; dkim=pass",
        "=?utf-8?q?=3B_dkim=3Dpass?=",
    ] {
        let client = [192, 0, 2, 99].into();
        let signature = format!(
            "DKIM-Signature: v=1; a=rsa-sha256; d=evil.example; i={hostile}@evil.example; s={hostile}; h=from; \
             bh=AAAA; b={hostile}\r\n"
        );
        let raw = [signature.as_bytes(), &mail(&format!("\"{hostile}\"@evil.example"))].concat();
        for sender in
            [format!("{hostile}@evil.example"), format!("\"{hostile}\"@{hostile}"), hostile.to_owned()]
        {
            let report = check(&raw, Connection::new(client, hostile, sender).at(NOW));
            let results = read(&report);
            let passes = results.entries().iter().filter(|entry| entry.result() == "pass").count();
            assert_eq!(passes, 0, "{}", report.auth_results_field());
            let methods = results.entries().iter().map(|entry| entry.method());
            assert!(
                methods.into_iter().all(|method| ["iprev", "spf", "dkim", "dmarc", "arc"].contains(&method))
            );
        }
    }
}

/// NUL and octets of no charset in a header section are octets: no part of it is left out for them.
#[test]
fn a_nul_hides_nothing_behind_it() {
    let raw = b"Subject: x\0\r\nFrom: a@example.com\r\n\r\nbody\r\n";
    assert_eq!(check(raw, connection()).dmarc.author_domain.unwrap().as_str(), "example.com");
    let raw = b"From: a@example.com\0@evil.example\r\n\r\nbody\r\n";
    assert_eq!(check(raw, connection()).dmarc.author_domain, None);
    let raw = b"Fr\0om: a@evil.example\r\nFrom: \xff\xfe <a@example.com>\r\n\r\nbody\r\n";
    assert_eq!(check(raw, connection()).dmarc.author_domain.unwrap().as_str(), "example.com");
    // A signed body goes on behind a NUL.
    let changed = [MAIL, b"\0added"].concat();
    assert!(check(&changed, connection()).dkim.iter().all(|verdict| verdict.outcome.word() == "fail"));
}

/// DNS that answers for everything says nothing for anybody.
#[test]
fn a_wildcard_in_dns_signs_for_nobody() {
    let zone = zone_with(r#"{ "*.evil.example": { "TXT": ["v=spf1 +all"], "A": ["127.0.0.2"] } }"#);
    let sender = Connection::new([203, 0, 113, 66].into(), "x.evil.example", "x@x.evil.example").at(NOW);
    let raw = mail("kitchen@example.com");
    let report = Authenticator::new("mx.example.org")
        .check(&Message::parse(&raw).unwrap(), sender)
        .run_blocking(&zone);
    assert_eq!(report.mail_from.as_ref().unwrap().outcome.word(), "pass");
    assert_eq!(report.dmarc.outcome.word(), "fail");
}
