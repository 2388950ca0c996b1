//! A whole message: SPF, DKIM and DMARC as one evaluation.

use mailproof::dns::{Answer, Failure, Kind, Known, Question, Resolver, Zone};
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation, Inspection, Report, Step};
use std::cell::RefCell;
use std::collections::HashMap;

pub(crate) const MAIL: &[u8] = include_bytes!("../../examples/mail/newsletter.eml");
pub(crate) const NOW: u64 = 1_795_162_000;

pub(crate) fn zone() -> Zone {
    Zone::from_json(include_str!("../../examples/mail/newsletter.zone.json")).unwrap()
}

/// The example's zone with some names answering otherwise.
pub(crate) fn zone_with(changes: &str) -> Zone {
    let mut names: serde_json::Value =
        serde_json::from_str(include_str!("../../examples/mail/newsletter.zone.json")).unwrap();
    let changes: serde_json::Value = serde_json::from_str(changes).unwrap();
    for (name, content) in changes.as_object().unwrap() {
        names[name] = content.clone();
    }
    Zone::from_json_value(&names).unwrap()
}

pub(crate) fn connection() -> Connection {
    Connection::new([192, 0, 2, 25].into(), "mail.example.com", "kitchen@example.com").at(NOW)
}

fn inspect(mail: &[u8], connection: Connection) -> Inspection {
    Authenticator::new("mx.example.org").check(&Message::parse(mail).unwrap(), connection)
}

fn check(mail: &[u8], connection: Connection, zone: &Zone) -> Report {
    inspect(mail, connection).run_blocking(zone)
}

fn words(report: &Report) -> Vec<&str> {
    let spf = [&report.helo, &report.mail_from].into_iter().flatten().map(|verdict| verdict.outcome.word());
    let dkim = report.dkim.iter().map(|verdict| verdict.outcome.word());
    spf.chain(dkim).chain([report.dmarc.outcome.word()]).collect()
}

/// A resolver that waits for nothing and knows nothing beforehand, and counts.
struct Counting {
    zone: Zone,
    asked: std::sync::Mutex<Vec<Question>>,
}

impl Resolver for Counting {
    async fn resolve(&self, question: &Question) -> Answer {
        self.asked.lock().unwrap().push(question.clone());
        self.zone.lookup(question)
    }
}

#[test]
fn honest_mail_passes_everywhere() {
    let report = check(MAIL, connection(), &zone());
    assert_eq!(words(&report), ["pass", "pass", "pass", "pass", "pass"]);
    assert!(report.dmarc.spf_aligned && report.dmarc.dkim_aligned);
    assert_eq!(
        report
            .auth_results()
            .to_string()
            .split("; ")
            .skip(1)
            .map(|part| part.split(' ').next().unwrap())
            .collect::<Vec<_>>(),
        ["spf=pass", "spf=pass", "dkim=pass", "dkim=pass", "dmarc=pass", "iprev=pass"]
    );
}

#[test]
fn forged_mail_fails() {
    let forged = b"From: kitchen@example.com\r\n\r\nSend money.\r\n";
    let connection = Connection::new([203, 0, 113, 9].into(), "bad.example.net", "x@bad.example.net").at(NOW);
    let report = check(forged, connection, &zone());
    assert_eq!(words(&report), ["none", "none", "fail"]);
    assert_eq!(report.dmarc.disposition.word(), "reject");
}

#[test]
fn a_changed_body_fails_dkim_and_leaves_spf_to_pass_dmarc() {
    let mail = String::from_utf8(MAIL.to_vec()).unwrap().replace("no kneading", "much kneading");
    let report = check(mail.as_bytes(), connection(), &zone());
    assert_eq!(words(&report), ["pass", "pass", "fail", "fail", "pass"]);
    assert!(report.dmarc.spf_aligned && !report.dmarc.dkim_aligned);
}

#[test]
fn a_lone_line_feed_in_the_body_is_content() {
    let at = MAIL.windows(2).rposition(|pair| pair == b"\r\n").unwrap();
    let mut mail = MAIL.to_vec();
    mail.remove(at);
    let report = check(&mail, connection(), &zone());
    assert_eq!(report.dkim[0].outcome.word(), "fail");
}

