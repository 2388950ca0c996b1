//! The order of a conversation, its macros and its answers.

use mailproof_milter::protocol::{
    Actions, Address, Command, Conversation, Event, Family, HEADER_OCTETS, Offer, Reply, Steps, Violation,
    Wishes,
};

fn wishes(steps: Steps) -> Wishes {
    Wishes { actions: Actions::ADD_HEADERS, steps, macros: Vec::new() }
}

fn offer() -> Command<'static> {
    Command::Offer(Offer { version: 6, actions: Actions(0x1ff), steps: Steps(0x1f_ffff), macros: Vec::new() })
}

fn connect() -> Command<'static> {
    Command::Connect(Address {
        host: b"mail.example",
        family: Family::Inet,
        port: 4711,
        address: b"192.0.2.1",
    })
}

fn mail() -> Command<'static> {
    Command::Mail(b"<joe@example.com>", b"")
}

fn from() -> Command<'static> {
    Command::Header { name: b"From", value: b" joe@example.com" }
}

/// The letters that are answered to these commands, and how it ends.
fn answers(steps: Steps, commands: &[Command<'_>]) -> (String, Result<(), Violation>) {
    let mut conversation = Conversation::new(wishes(steps));
    for command in commands {
        let mut octets = Vec::new();
        command.write(&mut octets);
        conversation.feed(&octets);
        loop {
            match conversation.hear() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(violation) => return (letters(&mut conversation), Err(violation)),
            }
        }
    }
    (letters(&mut conversation), Ok(()))
}

fn letters(conversation: &mut Conversation) -> String {
    let mut rest = &conversation.outgoing()[..];
    let mut letters = String::new();
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        letters.push(char::from(behind[0]));
        rest = &behind[u32::from_be_bytes(*length) as usize..];
    }
    letters
}

#[test]
fn every_command_is_answered_unless_it_was_agreed_otherwise() {
    let commands = [
        offer(),
        Command::Macros(b'C', b"j\0mx\0"),
        connect(),
        Command::Helo(b"mail.example"),
        mail(),
        Command::Recipient(b"<a@example.org>", b""),
        Command::Data,
        from(),
        Command::EndOfHeader,
        Command::Body(b"one"),
        Command::Body(b"two"),
        Command::EndOfMessage(b""),
        Command::Abort,
        Command::Quit,
    ];
    assert_eq!(answers(Steps(0), &commands), ("Occcccccccc".to_owned(), Ok(())));
    let quiet = Steps::UNANSWERED_CONNECT
        | Steps::UNANSWERED_HELO
        | Steps::UNANSWERED_MAIL
        | Steps::UNANSWERED_RECIPIENT
        | Steps::UNANSWERED_DATA
        | Steps::UNANSWERED_HEADER
        | Steps::UNANSWERED_END_OF_HEADER
        | Steps::UNANSWERED_BODY;
    assert_eq!(answers(quiet, &commands), ("Oc".to_owned(), Ok(())));
}

#[test]
fn steps_may_be_left_out() {
    for commands in [
        vec![offer(), mail(), from(), Command::EndOfMessage(b"body")],
        vec![offer(), connect(), mail(), from(), Command::Body(b"body"), Command::EndOfMessage(b"")],
        vec![offer(), connect(), mail(), Command::Recipient(b"<a@b>", b""), from(), Command::EndOfHeader],
        vec![offer(), connect(), mail(), mail(), from(), Command::Helo(b"again"), mail()],
        vec![offer(), connect(), mail(), Command::NextConnection, connect(), mail()],
    ] {
        assert_eq!(answers(Steps(0), &commands).1, Ok(()), "{commands:?}");
    }
}

#[test]
fn what_is_out_of_order_ends_the_conversation() {
    for (commands, wrong) in [
        (vec![connect()], b'C'),
        (vec![Command::Macros(b'C', b"")], b'D'),
        (vec![Command::Abort], b'A'),
        (vec![offer(), offer()], b'O'),
        (vec![offer(), connect(), connect()], b'C'),
        (vec![offer(), connect(), from()], b'L'),
        (vec![offer(), connect(), Command::Body(b"x")], b'B'),
        (vec![offer(), connect(), Command::EndOfMessage(b"")], b'E'),
        (vec![offer(), connect(), Command::Recipient(b"<a@b>", b"")], b'R'),
        (vec![offer(), connect(), mail(), from(), Command::Recipient(b"<a@b>", b"")], b'R'),
        (vec![offer(), connect(), mail(), from(), Command::EndOfHeader, from()], b'L'),
        (vec![offer(), connect(), mail(), from(), Command::EndOfHeader, Command::EndOfHeader], b'N'),
        (vec![offer(), connect(), mail(), from(), Command::EndOfMessage(b""), from()], b'L'),
    ] {
        assert_eq!(answers(Steps(0), &commands).1, Err(Violation::OutOfOrder(wrong)), "{commands:?}");
    }
}

