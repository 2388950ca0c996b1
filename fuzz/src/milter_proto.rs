//! What holds for whatever an MTA sends.
//!
//! It is not part of `lib.rs`, because the core's own tests cannot see the milter: the fuzz target and the tests of
//! `milter` include it.

use mailproof_milter::protocol::{
    Actions, Conversation, Event, Frame, Frames, MACRO_OCTETS, PLAIN_OCTETS, Reply, Sender, Stage, Steps,
    Violation, Wishes,
};

/// Octets fed at once, as much as one read brings.
const READ: usize = 16 << 10;

/// In one piece or octet by octet the same is heard and answered; every reply can be read; and no more than a frame
/// and a read is kept.
pub fn conversation(octets: &[u8]) {
    for wishes in [Wishes::default(), eager()] {
        let whole = hear(&wishes, octets, READ);
        for piece in [1, 7] {
            assert_eq!(hear(&wishes, octets, piece), whole);
        }
        let mut replies = Frames::new(Sender::Filter);
        replies.feed(&whole.sent);
        while let Some(frame) = replies.take().expect("our own frames") {
            let Frame::Whole { command, data } = frame else {
                panic!("a filter's frames are whole");
            };
            let reply = Reply::read(command, data).expect("our own reply");
            let mut again = Vec::new();
            reply.write(&mut again).expect("what was said can be said");
            assert_eq!(again.get(5..), Some(data));
        }
        assert!(!replies.is_within_frame());
    }
}

/// Everything that saves a round trip.
pub fn eager() -> Wishes {
    Wishes {
        actions: Actions::ADD_HEADERS | Actions::CHANGE_HEADERS | Actions::WANT_MACROS,
        steps: Steps::SKIP
            | Steps::LEADING_SPACE
            | Steps::UNANSWERED_CONNECT
            | Steps::UNANSWERED_HELO
            | Steps::UNANSWERED_MAIL
            | Steps::UNANSWERED_RECIPIENT
            | Steps::UNANSWERED_HEADER
            | Steps::UNANSWERED_END_OF_HEADER,
        macros: vec![(Stage::Mail, "i {auth_type}")],
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Heard {
    /// The events, those of neighbouring pieces of a body as one.
    events: Vec<String>,
    sent: Vec<u8>,
    end: Option<Violation>,
}

fn hear(wishes: &Wishes, octets: &[u8], piece: usize) -> Heard {
    let mut conversation = Conversation::new(wishes.clone());
    let mut heard = Heard { events: Vec::new(), sent: Vec::new(), end: None };
    let mut body: Option<usize> = None;
    'octets: for piece in octets.chunks(piece) {
        conversation.feed(piece);
        loop {
            let event = match conversation.hear() {
                Ok(Some(event)) => event,
                Ok(None) => break,
                Err(violation) => {
                    heard.end = Some(violation);
                    break 'octets;
                }
            };
            if let Event::Body(octets) = event {
                assert!(!octets.is_empty());
                body = Some(body.unwrap_or(0) + octets.len());
                continue;
            }
            heard.events.extend(body.take().map(|octets| format!("{octets} octets of body")));
            heard.events.push(format!("{event:?}"));
            if event == Event::EndOfMessage {
                conversation.answer(&Reply::Progress);
                conversation.answer(&Reply::InsertHeader(0, b"A"[..].into(), b"b%\nc"[..].into()));
            }
        }
        let kept = usize::try_from(PLAIN_OCTETS).expect("fits") + 3 * READ;
        assert!(conversation.room().len() < kept);
        assert!(conversation.macros().value("i").is_none_or(|value| value.len() <= MACRO_OCTETS));
    }
    heard.events.extend(body.map(|octets| format!("{octets} octets of body")));
    heard.sent = std::mem::take(conversation.outgoing());
    heard
}
