//! Whatever is published or said, nothing panics; however the answers arrive, the verdict is one.

use super::spf_run::run;
use mailproof::dns::{Answer, Details, Failure, Kind, Known, Mx, Question, Records, Rrset, Txt, Zone};
use mailproof::spf::{self, MalformedRecord, Record, Request, Verdict};
use mailproof::{Evaluation, Name, Step};
use proptest::prelude::*;
use std::cell::Cell;
use std::time::Duration;

const NAMES: [&str; 6] = [
    "example.com",
    "a.example.com",
    "b.example.com",
    "c.example.net",
    "1.2.0.192.in-addr.arpa",
    "jane.example.com",
];

fn macro_text() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "%{d}",
        "%{l}.example.com",
        "%{ir}.%{v}.example.com",
        "%{p}",
        "%{h}",
        "%{S2r-}.a.example.com",
        "%{d2}",
        "a.example.com",
        "b.example.com",
        "c.example.net",
        "example.com",
        "%{o}",
        "x..example.com",
    ])
    .prop_map(str::to_owned)
}

fn term() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "a",
            "mx",
            "ptr",
            "all",
            "a/24//64",
            "mx//0",
            "ip4:192.0.2.0/24",
            "ip6:2001:db8::/32"
        ])
        .prop_map(str::to_owned),
        (
            prop::sample::select(vec![
                "a:",
                "mx:",
                "ptr:",
                "exists:",
                "include:",
                "include:",
                "redirect=",
                "exp="
            ]),
            macro_text()
        )
            .prop_map(|(name, target)| format!("{name}{target}")),
        "[ -~]{0,12}",
    ]
}

fn record() -> impl Strategy<Value = String> {
    (prop::sample::select(vec!["", "-", "~", "?"]), prop::collection::vec(term(), 0..8))
        .prop_map(|(qualifier, terms)| format!("v=spf1 {qualifier}{}", terms.join(" ")))
}

/// What stands at a name: a failure, or some records of every kind.
fn rrsets() -> impl Strategy<Value = Vec<(Kind, Rrset)>> {
    let name = || prop::sample::select(NAMES.to_vec()).prop_map(|name| name.parse::<Name>().unwrap());
    let rrset = prop_oneof![
        2 => prop::collection::vec(record(), 1..2).prop_map(|texts| Records::Txt(texts.iter().map(|text| Txt::new([text])).collect())),
        1 => any::<bool>().prop_map(|is_client| Records::A(vec![[192, 0, 2, if is_client { 1 } else { 9 }].into()])),
        1 => prop::collection::vec(name(), 1..13).prop_map(|names| Records::Mx(names.into_iter().map(|exchange| Mx { preference: 1, exchange }).collect())),
        1 => prop::collection::vec(name(), 1..13).prop_map(Records::Ptr),
    ]
    .prop_map(|records| (records.kind(), Rrset::Found(records)));
    let failure = (
        prop::sample::select(Kind::ALL.to_vec()),
        prop::sample::select(vec![Failure::Servfail, Failure::Budget]),
    )
        .prop_map(|(kind, failure)| (kind, Rrset::Failed(failure)));
    prop::collection::vec(prop_oneof![6 => rrset, 1 => failure], 0..4)
}

/// The same records in another order.
fn turned(rrset: &Rrset) -> Rrset {
    fn turn<T: Clone>(records: &[T]) -> Vec<T> {
        records.iter().rev().cloned().collect()
    }
    match rrset {
        Rrset::Found(Records::A(records)) => Rrset::Found(Records::A(turn(records))),
        Rrset::Found(Records::Mx(records)) => Rrset::Found(Records::Mx(turn(records))),
        Rrset::Found(Records::Ptr(records)) => Rrset::Found(Records::Ptr(turn(records))),
        Rrset::Found(Records::Txt(records)) => Rrset::Found(Records::Txt(turn(records))),
        other => other.clone(),
    }
}

/// Two zones that differ in the order of the records only. Every name has its own TTL.
fn zones_turned() -> impl Strategy<Value = (Zone, Zone)> {
    let name = || prop::sample::select(NAMES.to_vec()).prop_map(|name| name.parse::<Name>().unwrap());
    let rrset = prop_oneof![
        prop::collection::vec(record(), 1..3)
            .prop_map(|texts| Records::Txt(texts.iter().map(|text| Txt::new([text])).collect())),
        prop::collection::vec(0_u8..4, 1..4)
            .prop_map(|last| Records::A(last.into_iter().map(|last| [192, 0, 2, last].into()).collect())),
        prop::collection::vec((0_u16..3, name()), 1..12).prop_map(|hosts| Records::Mx(
            hosts.into_iter().map(|(preference, exchange)| Mx { preference, exchange }).collect()
        )),
    ]
    .prop_map(|records| (records.kind(), Rrset::Found(records)));
    // RFC 7208 §4.6.4: of more than ten names of the client, which count depends on their order.
    let names = prop::collection::vec(name(), 1..=10).prop_map(Records::Ptr);
    let rest = prop::collection::vec(prop::collection::vec(rrset, 0..4), NAMES.len());
    (record(), names, rest).prop_map(|(first, names, content)| {
        let zone = |arrange: fn(&Rrset) -> Rrset| {
            let mut zone = Zone::new();
            for (seconds, (name, rrsets)) in (10..).zip(NAMES.iter().zip(&content)) {
                for (kind, rrset) in rrsets {
                    zone.insert_rrset(
                        name.parse().unwrap(),
                        *kind,
                        arrange(rrset),
                        Duration::from_secs(seconds),
                    );
                }
            }
            let reverse = Name::reverse([192, 0, 2, 1].into());
            zone.insert_rrset(
                reverse,
                Kind::Ptr,
                arrange(&Rrset::Found(names.clone())),
                Duration::from_secs(60),
            );
            let first = Records::Txt(vec![Txt::new([&first])]);
            zone.insert("example.com".parse().unwrap(), first, Duration::from_secs(60));
            zone
        };
        (zone(Rrset::clone), zone(turned))
    })
}

