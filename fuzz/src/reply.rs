//! DNS replies as they come over the wire.

use mailproof::Name;
use mailproof::dns::{Failure, Kind, Outcome, Question};
use mailproof::resolver::{TTL_LIMIT, answer_from_reply};

/// A reply for `example.com`: what is found is of the kind asked for, the AD bit counts only where it is trusted, and
/// an octet more or less makes a good reply malformed.
pub fn reply(octets: &[u8]) {
    for kind in Kind::ALL {
        let question = Question::new(Name::parse("example.com").expect("a name"), kind);
        let answer = answer_from_reply(&question, octets, false);
        assert!(!answer.is_authentic());
        assert!(answer.ttl() <= TTL_LIMIT);
        assert_eq!(answer_from_reply(&question, octets, true).outcome(), answer.outcome());
        match answer.outcome() {
            Outcome::Found(records) => assert_eq!(records.kind(), kind),
            Outcome::Failed(_) => continue,
            Outcome::NoData | Outcome::NxDomain => {}
        }
        let malformed = Outcome::Failed(Failure::Malformed);
        let shorter = &octets[..octets.len() - 1];
        assert_eq!(answer_from_reply(&question, shorter, false).outcome(), &malformed, "an octet less");
        let longer = [octets, &[0]].concat();
        assert_eq!(answer_from_reply(&question, &longer, false).outcome(), &malformed, "an octet more");
        assert_eq!(answer.outcome(), answer_from_reply(&question, octets, false).outcome());
    }
}
