//! What connections cost, however they behave.

use super::mta::{Mail, Mta};
use super::running::Running;
use mailproof_milter::protocol::{Actions, Address, Command, Family, Offer, Steps};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

const RAW: &str = "From: Joe <joe@example.com>\r\n\r\nHello\r\n";

fn octets(commands: &[Command<'_>]) -> Vec<u8> {
    let mut octets = Vec::new();
    commands.iter().for_each(|command| command.write(&mut octets));
    octets
}

fn beginning(steps: u32) -> Vec<u8> {
    let offer = Offer { version: 6, actions: Actions(0x1ff), steps: Steps(steps), macros: Vec::new() };
    let address = Address { host: b"m.example", family: Family::Inet, port: 1, address: b"192.0.2.1" };
    octets(&[Command::Offer(offer), Command::Connect(address), Command::Mail(b"<a@b.example>", b"")])
}

#[test]
fn ten_thousand_connections_leave_nothing_open() {
    let running = Running::start("log.level = \"error\"");
    Mta::connect(&running.socket()).send(&Mail::new(RAW));
    let is_quiet = || running.page("/metrics").contains("mailproof_open_connections 0");
    running.wait_for("quiet", is_quiet);
    let before = running.files();
    let beginning = beginning(0);
    for number in 0..10_000 {
        let mut stream = UnixStream::connect(running.socket()).unwrap();
        // Some say nothing, some stop within a command, some do not hear the answers.
        let _ = stream.write_all(&beginning[..number % beginning.len()]);
        if number % 3 == 0 {
            let _ = stream.set_read_timeout(Some(Duration::from_millis(1)));
            let _ = stream.read(&mut [0; 64]);
        }
    }
    running.wait_for("quiet", is_quiet);
    // The page is asked for over a connection of its own.
    assert!(running.files() <= before + 2, "{before} before, {} after", running.files());
}

#[test]
fn who_does_not_hear_the_answers_is_not_heard_either() {
    let running = Running::start("limits.command = 1");
    let before = running.memory();
    let mut stream = UnixStream::connect(running.socket()).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
    let chunk = vec![b'x'; 65_535];
    stream.write_all(&beginning(0)).unwrap();
    let mut message = octets(&[Command::Mail(b"<a@b.example>", b"")]);
    message.extend(octets(&vec![Command::Header { name: b"X", value: b" y" }; 20_000]));
    message.extend(octets(&[Command::EndOfHeader]));
    message.extend(octets(&vec![Command::Body(&chunk); 80]));
    message.extend(octets(&[Command::EndOfMessage(b"")]));
    let begun = Instant::now();
    while stream.write_all(&message).is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it is heard for ever");
    }
    running.wait_for("the log", || running.logs().contains("what was said was not taken in time"));
    assert!(running.memory() < before + 16_000, "{before} KiB before, {} KiB after", running.memory());
}

#[test]
fn commands_that_come_in_time_one_after_the_other_are_never_late() {
    let running = Running::start("limits.command = 3");
    let mut stream = UnixStream::connect(running.socket()).unwrap();
    stream.write_all(&beginning(0x1f_ffff)).unwrap();
    // Every write ends within a command.
    let header = octets(&[Command::Header { name: b"X", value: b" y" }]);
    let (head, tail) = header.split_at(6);
    stream.write_all(head).unwrap();
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(400));
        stream.write_all(&[tail, head].concat()).unwrap();
    }
    assert!(!running.logs().contains("in time"), "{}", running.logs());
    // And one that does not come in time is.
    running.wait_for("the log", || running.logs().contains("did not come in whole in time"));
}
