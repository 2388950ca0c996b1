//! What the command line says.

pub enum Task {
    Run,
    ShowSpf(u64),
    ShowDkim(u64),
}

pub struct Arguments {
    pub task: Task,
    pub seed: u64,
    /// How many SPF evaluations.
    pub spf: u64,
    /// How many DKIM messages.
    pub dkim: u64,
    /// Where the programs of the peers are.
    pub peers: String,
    /// Where the compiled ones are.
    pub binaries: String,
    /// The peers to run; all, if empty.
    pub only: Vec<String>,
    /// Every how many-th case goes to the slow peers.
    pub slow: u64,
    /// Where the ledger is written; nowhere by default.
    pub ledger: Option<String>,
}

impl Arguments {
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            task: Task::Run,
            seed: 1,
            spf: 1000,
            dkim: 200,
            peers: String::from("peers"),
            binaries: String::from("target/peers"),
            only: Vec::new(),
            slow: 1,
            ledger: None,
        };
        match words.next().as_deref() {
            Some("run") => {}
            Some("show") => {
                let protocol = words.next();
                let number = number(words.next())?;
                arguments.task = match protocol.as_deref() {
                    Some("spf") => Task::ShowSpf(number),
                    Some("dkim") => Task::ShowDkim(number),
                    _ => return Err("show spf or dkim".into()),
                };
            }
            _ => return Err("usage: run [--seed N] [--spf N] [--dkim N] [--only PEER,...] [--slow N] [--ledger FILE] | show spf|dkim NUMBER".into()),
        }
        while let Some(word) = words.next() {
            let value = words.next();
            match word.as_str() {
                "--seed" => arguments.seed = number(value)?,
                "--spf" => arguments.spf = number(value)?,
                "--dkim" => arguments.dkim = number(value)?,
                "--slow" => arguments.slow = number(value)?.max(1),
                "--peers" => arguments.peers = value.ok_or("--peers needs a folder")?,
                "--binaries" => arguments.binaries = value.ok_or("--binaries needs a folder")?,
                "--only" => {
                    arguments.only = value.ok_or("--only needs peers")?.split(',').map(String::from).collect()
                }
                "--ledger" => arguments.ledger = Some(value.ok_or("--ledger needs a file")?),
                _ => return Err(format!("unknown option {word}")),
            }
        }
        Ok(arguments)
    }

    pub fn wants(&self, peer: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == peer)
    }
}

fn number(word: Option<String>) -> Result<u64, String> {
    word.and_then(|word| word.parse().ok()).ok_or_else(|| String::from("a number is needed"))
}
