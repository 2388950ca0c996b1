//! Reloading and dying while mail comes in.

use super::client::{Client, Mail};
use super::namespace::within;
use super::process::until;
use super::sink::Sink;
use super::world::World;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Clients that send at once.
const CLIENTS: usize = 4;

/// Clients that send until they are told to stop, and send again what was put off.
#[derive(Default)]
struct Load {
    taken: AtomicUsize,
    put_off: AtomicUsize,
    stop: AtomicBool,
}

impl Load {
    /// Runs the clients while `during` does what it does. Everything they were told has been taken.
    fn run(&self, port: u16, during: impl FnOnce()) -> HashSet<String> {
        thread::scope(|scope| {
            let clients: Vec<_> =
                (0..CLIENTS).map(|number| scope.spawn(move || self.send(port, number))).collect();
            // A failure must stop them, too.
            let stopping = Stopping(&self.stop);
            during();
            drop(stopping);
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
        })
    }

    fn send(&self, port: u16, client: usize) -> Vec<String> {
        let mut recipients = Vec::new();
        let mut connection = None;
        while !self.stop.load(Ordering::Relaxed) {
            let recipient = format!("{client}-{}@example.org", recipients.len());
            // Every other one is forged, and marked.
            let author = if recipients.len() % 2 == 0 { "joe@example.com" } else { "joe@quarantine.example" };
            let raw = format!("From: {author}\r\nSubject: load\r\n\r\n{}", "A line of text.\r\n".repeat(200));
            self.insist(port, &mut connection, &Mail::new(&recipient, &raw));
            recipients.push(recipient);
        }
        recipients
    }

    /// Sends a message until it is taken, as an MTA does.
    fn insist(&self, port: u16, connection: &mut Option<Client>, mail: &Mail) {
        until("a good reply", || {
            let mut client = connection.take().or_else(|| Client::connect(port, mail).ok())?;
            match client.send(mail) {
                Ok(reply) if reply.starts_with("250 ") => {
                    self.taken.fetch_add(1, Ordering::Relaxed);
                    *connection = Some(client);
                    return Some(());
                }
                Ok(reply) => assert!(reply.starts_with('4'), "{reply}"),
                Err(_) => {}
            }
            self.put_off.fetch_add(1, Ordering::Relaxed);
            None
        });
    }

    /// Waits until so many more are taken.
    fn wait_for_taken(&self, more: usize) {
        let before = self.taken.load(Ordering::Relaxed);
        until("mail that is taken", || (self.taken.load(Ordering::Relaxed) >= before + more).then_some(()));
    }

    fn wait_for_put_off(&self) {
        let before = self.put_off.load(Ordering::Relaxed);
        until("mail that is put off", || (self.put_off.load(Ordering::Relaxed) > before).then_some(()));
    }
}

struct Stopping<'a>(&'a AtomicBool);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// All of it comes, each message once and with its results.
fn assert_all_arrive(sink: &Sink, sent: &HashSet<String>) {
    until("all the mail", || (sink.count() >= sent.len()).then_some(()));
    let arrived = sink.all();
    let recipients: HashSet<_> = arrived.iter().map(|delivered| delivered.recipient.clone()).collect();
    assert_eq!(&recipients, sent);
    assert_eq!(arrived.len(), sent.len(), "something came twice");
    for delivered in &arrived {
        let is_forged = delivered.raw.contains("joe@quarantine.example");
        let word = if is_forged { "dmarc=fail" } else { "dmarc=pass" };
        assert!(delivered.results().contains(word), "{}", delivered.raw);
        assert_eq!(delivered.fields("X-Mailproof-Quarantine").len(), usize::from(is_forged));
    }
}

#[test]
fn reloads_disturb_no_mail() {
    within(&["openssl"], || {
        let world = World::start("");
        let load = Load::default();
        let sent = load.run(world.postfix.port, || {
            load.wait_for_taken(CLIENTS);
            for number in 0..10 {
                world.daemon.reload(&format!("limits.idle = {}", 1000 + number));
                load.wait_for_taken(CLIENTS);
            }
        });
        assert_eq!(load.put_off.into_inner(), 0, "no message was put off");
        assert_all_arrive(&world.sink, &sent);
    });
}

#[test]
fn no_mail_is_lost_when_the_daemon_is_killed() {
    within(&["openssl"], || {
        let mut world = World::start("");
        let load = Load::default();
        let port = world.postfix.port;
        let sent = load.run(port, || {
            for _ in 0..3 {
                load.wait_for_taken(2 * CLIENTS);
                world.daemon.kill();
                load.wait_for_put_off();
                world.daemon.start_again();
            }
            load.wait_for_taken(2 * CLIENTS);
        });
        assert_all_arrive(&world.sink, &sent);
    });
}
