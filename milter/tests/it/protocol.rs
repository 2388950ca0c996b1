//! Commands and replies as octets, and back.

use mailproof_milter::protocol::{
    Actions, Address, BODY_OCTETS, Command, Family, Frame, Frames, Offer, PLAIN_OCTETS, Reply, Sender, Steps,
    Unsayable, Violation, Wishes,
};
use proptest::prelude::*;

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(1_u8..=255, 0..40)
}

fn octets() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200)
}

fn offer() -> impl Strategy<Value = Offer> {
    let macros = prop::collection::vec((any::<u32>(), text()), 0..4);
    (any::<u32>(), any::<u32>(), any::<u32>(), macros).prop_map(|(version, actions, steps, macros)| Offer {
        version,
        actions: Actions(actions),
        steps: Steps(steps),
        macros,
    })
}

fn reply() -> impl Strategy<Value = Reply<'static>> {
    prop_oneof![
        Just(Reply::Accept),
        Just(Reply::Continue),
        Just(Reply::Discard),
        Just(Reply::Progress),
        Just(Reply::Reject),
        Just(Reply::Skip),
        Just(Reply::Tempfail),
        offer().prop_map(Reply::Offer),
        text().prop_map(|reason| Reply::Quarantine(reason.into())),
        (text(), text()).prop_map(|(name, value)| Reply::AddHeader(name.into(), value.into())),
        (any::<u32>(), text(), text()).prop_map(|(index, name, value)| Reply::InsertHeader(
            index,
            name.into(),
            value.into()
        )),
        (any::<u32>(), text(), text()).prop_map(|(index, name, value)| Reply::ChangeHeader(
            index,
            name.into(),
            value.into()
        )),
        (400..600_u16, text())
            .prop_map(|(code, text)| Reply::Say([format!("{code} ").as_bytes(), &text].concat().into())),
    ]
}

/// The commands that texts of any kind can be told with, written one after another.
fn write_commands(first: &[u8], second: &[u8], offer: &Offer) -> Vec<u8> {
    let address = |family| Address { host: first, family, port: 25, address: second };
    let mut out = Vec::new();
    for command in commands(first, second, offer, address(Family::Inet6), address(Family::Unix)) {
        command.write(&mut out);
    }
    out
}

fn commands<'a>(
    first: &'a [u8],
    second: &'a [u8],
    offer: &Offer,
    six: Address<'a>,
    unix: Address<'a>,
) -> Vec<Command<'a>> {
    vec![
        Command::Offer(offer.clone()),
        Command::Connect(six),
        Command::Connect(unix),
        Command::Connect(Address { host: first, family: Family::Unknown, port: 0, address: b"" }),
        Command::Helo(first),
        Command::Macros(b'M', second),
        Command::Mail(first, second),
        Command::Recipient(second, first),
        Command::Data,
        Command::Header { name: first, value: second },
        Command::EndOfHeader,
        Command::Unknown(first),
        Command::Abort,
        Command::NextConnection,
        Command::Quit,
    ]
}

