//! A stub resolver: recursive servers are asked, one after another.

use super::exchange::{over_tcp, over_udp};
use super::reply::{self, Reading, Way, wire_query};
use super::{NoServers, Options, Within};
use crate::dns::{ALIAS_HOPS, Answer, Failure, Question, Resolver};
use hickory_proto::op::{Edns, Message, ResponseCode};
use std::net::SocketAddr;
use std::time::Duration;

/// Response codes with which a server says that it does not understand EDNS (RFC 6891 §7; BADVERS is §6.1.3).
const EDNS_REFUSALS: [ResponseCode; 3] = [ResponseCode::FormErr, ResponseCode::NotImp, ResponseCode::BADVERS];

/// A stub resolver over UDP, and over TCP for replies that are too large; for tokio.
///
/// Servers are asked in their order. One that refuses, fails or is silent is passed over for the next; if none has an
/// answer, the failure that tells most is reported: a response code rather than a broken reply, that rather than
/// silence. A chain of aliases that a server did not follow to its end is followed here, up to twelve hops.
///
/// It keeps nothing between questions, so it is cheap to make and has no connection to lose.
#[derive(Clone, Debug)]
pub struct Stub {
    options: Options,
    servers: Vec<SocketAddr>,
}

impl Stub {
    /// A resolver that asks as `options` say.
    ///
    /// # Errors
    /// [`NoServers`] when there is nobody to ask.
    pub fn new(options: Options) -> Result<Self, NoServers> {
        let servers = options.servers.addresses()?;
        Ok(Self { options, servers })
    }

    /// A resolver that asks the servers of the system's configuration.
    ///
    /// # Errors
    /// [`NoServers`] when the configuration names none.
    pub fn system() -> Result<Self, NoServers> {
        Self::new(Options::default())
    }

    /// The servers, in the order in which they are asked.
    pub fn servers(&self) -> &[SocketAddr] {
        &self.servers
    }

    /// This resolver, for one evaluation that may take `time` from now on.
    pub fn within(&self, time: Duration) -> Within<'_, Self> {
        Within::new(self, time)
    }

    /// Asks until the chain of aliases has an end.
    async fn follow(&self, question: &Question) -> Result<Answer, Failure> {
        let mut way = Way::new(true);
        let mut asked = question.clone();
        loop {
            let further = match self.ask(&asked).await? {
                Reading::Whole(outcome, rest) => {
                    let way = way.and_then(rest);
                    if is_loop(question, &way) {
                        return Err(Failure::AliasLoop);
                    }
                    return Ok(way.answer(outcome, self.options.trust_ad));
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
    async fn ask(&self, question: &Question) -> Result<Reading, Failure> {
        let mut worst = Failure::Unreachable;
        let mut open = self.servers.clone();
        for _ in 0..self.options.attempts.max(1) {
            let mut silent = Vec::new();
            for server in open {
                let failure = match self.ask_server(server, question).await {
                    Ok(reading) => return Ok(reading),
                    Err(Failure::AliasLoop) => return Err(Failure::AliasLoop),
                    Err(failure) => failure,
                };
                if weight(failure) > weight(worst) {
                    worst = failure;
                }
                if !is_word(failure) {
                    silent.push(server);
                }
            }
            open = silent;
        }
        Err(worst)
    }

    async fn ask_server(&self, server: SocketAddr, question: &Question) -> Result<Reading, Failure> {
        let mut query = self.query(question)?;
        let mut reply = over_udp(server, query.clone(), self.options.timeout).await?;
        // RFC 6891 §7: a server that does not know the OPT record says FORMERR.
        if EDNS_REFUSALS.contains(&reply.metadata.response_code) {
            query.edns = None;
            reply = over_udp(server, query.clone(), self.options.timeout).await?;
        }
        // RFC 7766 §5: TCP is how a truncated reply is fetched whole.
        if reply.metadata.truncation {
            reply = over_tcp(server, query, self.options.timeout).await?;
        }
        reply::read(question, &reply::decode(reply.as_buffer())?)
    }

    fn query(&self, question: &Question) -> Result<Message, Failure> {
        let mut edns = Edns::new();
        edns.set_max_payload(self.options.udp_payload);
        let mut query = Message::query();
        query.add_query(wire_query(question)?);
        query.set_edns(edns);
        query.metadata.recursion_desired = true;
        // RFC 6840 §5.7: the AD bit in a query asks for it in the reply.
        query.metadata.authentic_data = self.options.trust_ad;
        Ok(query)
    }
}

impl Resolver for Stub {
    async fn resolve(&self, question: &Question) -> Answer {
        self.follow(question).await.unwrap_or_else(Answer::failed)
    }
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