#[test]
fn a_header_section_without_end_is_not_heard_to_its_end() {
    let value = vec![b'x'; 100_000];
    let mut commands = vec![offer(), connect(), mail()];
    commands.extend(vec![Command::Header { name: b"X", value: &value }; HEADER_OCTETS / 100_000 + 1]);
    let quiet = Steps::UNANSWERED_HEADER;
    assert_eq!(answers(quiet, &commands).1, Err(Violation::EndlessHeader { limit: HEADER_OCTETS }));
}

#[test]
fn macros_of_a_megabyte_are_refused_and_those_of_a_message_forgotten() {
    let long = vec![b'x'; 40_000];
    let commands = [offer(), Command::Macros(b'C', &long)];
    assert!(matches!(answers(Steps(0), &commands).1, Err(Violation::MacrosTooLong { .. })));
    let longer = vec![b'x'; 1 << 20];
    let commands = [offer(), Command::Macros(b'C', &longer)];
    assert!(matches!(answers(Steps(0), &commands).1, Err(Violation::FrameTooLong { command: b'D', .. })));

    let mut conversation = Conversation::new(wishes(Steps(0)));
    let mut say = |commands: &[Command<'_>], name: &str| {
        let mut octets = Vec::new();
        commands.iter().for_each(|command| command.write(&mut octets));
        conversation.feed(&octets);
        while conversation.hear().unwrap().is_some() {}
        conversation.macros().value(name).map(|value| String::from_utf8_lossy(value).into_owned())
    };
    let told = |of, data: &'static [u8]| Command::Macros(of, data);
    assert_eq!(
        say(&[offer(), told(b'C', b"j\0mx\0{daemon_name}\0in\0"), connect()], "daemon_name").unwrap(),
        "in"
    );
    assert_eq!(say(&[told(b'M', b"i\0A1\0{auth_type}\0PLAIN\0"), mail()], "i").unwrap(), "A1");
    assert_eq!(say(&[told(b'R', b"i\0A2\0rest")], "i").unwrap(), "A2");
    assert_eq!(say(&[Command::Recipient(b"<a@b>", b""), Command::Abort], "i"), None);
    assert_eq!(say(&[told(b'M', b"i\0A3\0"), mail()], "i").unwrap(), "A3");
    assert_eq!(say(&[], "auth_type"), None);
    assert_eq!(say(&[], "j").unwrap(), "mx");
    assert_eq!(say(&[Command::NextConnection], "j"), None);
}

#[test]
fn a_body_may_be_skipped_where_that_was_agreed_on() {
    for (steps, expected) in [(Steps::SKIP, "Occcs"), (Steps(0), "Occcc")] {
        let mut conversation = Conversation::new(wishes(steps));
        let mut octets = Vec::new();
        for command in [offer(), connect(), mail(), from(), Command::Body(b"hello")] {
            command.write(&mut octets);
        }
        // The chunk of the body comes in two reads.
        let (first, second) = octets.split_at(octets.len() - 3);
        let mut bodies = Vec::new();
        for octets in [first, second] {
            conversation.feed(octets);
            while let Some(event) = conversation.hear().unwrap() {
                if let Event::Body(octets) = event {
                    bodies.push(octets.to_vec());
                    assert_eq!(conversation.answer(&Reply::Skip), steps == Steps::SKIP);
                }
            }
        }
        assert_eq!(bodies, [&b"he"[..], b"llo"]);
        assert_eq!(letters(&mut conversation), expected);
    }
}

#[test]
fn the_end_of_a_message_takes_changes_and_then_an_answer() {
    let mut conversation = Conversation::new(wishes(Steps(0)));
    let mut octets = Vec::new();
    for command in [offer(), connect(), mail(), from(), Command::EndOfMessage(b"")] {
        command.write(&mut octets);
    }
    conversation.feed(&octets);
    let mut last = None;
    while let Some(event) = conversation.hear().unwrap() {
        last = Some(format!("{event:?}"));
        if event == Event::EndOfMessage {
            assert!(conversation.answer(&Reply::Progress));
            assert!(conversation.answer(&Reply::InsertHeader(0, b"A"[..].into(), b" b"[..].into())));
            // NUL cannot be said; the message comes again rather than without the field.
            assert!(conversation.answer(&Reply::InsertHeader(0, b"A"[..].into(), b"\0"[..].into())));
            assert!(!conversation.answer(&Reply::Accept), "it was answered");
        }
    }
    assert_eq!(last.unwrap(), "EndOfMessage");
    assert_eq!(letters(&mut conversation), "Occcpit");
}
