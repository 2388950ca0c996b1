//! The same DNS records on both sides.

use crate::case::kept;
use crate::foreign;
use crate::peer::Peer;
use mailproof::dns::{Kind, Mx, Outcome, Question, Records, Txt, Zone};
use mailproof::{Evaluation, Name, Step};
use std::time::Duration;

/// Unix seconds at which everything is judged; mail-auth reads the clock.
pub const NOW: u64 = 1_795_200_000;

pub struct World {
    pub zone: Zone,
    pub(crate) peer: Peer,
}

impl World {
    /// A world of TXT records.
    pub fn new<N: AsRef<str>, R: AsRef<str>>(records: impl IntoIterator<Item = (N, R)>) -> &'static Self {
        let mut world = Self { zone: Zone::new(), peer: Peer::new() };
        for (name, record) in records {
            world.add(name.as_ref(), "TXT", record.as_ref());
        }
        kept(world)
    }

    /// What the tables of the folder say.
    pub(crate) fn foreign() -> &'static Self {
        let mut world = Self { zone: Zone::new(), peer: Peer::new() };
        for row in foreign::table("keys.tsv") {
            world.add(&row[0], "TXT", &row[1]);
        }
        for row in foreign::table("spf_zone.tsv") {
            world.add(&row[0], &row[1], &row[2]);
        }
        world.peer.complete();
        kept(world)
    }

    fn add(&mut self, name: &str, kind: &str, data: &str) {
        let owner = Name::parse(name).unwrap();
        match kind {
            "TXT" => {
                self.insert(owner, Records::Txt(vec![Txt::new(data.as_bytes().chunks(255))]));
                self.peer.add_txt(name, data);
            }
            "A" => {
                self.insert(owner, Records::A(vec![data.parse().unwrap()]));
                self.peer.add_a(name, data.parse().unwrap());
            }
            "MX" => {
                let (preference, exchange) = data.split_once(' ').unwrap();
                let preference = preference.parse().unwrap();
                let mut all = match self.zone.lookup(&Question::new(owner.clone(), Kind::Mx)).outcome() {
                    Outcome::Found(Records::Mx(all)) => all.clone(),
                    _ => Vec::new(),
                };
                all.push(Mx { preference, exchange: Name::parse(exchange).unwrap() });
                self.insert(owner, Records::Mx(all));
                self.peer.add_mx(name, preference, exchange);
            }
            _ => panic!("no such kind here: {kind}"),
        }
    }

    fn insert(&mut self, name: Name, records: Records) {
        self.zone.insert(name, records, Duration::from_secs(300));
    }

    /// What an evaluation comes to that is never in want of an answer.
    pub fn done<E: Evaluation>(&self, mut evaluation: E) -> E::Output {
        match evaluation.step(&self.zone) {
            Step::Done(output) => output,
            Step::Ask(_) => panic!("asks although everything is known"),
        }
    }
}
