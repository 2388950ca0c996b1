//! Clients that lie: their connection is closed with a line in the log, and nobody else is harmed.

use super::mta::{Mail, Mta};
use super::running::Running;
use mailproof_milter::protocol::{Actions, Address, Command, Family, Offer, Steps};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

const RAW: &str = "From: Joe <joe@example.com>\r\n\r\nHello\r\n";

fn octets(commands: &[Command<'_>]) -> Vec<u8> {
    let mut octets = Vec::new();
    commands.iter().for_each(|command| command.write(&mut octets));
    octets
}

fn offer() -> Command<'static> {
    Command::Offer(Offer { version: 6, actions: Actions(0x1ff), steps: Steps(0x1f_ffff), macros: Vec::new() })
}

fn connect() -> Command<'static> {
    Command::Connect(Address { host: b"mail.example", family: Family::Inet, port: 1, address: b"192.0.2.1" })
}

/// Whether the daemon closes after these octets.
fn is_closed(running: &Running, octets: &[u8]) -> bool {
    let mut stream = UnixStream::connect(running.socket()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    // It may close before all of them are written.
    let _ = stream.write_all(octets);
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

fn works(running: &Running) {
    assert!(Mta::connect(&running.socket()).send(&Mail::new(RAW)).results().contains("dmarc=pass"));
}

#[test]
fn liars_are_cut_off_and_named() {
    let running = Running::start("");
    let megabyte = vec![b'x'; 1 << 20];
    let mail = Command::Mail(b"<a@b>", b"");
    for (octets, says) in [
        (octets(&[connect()]), "command C out of order"),
        (vec![0, 0, 0, 0, b'O'], "a frame of no octets"),
        (
            [octets(&[offer()]), vec![0xff, 0xff, 0xff, 0xff, b'L']].concat(),
            "a frame of 4294967295 octets for command L",
        ),
        ([octets(&[offer()]), vec![0, 0, 0, 1, 7]].concat(), "unknown command 0x07"),
        (octets(&[offer(), Command::Macros(b'C', &megabyte)]), "octets for command D"),
        (
            octets(&[offer(), connect(), mail.clone(), Command::EndOfHeader, Command::EndOfHeader]),
            "command N out of order",
        ),
        ([octets(&[offer()]), vec![0, 0, 0, 2, b'H', b'x']].concat(), "malformed data of command H"),
    ] {
        let before = running.logs().matches(says).count();
        assert!(is_closed(&running, &octets), "{says}");
        running.wait_for(says, || running.logs().matches(says).count() > before);
    }
    works(&running);
    assert!(running.page("/metrics").contains("mailproof_connection_faults_total{why=\"violation\"} 7"));
}

#[test]
fn a_header_section_over_the_limit_is_refused_and_one_without_end_cut_off() {
    let running = Running::start("limits.header_octets = 10000");
    let raw = format!("From: joe@example.com\r\nX-Long: {}\r\n\r\nHello\r\n", "x".repeat(10_000));
    let answer = Mta::connect(&running.socket()).send(&Mail::new(&raw));
    assert!(answer.line.starts_with("552 5.3.4 "), "{}", answer.line);
    let value = vec![b'x'; 100_000];
    let mut commands = vec![offer(), connect(), Command::Mail(b"<a@b>", b"")];
    commands.extend(vec![Command::Header { name: b"X", value: &value }; 200]);
    assert!(is_closed(&running, &octets(&commands)));
    running.wait_for("the log", || running.logs().contains("does not end within"));
    works(&running);
}

#[test]
fn a_field_that_would_be_two_is_refused() {
    let running = Running::start("");
    let mut mta = Mta::connect(&running.socket());
    mta.greet(&Mail::new(RAW));
    for (name, value) in [
        (&b"Subject"[..], &b" x\nAuthentication-Results: mx.example.org; none"[..]),
        (b"Sub:ject", b" x"),
        (b"Sub\nject", b" x"),
        (b"", b" x"),
    ] {
        mta.begin(&Mail::new(RAW));
        mta.say(&[Command::Header { name: b"From", value: b" joe@example.com" }]);
        mta.say(&[Command::Header { name, value }, Command::EndOfHeader]);
        let answer = mta.end(Default::default());
        assert!(answer.line.starts_with("550 5.6.0 "), "{}", answer.line);
    }
}

#[test]
fn the_slow_are_cut_off_and_the_half_closed() {
    let running = Running::start("limits.command = 1\nlimits.idle = 2");
    let begun = Instant::now();
    let mut slow = UnixStream::connect(running.socket()).unwrap();
    slow.write_all(&octets(&[offer()])).unwrap();
    slow.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    // An octet now and then gives no more time.
    let (mut answer, mut sent) = ([0; 256], 0);
    loop {
        let _ = slow.write_all(if sent == 0 { b"\0\0\x10\0" } else { b"H" });
        sent += 1;
        match slow.read(&mut answer) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
        assert!(begun.elapsed() < Duration::from_secs(8), "it is never cut off");
    }
    running.wait_for("the slow", || running.logs().contains("did not come in whole in time"));
    assert!(is_closed(&running, &octets(&[offer()])));
    running.wait_for("the silent", || running.logs().contains("nothing was said for too long"));

    let mut half = UnixStream::connect(running.socket()).unwrap();
    half.write_all(&octets(&[offer(), connect()])[..40]).unwrap();
    half.shutdown(Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    half.read_to_end(&mut rest).unwrap();
    running.wait_for("the cut", || running.logs().contains("ended within a command"));
    works(&running);
}

#[test]
fn random_octets_on_many_connections_harm_nobody() {
    let mut running = Running::start("log.level = \"error\"");
    works(&running);
    let seconds = std::env::var("MAILPROOF_SOAK").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let end = Instant::now() + Duration::from_secs(seconds);
    let before = running.memory();
    std::thread::scope(|scope| {
        for thread in 0..50_u64 {
            let running = &running;
            scope.spawn(move || {
                let mut state = thread.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
                while Instant::now() < end {
                    throw(running, &mut state);
                }
            });
        }
    });
    works(&running);
    assert!(running.is_running());
    let after = running.memory();
    println!("{before} KiB before, {after} KiB after {seconds} s");
    assert!(after < before + 40_000, "{before} KiB before, {after} KiB after");
}

/// One connection of random octets, most of which begin like a conversation.
fn throw(running: &Running, state: &mut u64) {
    let mut next = || {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    };
    let mut thrown = Vec::new();
    if next() % 8 > 0 {
        thrown.extend(octets(&[offer(), connect(), Command::Mail(b"<a@b>", b"")]));
    }
    for _ in 0..next() % 20 {
        let letters = b"ABCDEHKLMNOQRTU";
        let letter = letters[usize::try_from(next() % 15).unwrap()];
        let length = u32::try_from(next() % 300).unwrap() + 1;
        let told = if next() % 10 == 0 { u32::try_from(next() % 400_000).unwrap() } else { length };
        thrown.extend(told.to_be_bytes());
        thrown.push(letter);
        thrown.extend(
            (1..length).map(|_| if next() % 6 == 0 { 0 } else { u8::try_from(next() % 256).unwrap() }),
        );
    }
    let Ok(mut stream) = UnixStream::connect(running.socket()) else {
        return;
    };
    let _ = stream.set_read_timeout(Some(Duration::from_millis(20)));
    let _ = stream.write_all(&thrown);
    let _ = stream.read(&mut [0; 512]);
}
