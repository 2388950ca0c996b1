//! A message in pieces gives the report of the whole; answers in any order give the same.

use super::authenticator::{MAIL, NOW, connection, zone};
use mailproof::dkim::Appetite;
use mailproof::dns::blocking;
use mailproof::message::{MalformedMessage, Message};
use mailproof::{Authenticator, Connection, Evaluation, Inspection, Report, Session, Step};
use proptest::prelude::*;

fn authenticator() -> Authenticator {
    Authenticator::new("mx.example.org")
}

fn whole(mail: &[u8]) -> Result<Report, MalformedMessage> {
    let message = Message::parse(mail)?;
    Ok(authenticator().check(&message, connection()).run_blocking(&zone()))
}

fn fed(mail: &[u8], cuts: &[usize]) -> Result<Report, MalformedMessage> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (mail.len() + 1)).collect();
    cuts.push(0);
    cuts.push(mail.len());
    cuts.sort_unstable();
    let mut session = authenticator().session(connection());
    for piece in cuts.windows(2) {
        let _ = session.feed(&mail[piece[0]..piece[1]])?;
    }
    Ok(session.finish()?.run_blocking(&zone()))
}

/// Answers one open question at a time, chosen by `choices`.
pub(crate) fn answered_in_order(
    mut inspection: Inspection,
    resolver: &impl blocking::Resolver,
    choices: &[usize],
) -> Report {
    for turn in 0.. {
        let open = match inspection.step(&()) {
            Step::Done(report) => return report,
            Step::Ask(open) => open,
        };
        assert!(!open.is_empty() && turn < 1000);
        let question = open[choices.get(turn).copied().unwrap_or_default() % open.len()].clone();
        let answer = resolver.resolve(&question);
        inspection.answer(question, answer);
    }
    unreachable!()
}

/// Mail that is made of what breaks parsers, with a signature now and then.
fn mails() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"\r\n"[..], b"\n", b"\r", b" ", b"\t", b":", b"From: a@example.com\r\n", b"From", b"a", b"\r\n\r\n", b"\0", b"\xff",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=2026a; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n",
    ]);
    let odd = prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat());
    prop_oneof![odd.clone(), odd.prop_map(|tail| [MAIL, &tail].concat()), Just(MAIL.to_vec())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_gives_the_report_of_the_whole(mail in mails(), cuts in prop::collection::vec(any::<usize>(), 0..8)) {
        prop_assert_eq!(fed(&mail, &cuts), whole(&mail));
    }

    #[test]
    fn any_order_of_answers_gives_the_same_report(choices in prop::collection::vec(any::<usize>(), 0..24)) {
        let message = Message::parse(MAIL).unwrap();
        let inspection = authenticator().check(&message, connection());
        prop_assert_eq!(answered_in_order(inspection, &zone(), &choices), whole(MAIL).unwrap());
    }
}

/// Feeds the example mail the way a milter does.
fn field_by_field(session: &mut Session) {
    for field in Message::parse(MAIL).unwrap().headers.iter() {
        session.header(field.name(), field.value()).unwrap();
    }
    session.end_of_header().unwrap();
}

#[test]
fn fields_and_chunks_give_the_report_of_the_whole() {
    let mut session = authenticator().session(connection());
    field_by_field(&mut session);
    for chunk in Message::parse(MAIL).unwrap().body.chunks(3) {
        let _ = session.body(chunk).unwrap();
    }
    assert_eq!(session.finish().unwrap().run_blocking(&zone()), whole(MAIL).unwrap());
}

#[test]
fn keys_are_asked_for_while_the_body_arrives() {
    let mut session = authenticator().session(connection());
    assert!(session.advance(&()).is_empty());
    field_by_field(&mut session);
    let mut asked = 0;
    while let Some(question) = session.advance(&()).first().cloned() {
        session.answer(question.clone(), zone().lookup(&question));
        asked += 1;
    }
    let _ = session.body(Message::parse(MAIL).unwrap().body).unwrap();
    let Step::Done(report) = session.finish().unwrap().step(&()) else { panic!("all was told") };
    assert_eq!(report, whole(MAIL).unwrap());
    assert_eq!(asked, report.dns.questions);
}

#[test]
fn a_message_that_no_signature_covers_needs_no_body() {
    let mut session = authenticator().session(Connection::unknown().at(NOW));
    session.header(b"From", b" a@example.com").unwrap();
    session.end_of_header().unwrap();
    assert_eq!(session.body(b"hello"), Ok(Appetite::Full));
}

#[test]
fn no_header_is_no_message() {
    let session = || authenticator().session(connection());
    assert_eq!(session().finish().unwrap_err(), MalformedMessage::Empty);
    assert_eq!(session().end_of_header(), Err(MalformedMessage::Empty));
    let mut headless = session();
    assert_eq!(headless.feed(b"\r\nbody"), Err(MalformedMessage::NoHeader));
    assert_eq!(headless.finish().unwrap_err(), MalformedMessage::NoHeader);
    let mut endless = session();
    let line = [b'x'; 1 << 20];
    let error = (0..20).find_map(|_| endless.feed(&line).err()).unwrap();
    assert!(matches!(error, MalformedMessage::HeaderTooLong { .. }));
}

#[test]
fn a_field_that_smuggles_another_is_refused() {
    for (name, value) in [
        ("Subject", " x\r\nFrom: b@example.net"),
        ("Subject", " x\r\n\r\nbody"),
        ("Subject", " x\r\n"),
        ("A: 1\r\nB", ""),
        ("A: b", ""),
    ] {
        let mut session = authenticator().session(connection());
        assert_eq!(
            session.header(name.as_bytes(), value.as_bytes()),
            Err(MalformedMessage::Field),
            "{name:?}"
        );
        assert_eq!(session.finish().unwrap_err(), MalformedMessage::Field);
    }
    let mut folded = authenticator().session(connection());
    assert_eq!(folded.header(b"Subject", b" x\r\n\ty\nz\r"), Ok(()));
}
