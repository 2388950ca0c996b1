//! The same edits carried out by a milter's MTA and by us give the same message.

use mailproof::authres::Strip;
use mailproof::edits::{HeaderEdit, apply, removals};
use mailproof::message::Message;
use proptest::prelude::*;

/// An MTA as a milter sees it: a list of names and values, which holds no line that is no field.
struct Mta(Vec<(String, Vec<u8>)>);

impl Mta {
    fn new(raw: &[u8]) -> Self {
        let headers = Message::parse(raw).unwrap().headers;
        let field = |field: &mailproof::message::Field<'_>| {
            (String::from_utf8(field.name().to_vec()).unwrap(), field.value().to_vec())
        };
        Self(headers.iter().map(field).collect())
    }

    /// `SMFIR_CHGHEADER`: the field of this name and index, from 1; an empty value deletes it.
    fn change(&mut self, name: &str, index: usize, value: &[u8]) {
        let mut named = self.0.iter().enumerate().filter(|(_, (known, _))| known.eq_ignore_ascii_case(name));
        let at = named.nth(index - 1).expect("a field of this index").0;
        if value.is_empty() {
            self.0.remove(at);
        } else {
            self.0[at].1 = value.to_vec();
        }
    }

    /// `SMFIR_INSHEADER`.
    fn insert(&mut self, index: usize, name: &str, value: &[u8]) {
        self.0.insert(index.min(self.0.len()), (name.to_owned(), value.to_vec()));
    }

    fn carry_out(&mut self, edits: &[HeaderEdit]) {
        for edit in edits {
            match edit {
                HeaderEdit::Delete { name, index, .. } => self.change(name, *index, b""),
                HeaderEdit::Change { name, index, value, .. } => self.change(name, *index, value),
                HeaderEdit::Insert { position, name, value } => self.insert(*position, name, value),
                _ => panic!("an edit that no milter knows: {edit:?}"),
            }
        }
    }
}

fn field() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "Authentication-Results: mx.example.org; none",
        "authentication-results: \"MX.example.org\" (c); spf=pass",
        "Authentication-Results: foreign.example; none",
        "AUTHENTICATION-RESULTS: foreign.example 2; none",
        "Authentication-Results:",
        "Received-SPF: pass",
        "received-spf: fail",
        "Subject: a\r\n b",
        "Subject: a\nAuthentication-Results: mx.example.org; none",
        "subject: a\rReceived-SPF: pass",
        "X: y",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_milter_and_the_octets_come_to_the_same(
        fields in prop::collection::vec(field(), 1..16), spf in any::<bool>(), all in any::<bool>(), inserts in 0..3_usize,
        foreign in any::<bool>(),
    ) {
        let raw = format!("{}\r\n\r\nbody\nAuthentication-Results: mx.example.org; none\r\n", fields.join("\r\n"));
        let raw = raw.as_bytes();
        let mut strip = Strip::new(["mx.example.org"]);
        if spf { strip = strip.received_spf(); }
        if all { strip = strip.all(); }
        if foreign { strip = strip.admit_only(["other.example"]); }
        let mut edits = removals(&Message::parse(raw).unwrap().headers, &strip);
        for number in 0..inserts {
            edits.push(HeaderEdit::insert("Authentication-Results", format!(" n{number}.example; none")).unwrap());
        }
        let mut mta = Mta::new(raw);
        mta.carry_out(&edits);
        let edited = apply(&edits, raw);
        let after = Message::parse(&edited);
        let seen = after.iter().flat_map(|message| message.headers.iter());
        let seen: Vec<_> = seen.map(|field| (field.name().to_vec(), field.value().to_vec())).collect();
        let told: Vec<_> = mta.0.iter().map(|(name, value)| (name.clone().into_bytes(), value.clone())).collect();
        prop_assert_eq!(seen, told);
        prop_assert!(edited.ends_with(b"\r\nbody\nAuthentication-Results: mx.example.org; none\r\n"));
        // Positions fall until the insertions come.
        let positions: Vec<_> = edits.iter().filter_map(|edit| match edit {
            HeaderEdit::Delete { position, .. } | HeaderEdit::Change { position, .. } => Some(*position),
            _ => None,
        }).collect();
        prop_assert!(positions.is_sorted_by(|above, below| above > below));
        // Nothing is left that would have to go but what was put in.
        if let Ok(message) = after {
            prop_assert!(strip.find(&message.headers).iter().all(|left| left.position < inserts));
        }
    }
}