proptest! {
    #[test]
    fn replies_are_read_as_they_were_written(replies in prop::collection::vec(reply(), 1..8), piece in 1..50_usize) {
        let mut written = Vec::new();
        for reply in &replies {
            reply.write(&mut written).unwrap();
        }
        let mut frames = Frames::new(Sender::Filter);
        let mut expected = replies.iter();
        for piece in written.chunks(piece) {
            frames.feed(piece);
            while let Some(Frame::Whole { command, data }) = frames.take().unwrap() {
                prop_assert_eq!(Some(&Reply::read(command, data).unwrap()), expected.next());
            }
        }
        prop_assert_eq!(expected.next(), None);
    }

    #[test]
    fn commands_are_read_as_they_were_written(first in text(), second in text(), offer in offer(), piece in 1..50_usize) {
        let mut frames = Frames::new(Sender::Mta);
        let address = |family| Address { host: &first, family, port: 25, address: &second };
        let expected = commands(&first, &second, &offer, address(Family::Inet6), address(Family::Unix));
        let mut expected = expected.iter();
        for piece in write_commands(&first, &second, &offer).chunks(piece) {
            frames.feed(piece);
            while let Some(Frame::Whole { command, data }) = frames.take().unwrap() {
                prop_assert_eq!(Some(&Command::read(command, data).unwrap()), expected.next());
            }
        }
        prop_assert_eq!(expected.next(), None);
    }

    #[test]
    fn a_body_comes_in_pieces_and_whole(octets in octets(), piece in 1..50_usize) {
        let mut written = Vec::new();
        Command::Body(&octets).write(&mut written);
        let mut frames = Frames::new(Sender::Mta);
        let (mut body, mut ends) = (Vec::new(), 0);
        for piece in written.chunks(piece) {
            frames.feed(piece);
            while let Some(frame) = frames.take().unwrap() {
                match frame {
                    Frame::Piece(octets) => body.extend_from_slice(octets),
                    Frame::Whole { command: b'B', data: b"" } => ends += 1,
                    Frame::Whole { .. } => panic!("{frame:?}"),
                }
            }
        }
        prop_assert_eq!((body, ends), (octets, 1));
    }

    #[test]
    fn any_data_are_a_command_or_a_violation(command: u8, data in octets()) {
        let _ = Command::read(command, &data);
        let _ = Reply::read(command, &data);
    }
}

#[test]
fn the_length_of_a_frame_is_judged_before_its_data_come() {
    let head = |length: u32, command: u8| [&length.to_be_bytes()[..], &[command]].concat();
    let read = |octets: &[u8]| {
        let mut frames = Frames::new(Sender::Mta);
        frames.feed(octets);
        frames.take().map(|frame| frame.is_some())
    };
    assert_eq!(read(&head(0, b'L')), Err(Violation::EmptyFrame));
    assert_eq!(read(&head(1, b'A')), Ok(true));
    assert_eq!(read(&head(PLAIN_OCTETS, b'L')), Ok(false));
    let octets = PLAIN_OCTETS + 1;
    assert_eq!(read(&head(octets, b'L')), Err(Violation::FrameTooLong { command: b'L', octets }));
    assert_eq!(read(&head(BODY_OCTETS, b'B')), Ok(false));
    let octets = BODY_OCTETS + 1;
    assert_eq!(read(&head(octets, b'B')), Err(Violation::FrameTooLong { command: b'B', octets }));
    assert_eq!(read(&head(u32::MAX, 0)), Err(Violation::FrameTooLong { command: 0, octets: u32::MAX }));
}

#[test]
fn nothing_is_taken_that_was_not_offered() {
    let wishes = Wishes {
        actions: Actions::ADD_HEADERS | Actions::QUARANTINE,
        steps: Steps::SKIP | Steps::LEADING_SPACE,
        macros: vec![(mailproof_milter::protocol::Stage::Mail, "i")],
    };
    let offer = Offer { version: 9, actions: Actions(0x21), steps: Steps(0x400), macros: Vec::new() };
    let answer = wishes.answer(&offer);
    assert_eq!((answer.version, answer.actions, answer.steps), (6, Actions(0x21), Steps(0x400)));
    assert!(answer.macros.is_empty(), "macros were not offered");
    let offer = Offer { version: 4, actions: Actions(0x101), steps: Steps(0), macros: Vec::new() };
    let answer = wishes.answer(&offer);
    assert_eq!((answer.version, answer.actions, answer.steps), (4, Actions(0x1), Steps(0)));
}

#[test]
fn what_would_be_another_reply_is_not_said() {
    let mut out = Vec::new();
    let header = Reply::InsertHeader(0, b"A\0B"[..].into(), b"c"[..].into());
    assert_eq!(header.write(&mut out), Err(Unsayable::Nul));
    assert_eq!(Reply::Say(b"250 fine"[..].into()).write(&mut out), Err(Unsayable::Code));
    assert_eq!(Reply::Say(b"55"[..].into()).write(&mut out), Err(Unsayable::Code));
    assert!(out.is_empty());
    Reply::Say(b"550 5.7.1 100% no"[..].into()).write(&mut out).unwrap();
    assert_eq!(&out[4..], b"y550 5.7.1 100%% no\0");
}