#[test]
fn a_dns_failure_is_a_temporary_error_that_says_where() {
    let elsewhere = Connection::new([203, 0, 113, 9].into(), "relay.example.net", "list@example.net").at(NOW);
    // The keys cannot be had, and SPF cannot help: it could pass later.
    let zone = zone_with(
        r#"{"2026a._domainkey.example.com": "SERVFAIL", "2026e._domainkey.example.com": {"TXT": "TIMEOUT"}}"#,
    );
    let report = check(MAIL, elsewhere, &zone);
    assert_eq!(words(&report), ["none", "none", "temperror", "temperror", "temperror"]);
    assert_eq!(report.dmarc.disposition.word(), "none");
    let text = report.auth_results().to_string();
    assert!(text.contains("2026a._domainkey.example.com TXT: SERVFAIL"), "{text}");
    assert!(text.contains("2026e._domainkey.example.com TXT: timeout"), "{text}");

    // The policy cannot be had: neither none nor fail.
    let report = check(MAIL, connection(), &zone_with(r#"{"_dmarc.example.com": "REFUSED"}"#));
    assert_eq!(report.dmarc.outcome.word(), "temperror");
    assert!(report.dmarc.reason().contains("_dmarc.example.com TXT: REFUSED"), "{}", report.dmarc.reason());
}

#[test]
fn a_failed_key_of_somebody_else_makes_nothing_temporary() {
    let mail = [&b"DKIM-Signature: v=1; a=rsa-sha256; d=list.example.net; s=s; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"[..], b"From: kitchen@example.com\r\n\r\nhi\r\n"].concat();
    let elsewhere = Connection::new([203, 0, 113, 9].into(), "relay.example.net", "list@example.net").at(NOW);
    let zone = zone_with(r#"{"s._domainkey.list.example.net": "SERVFAIL"}"#);
    let report = check(&mail, elsewhere, &zone);
    assert_eq!(words(&report), ["none", "none", "temperror", "fail"]);
}

#[test]
fn a_bounce_is_judged_by_its_helo_name_once() {
    let bounce = Connection::new([192, 0, 2, 25].into(), "mail.example.com", "").at(NOW);
    let report = check(b"From: mailer-daemon@mail.example.com\r\n\r\n", bounce, &zone());
    assert_eq!(words(&report), ["pass", "pass", "pass"]);
    let text = report.auth_results().to_string();
    assert_eq!(text.matches("spf=").count(), 1, "{text}");
    assert!(text.contains("smtp.helo=mail.example.com") && !text.contains("smtp.mailfrom"), "{text}");
}

#[test]
fn helo_and_mail_from_are_two_verdicts() {
    let connection =
        Connection::new([192, 0, 2, 25].into(), "nobody.example.net", "kitchen@example.com").at(NOW);
    let report = check(MAIL, connection, &zone());
    assert_eq!(report.helo.as_ref().unwrap().outcome.word(), "none");
    assert_eq!(report.mail_from.as_ref().unwrap().outcome.word(), "pass");
}

#[test]
fn a_passing_helo_does_not_align_for_a_mail_from_of_somebody_else() {
    let connection = Connection::new([192, 0, 2, 25].into(), "mail.example.com", "x@example.net").at(NOW);
    let report = check(b"From: kitchen@example.com\r\n\r\n", connection, &zone());
    assert_eq!(words(&report), ["pass", "none", "fail"]);
}

#[test]
fn without_an_address_spf_is_left_out() {
    let report = check(MAIL, Connection::unknown().at(NOW), &zone());
    assert_eq!((report.helo.is_none(), report.mail_from.is_none()), (true, true));
    assert_eq!(words(&report), ["pass", "pass", "pass"]);
}

#[test]
fn a_message_without_one_author_is_a_permanent_error() {
    for from in ["", "From: a@example.com\r\nFrom: b@example.net\r\n", "From: undisclosed:;\r\n"] {
        let mail = format!("{from}Subject: x\r\n\r\n");
        let report = check(mail.as_bytes(), connection(), &zone());
        assert_eq!(report.dmarc.outcome.word(), "permerror", "{from:?}");
        assert!(report.auth_results().to_string().contains("dmarc=permerror reason="), "{from:?}");
    }
}

#[test]
fn questions_overlap() {
    let resolver = Counting { zone: zone(), asked: Default::default() };
    let mut inspection = inspect(MAIL, connection());
    // The first round asks both SPF records, both keys and the DMARC record.
    let Step::Ask(open) = inspection.step(&()) else { panic!("nothing was asked") };
    let kinds: Vec<_> = open.iter().map(|question| (question.name.to_string(), question.kind)).collect();
    for name in [
        "mail.example.com",
        "example.com",
        "2026a._domainkey.example.com",
        "2026e._domainkey.example.com",
        "_dmarc.example.com",
    ] {
        assert!(kinds.contains(&(name.to_owned(), Kind::Txt)), "{name}: {kinds:?}");
    }
    let report = futures_executor(inspection.run(&resolver));
    assert_eq!(report, check(MAIL, connection(), &zone()));
    // example.com TXT, MX, then the address: the longest chain; everything else runs beside it.
    assert_eq!(report.dns.rounds, 3);
    assert_eq!(report.dns.questions, resolver.asked.lock().unwrap().len());
}

#[test]
fn one_question_has_one_answer_for_the_whole_message() {
    /// Tells another answer each time.
    struct Fickle(RefCell<HashMap<Question, u32>>, Zone);
    impl Known for Fickle {
        fn recall(&self, question: &Question) -> Option<Answer> {
            let mut told = self.0.borrow_mut();
            let times = told.entry(question.clone()).or_insert(0);
            *times += 1;
            let first = *times == 1;
            Some(if first { self.1.lookup(question) } else { Answer::failed(Failure::Servfail) })
        }
    }
    // The reverse-path is null, so HELO and MAIL FROM ask the same questions.
    let bounce = Connection::new([192, 0, 2, 25].into(), "mail.example.com", "").at(NOW);
    let known = Fickle(RefCell::default(), zone());
    let Step::Done(report) = inspect(b"From: m@mail.example.com\r\n\r\n", bounce).step(&known) else {
        panic!("all was known")
    };
    assert_eq!(words(&report), ["pass", "pass", "pass"]);
    assert!(known.0.borrow().values().all(|times| *times == 1), "{:?}", known.0);
}

#[test]
fn an_answer_that_was_not_asked_for_changes_nothing() {
    let mut inspection = inspect(MAIL, connection());
    let poison = Question::new("25.2.0.192.in-addr.arpa".parse().unwrap(), Kind::Ptr);
    inspection.answer(poison, Answer::failed(Failure::Servfail));
    let early = Question::new("mail.example.com".parse().unwrap(), Kind::A);
    inspection.answer(early, Answer::failed(Failure::Servfail));
    assert_eq!(inspection.run_blocking(&zone()), check(MAIL, connection(), &zone()));
}

#[test]
fn a_flood_of_signatures_does_not_flood_the_field() {
    let flood = "DKIM-Signature: v=2\r\n".repeat(1000);
    let report = check(&[flood.as_bytes(), MAIL].concat(), connection(), &zone());
    assert_eq!(report.dkim.len(), 1002);
    let text = report.auth_results().to_string();
    assert_eq!(text.matches("dkim=pass").count(), 2, "{text}");
    assert_eq!(text.matches("dkim=").count(), 23, "{text}");
    assert!(
        text.contains("dkim=neutral reason=\"980 more signatures, none of which passed, are not listed\""),
        "{text}"
    );
}

#[test]
fn the_organizational_domain_is_named_and_its_failure_changes_nothing() {
    let mail = b"From: a@news.example.com\r\n\r\n";
    let own = r#"{"_dmarc.news.example.com": {"TXT": ["v=DMARC1; p=quarantine"]}, "_dmarc.com": "SERVFAIL"}"#;
    let report = check(mail, connection(), &zone_with(own));
    // SPF passes for example.com, which only the walk can align.
    assert_eq!(report.dmarc.outcome.word(), "pass");
    let strict = r#"{"_dmarc.news.example.com": {"TXT": ["v=DMARC1; p=quarantine; aspf=s"]}}"#;
    let report = check(mail, connection(), &zone_with(strict));
    assert_eq!(report.dmarc.outcome.word(), "fail");
    assert_eq!(report.dmarc.organizational_domain.unwrap().as_str(), "example.com");
    let strict = r#"{"_dmarc.news.example.com": {"TXT": ["v=DMARC1; p=quarantine; aspf=s"]}, "_dmarc.com": "SERVFAIL"}"#;
    let report = check(mail, connection(), &zone_with(strict));
    assert_eq!((report.dmarc.outcome.word(), report.dmarc.organizational_domain), ("fail", None));
}

/// Runs a future that never waits for anything but itself.
fn futures_executor<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