fn zone() -> impl Strategy<Value = Zone> {
    (record(), prop::collection::vec(rrsets(), NAMES.len())).prop_map(|(first, content)| {
        let mut zone = Zone::new();
        for ((name, rrsets), seconds) in NAMES.iter().zip(content).zip(50..) {
            for (kind, rrset) in rrsets {
                zone.insert_rrset(name.parse().unwrap(), kind, rrset, Duration::from_secs(seconds));
            }
        }
        zone.insert(
            "example.com".parse().unwrap(),
            Records::Txt(vec![Txt::new([first])]),
            Duration::from_secs(60),
        );
        zone
    })
}

/// A zone of which names of an even length are signed, and which can be told without waiting every so many times.
struct Partly<'a> {
    zone: &'a Zone,
    every: usize,
    asked: Cell<usize>,
}

impl Partly<'_> {
    fn lookup(&self, question: &Question) -> Answer {
        let answer = self.zone.lookup(question);
        let authentic = question.name.as_str().len().is_multiple_of(2);
        let details = Details { authentic, ..answer.details().clone() };
        Answer::with_details(answer.outcome().clone(), answer.ttl(), details)
    }
}

impl Known for Partly<'_> {
    fn recall(&self, question: &Question) -> Option<Answer> {
        self.asked.set(self.asked.get() + 1);
        self.asked.get().is_multiple_of(self.every).then(|| self.lookup(question))
    }
}

/// The verdict when each question is asked by itself, and some are known already; and what was asked.
fn one_at_a_time(zone: &Zone, request: Request, every: usize) -> (Verdict, Vec<Question>) {
    let known = Partly { zone, every, asked: Cell::default() };
    let mut check = spf::check(request);
    loop {
        match check.step(&known) {
            Step::Done(verdict) => {
                assert_eq!(check.step(&()), Step::Done(verdict.clone()), "it says something else again");
                return (verdict, asked(&check));
            }
            Step::Ask(open) => {
                assert_eq!(open.len(), 1);
                let stranger = Question::new("stranger.example".parse().unwrap(), Kind::A);
                check.answer(stranger.clone(), known.lookup(&stranger));
                for question in open {
                    let answer = known.lookup(&question);
                    check.answer(question, answer);
                }
                // One that goes on where another was.
                check = check.clone();
            }
        }
    }
}

fn asked(check: &spf::Check) -> Vec<Question> {
    check.facts().iter().map(|(question, _)| question.clone()).collect()
}

proptest! {
    #[test]
    fn any_octets_parse_or_say_where_they_do_not(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut record = b"v=spf1 ".to_vec();
        record.extend(text);
        if let Err(MalformedRecord { offset, .. }) = Record::parse(&record) {
            prop_assert!(offset <= record.len());
        }
    }

    #[test]
    fn what_parses_prints_and_parses_again(text in record()) {
        if let Ok(record) = Record::parse(&text) {
            let printed = record.to_string();
            let again = Record::parse(&printed).unwrap();
            prop_assert_eq!(&again, &record);
            prop_assert_eq!(again.to_string(), printed);
        }
    }

    #[test]
    fn the_way_of_the_answers_does_not_matter(
        zone in zone(),
        helo in prop::collection::vec(any::<u8>(), 0..20),
        local_part in "[ -~]{0,20}",
        mapped in any::<bool>(),
        recall_every in 2_usize..6,
    ) {
        let ip = if mapped { "::ffff:192.0.2.1" } else { "192.0.2.1" };
        let request = Request::mail_from(ip.parse().unwrap(), helo, format!("{local_part}@example.com"));
        let mut check = spf::check(request.clone());
        let all = Partly { zone: &zone, every: 1, asked: Cell::default() };
        let Step::Done(known) = check.step(&all) else { panic!("everything is known") };
        prop_assert_eq!(one_at_a_time(&zone, request.clone(), recall_every), (known.clone(), asked(&check)));
        prop_assert!(known.lookups <= 10 && known.void_lookups <= 3);
        prop_assert_eq!(spf::check(request.clone()).trace(&all).verdict, Some(known.clone()));
        let text = format!("{} {}", known.reason(), known.received_spf(&request).replace("\r\n ", " "));
        prop_assert!(text.bytes().all(|octet| octet == b' ' || octet.is_ascii_graphic()), "{:?}", text);
    }

    #[test]
    fn the_order_of_records_does_not_matter((zone, turned) in zones_turned()) {
        let request = Request::mail_from([192, 0, 2, 1].into(), "b.example.com", "jane@example.com");
        prop_assert_eq!(run(&zone, request.clone()), run(&turned, request));
    }

    #[test]
    fn any_identity_can_be_checked(helo in prop::collection::vec(any::<u8>(), 0..80), path in prop::collection::vec(any::<u8>(), 0..80)) {
        let ip = [192, 0, 2, 1].into();
        for request in [Request::helo(ip, helo.clone()), Request::mail_from(ip, helo, path)] {
            let verdict = run(&Zone::new(), request.clone());
            prop_assert_eq!(verdict.outcome.word(), "none");
            prop_assert!(verdict.received_spf(&request).starts_with("Received-SPF: none ("));
        }
    }
}
