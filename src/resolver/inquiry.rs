//! One question under way: which server is asked, over what, and how often.

use super::query::unnumbered;
use super::reply::{self, Notes, Reading, Way};
use super::{Server, Stub};
use crate::dns::{ALIAS_HOPS, Exchange, Failure, Outcome, Question, Transport};
use hickory_proto::op::{DnsResponse, Message, ResponseCode};

/// Response codes with which a server says that it does not understand EDNS (RFC 6891 §7; BADVERS is §6.1.3).
const EDNS_REFUSALS: [ResponseCode; 3] = [ResponseCode::FormErr, ResponseCode::NotImp, ResponseCode::BADVERS];

/// A question, and what has come of it so far.
pub(super) struct Inquiry<'a> {
    stub: &'a Stub,
    /// What came with the reply that decides, or that would.
    pub(super) notes: Notes,
    /// Queries sent.
    sent: u32,
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(stub: &'a Stub) -> Self {
        Self { stub, notes: Notes::default(), sent: 0 }
    }

    /// Asks until the chain of aliases has an end.
    pub(super) async fn follow(&mut self, question: &Question) -> Result<(Outcome, Way), Failure> {
        let mut way = Way::new(true);
        let mut asked = question.clone();
        loop {
            let further = match self.ask(&asked).await? {
                Reading::Whole(outcome, rest) => {
                    let way = way.and_then(rest);
                    return if is_loop(question, &way) {
                        Err(Failure::AliasLoop)
                    } else {
                        Ok((outcome, way))
                    };
                }
                Reading::Alias(further) => further,
            };
            way = way.and_then(further);
            match way.aliases.last() {
                Some(target) if !is_loop(question, &way) => asked.name = target.clone(),
                _ => return Err(Failure::AliasLoop),
            }
        }
    }

    /// Asks every server, and those that were silent again.
    async fn ask(&mut self, question: &Question) -> Result<Reading, Failure> {
        let stub = self.stub;
        let mut worst = Failure::Unreachable;
        let mut notes = Notes::default();
        let mut open: Vec<_> = stub.servers().iter().collect();
        for _ in 0..stub.options.attempts.max(1) {
            let mut silent = Vec::new();
            for server in open {
                let failure = match self.ask_server(server, question).await {
                    Ok(reading) => return Ok(reading),
                    Err(failure) if self.is_final(failure) => return Err(failure),
                    Err(failure) => failure,
                };
                if notes.exchange.is_none() || weight(failure) > weight(worst) {
                    worst = failure;
                    notes = self.notes.clone();
                }
                if !is_word(failure) {
                    silent.push(server);
                }
            }
            open = silent;
        }
        if let Some(exchange) = &mut notes.exchange {
            exchange.attempts = self.sent;
        }
        self.notes = notes;
        Err(worst)
    }

    async fn ask_server(&mut self, server: &Server, question: &Question) -> Result<Reading, Failure> {
        let options = &self.stub.options;
        self.notes = Notes {
            extended_error: None,
            exchange: Some(Exchange {
                server: server.address,
                transport: server.protocol.transport(),
                truncated: false,
                without_edns: false,
                attempts: self.sent,
            }),
        };
        let mut query = self.query(question)?;
        let mut reply = self.send(server, &query, |_| {}).await?;
        // RFC 6891 §7: a server that does not know the OPT record says FORMERR.
        if EDNS_REFUSALS.contains(&reply.metadata.response_code) {
            query.edns = None;
            reply = self.send(server, &query, |exchange| exchange.without_edns = true).await?;
        }
        let over_udp = server.protocol.transport() == Transport::Udp;
        // RFC 7766 §5: TCP is how a truncated reply is fetched whole.
        if over_udp && reply.metadata.truncation {
            let to_tcp = |exchange: &mut Exchange| {
                exchange.transport = Transport::Tcp;
                exchange.truncated = true;
            };
            reply = self.send(server, &query, to_tcp).await?;
        } else if over_udp && options.mixed_case && !has_same_case(&query, &reply) {
            reply = self.send(server, &query, |exchange| exchange.transport = Transport::Tcp).await?;
        }
        let message = reply::decode(reply.as_buffer())?;
        self.notes.extended_error = reply::extended_error(&message);
        reply::read(question, &message)
    }

    /// Sends `query` and waits for its reply; `note` says what is different this time.
    async fn send(
        &mut self,
        server: &Server,
        query: &Message,
        note: impl FnOnce(&mut Exchange),
    ) -> Result<DnsResponse, Failure> {
        self.sent = self.sent.saturating_add(1);
        let mut transport = server.protocol.transport();
        if let Some(exchange) = &mut self.notes.exchange {
            note(exchange);
            exchange.attempts = self.sent;
            transport = exchange.transport;
        }
        self.stub.sender.send(server, transport, query.clone()).await
    }

    fn query(&self, question: &Question) -> Result<Message, Failure> {
        let options = &self.stub.options;
        // RFC 6840 §5.7: the AD bit in a query asks for it in the reply.
        let mut query = unnumbered(question, options.udp_payload, options.trust_ad)?;
        if options.mixed_case {
            query.queries.iter_mut().for_each(|asked| asked.name.randomize_label_case());
        }
        Ok(query)
    }

    /// Whether the next server could tell nothing else, or must not.
    const fn is_final(&self, failure: Failure) -> bool {
        match failure {
            Failure::AliasLoop => true,
            Failure::Servfail => !self.stub.options.pass_over_servfail,
            _ => false,
        }
    }
}

/// Whether the reply repeats the name in the case in which it was asked.
fn has_same_case(query: &Message, reply: &Message) -> bool {
    let (asked, repeated) = (query.queries.first(), reply.queries.first());
    asked.zip(repeated).is_some_and(|(asked, repeated)| asked.name.eq_case(&repeated.name))
}

/// Whether the aliases passed come back to a name, or are more than are followed.
fn is_loop(question: &Question, way: &Way) -> bool {
    let aliases = &way.aliases;
    aliases.len() > ALIAS_HOPS
        || aliases.contains(&question.name)
        || aliases
            .iter()
            .enumerate()
            .any(|(index, alias)| aliases.iter().skip(index + 1).any(|later| later == alias))
}

/// Whether the server itself said so.
const fn is_word(failure: Failure) -> bool {
    matches!(failure, Failure::Rcode(_) | Failure::Refused | Failure::Servfail)
}

/// How much a failure tells about the question.
const fn weight(failure: Failure) -> u8 {
    match failure {
        Failure::Unreachable => 0,
        Failure::Timeout | Failure::Budget | Failure::Unrecorded => 1,
        Failure::Malformed | Failure::AliasLoop => 2,
        Failure::Rcode(_) | Failure::Refused => 3,
        Failure::Servfail => 4,
    }
}
