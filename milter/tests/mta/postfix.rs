//! Postfix, with a configuration and a queue of its own.

use super::process::until_open;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An instance, which ends when this is dropped.
pub(crate) struct Postfix {
    folder: PathBuf,
    pub(crate) port: u16,
}

const MASTER: &str = "
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
relay unix - - n - - smtp
flush unix n - n 1000? 0 flush
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
";

impl Postfix {
    /// Listens on `port`, has mail filtered by `milter`, and passes it on to the port `next`.
    pub(crate) fn start(folder: &Path, port: u16, milter: &str, next: u16) -> Self {
        let folder = folder.join(format!("postfix-{port}"));
        for name in ["", "conf", "queue", "data"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        let here = folder.display();
        let owned = Command::new("chown").arg("postfix").arg(folder.join("data")).status().unwrap();
        assert!(owned.success());
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {here}/queue\ndata_directory = {here}/data\nmaillog_file = {here}/log\n\
             maillog_file_prefixes = {here}\nmyhostname = mx.example.org\nmydestination =\nalias_maps =\nmynetworks = 127.0.0.0/8\n\
             inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nrelay_domains = example.org\n\
             smtpd_relay_restrictions = reject_unauth_destination\nrelayhost = [127.0.0.1]:{next}\n\
             smtpd_authorized_xclient_hosts = 127.0.0.1\nsmtpd_error_sleep_time = 0\nsmtpd_soft_error_limit = 100\nin_flow_delay = 0\n\
             smtpd_milters = {milter}\nmilter_protocol = 6\nmilter_default_action = tempfail\n"
        );
        fs::write(folder.join("conf/main.cf"), main).unwrap();
        fs::write(folder.join("conf/master.cf"), format!("{port} inet n - n - - smtpd{MASTER}")).unwrap();
        let postfix = Self { folder, port };
        let started = postfix.run("postfix", &["start"]);
        assert!(started.status.success(), "{started:?} {}", postfix.log());
        until_open(port);
        postfix
    }

    /// Runs one of the commands of Postfix on this instance.
    pub(crate) fn run(&self, command: &str, arguments: &[&str]) -> Output {
        Command::new(format!("/usr/sbin/{command}"))
            .arg("-c")
            .arg(self.folder.join("conf"))
            .args(arguments)
            .output()
            .unwrap()
    }

    /// How many messages are held.
    pub(crate) fn held(&self) -> usize {
        fs::read_dir(self.folder.join("queue/hold")).map_or(0, |entries| entries.count())
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("Postfix on port {}:\n{}", self.port, self.log());
        }
        self.run("postfix", &["abort"]);
    }
}
