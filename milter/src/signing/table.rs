//! Keys by sender: exact address, domain, subdomains, everybody.

use crate::config::{AddressPattern, MalformedPattern, Sign, SignKey};
use mailproof::Name;
use mailproof::name::MalformedName;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

/// What a key of everybody has in place of the domain of the author.
pub(super) const ANY: char = '%';

/// A key: `d=`, `s=` and its file, in both of which [`ANY`] may stand.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) domain: Box<str>,
    pub(super) selector: Box<str>,
    pub(super) file: Box<Path>,
}

/// Keys by pattern.
#[derive(Debug, Default)]
pub(super) struct Table {
    entries: Vec<Entry>,
    /// The numbers of the entries of a pattern, as it is written.
    by_pattern: HashMap<Box<str>, Vec<usize>>,
}

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrokenTable {
    /// The file cannot be read.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: io::Error,
    },
    /// A line is malformed.
    #[error("{}: line {line}: {why}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: MalformedLine,
    },
    /// A key of the configuration is malformed.
    #[error("the key of {domain}: {why}")]
    Key {
        /// Its domain.
        domain: String,
        /// What is wrong with it.
        why: MalformedLine,
    },
}

/// What is wrong with a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedLine {
    /// Not four words.
    #[error("a line is: sender domain selector file")]
    Words,
    /// The sender is no pattern.
    #[error("the sender: {0}")]
    Sender(#[from] MalformedPattern),
    /// The domain is none.
    #[error("the domain is {0}")]
    Domain(MalformedName),
    /// The selector is none.
    #[error("the selector is {0}")]
    Selector(MalformedName),
    /// A relative path.
    #[error("the path of a key file is absolute")]
    Path,
    /// Nobody is named, and the domain is that of any author.
    #[error("a key for any domain needs to be told for whom it is")]
    Nobody,
}

impl Table {
    pub(super) fn open(sign: &Sign) -> Result<Self, BrokenTable> {
        let mut table = Self::default();
        for key in &sign.keys {
            let broken = |why| BrokenTable::Key { domain: key.domain.clone(), why };
            table.add_key(key).map_err(broken)?;
        }
        if let Some(path) = &sign.table {
            let text =
                std::fs::read_to_string(path).map_err(|why| BrokenTable::File { path: path.clone(), why })?;
            table.read(&text).map_err(|(line, why)| BrokenTable::Line { path: path.clone(), line, why })?;
        }
        Ok(table)
    }

    fn read(&mut self, text: &str) -> Result<(), (usize, MalformedLine)> {
        for (above, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                self.add_line(line).map_err(|why| (above + 1, why))?;
            }
        }
        Ok(())
    }

    fn add_line(&mut self, line: &str) -> Result<(), MalformedLine> {
        let mut words = line.split_ascii_whitespace();
        let mut word = || words.next().ok_or(MalformedLine::Words);
        let (sender, domain, selector, file) = (word()?, word()?, word()?, word()?);
        if words.next().is_some() {
            return Err(MalformedLine::Words);
        }
        self.add(&[sender.parse()?], domain, selector, Path::new(file))
    }

    fn add_key(&mut self, key: &SignKey) -> Result<(), MalformedLine> {
        if !key.senders.is_empty() {
            return self.add(&key.senders, &key.domain, &key.selector, &key.file);
        }
        if key.domain.contains(ANY) {
            return Err(MalformedLine::Nobody);
        }
        let own = AddressPattern::Domain(Name::parse(&key.domain).map_err(MalformedLine::Domain)?);
        self.add(&[own], &key.domain, &key.selector, &key.file)
    }

    fn add(
        &mut self,
        senders: &[AddressPattern],
        domain: &str,
        selector: &str,
        file: &Path,
    ) -> Result<(), MalformedLine> {
        let domain: Box<str> = if domain == "%" {
            domain.into()
        } else {
            Name::parse(domain).map_err(MalformedLine::Domain)?.as_str().into()
        };
        Name::parse(selector).map_err(MalformedLine::Selector)?;
        if !file.is_absolute() {
            return Err(MalformedLine::Path);
        }
        let number = self.entries.len();
        self.entries.push(Entry { domain, selector: selector.into(), file: file.into() });
        for sender in senders {
            self.by_pattern.entry(written(sender)).or_default().push(number);
        }
        Ok(())
    }

    /// The keys of an author: those of the address; if there are none, of the domain; of the nearest domain above whose
    /// subdomains have some; of everybody.
    pub(super) fn find(&self, local_part: &str, domain: &Name) -> Vec<&Entry> {
        let numbers = self
            .by_pattern
            .get(format!("{local_part}@{domain}").as_str())
            .or_else(|| self.by_pattern.get(domain.as_str()))
            .or_else(|| self.find_above(domain))
            .or_else(|| self.by_pattern.get("*"));
        numbers.into_iter().flatten().filter_map(|number| self.entries.get(*number)).collect()
    }

    fn find_above(&self, domain: &Name) -> Option<&Vec<usize>> {
        let mut above = domain.parent();
        while let Some(name) = above {
            if let Some(numbers) = self.by_pattern.get(format!(".{}", name.as_str()).as_str()) {
                return Some(numbers);
            }
            above = name.parent();
        }
        None
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

fn written(pattern: &AddressPattern) -> Box<str> {
    match pattern {
        AddressPattern::Address(local_part, domain) => format!("{local_part}@{domain}").into(),
        AddressPattern::All => "*".into(),
        AddressPattern::Below(domain) => format!(".{}", domain.as_str()).into(),
        AddressPattern::Domain(domain) => domain.as_str().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        let mut table = Table::default();
        table.read(text).unwrap();
        table
    }

    #[test]
    fn the_nearest_pattern_has_the_keys() {
        let table = table(
            "# who d s file\n\
             joe@example.com example.com joe /k/joe\n\
             *@example.com   example.com s1  /k/1\n\
             Example.COM     example.com s2  /k/2\n\
             .example.com    example.com sub /k/sub\n\
             .b.example.com  b.example.com b /k/b\n\
             *               %           any /k/%/any\n",
        );
        let selectors = |address: &str| {
            let (local_part, domain) = address.split_once('@').unwrap();
            let found = table.find(local_part, &Name::parse(domain).unwrap());
            found.iter().map(|entry| &*entry.selector).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(selectors("joe@example.com"), "joe");
        assert_eq!(selectors("Joe@example.com"), "s1 s2");
        assert_eq!(selectors("ann@a.example.com"), "sub");
        assert_eq!(selectors("ann@a.b.example.com"), "b");
        assert_eq!(selectors("ann@b.example.com"), "sub");
        assert_eq!(selectors("ann@example.org"), "any");
    }

    #[test]
    fn says_what_is_wrong_with_a_line() {
        for (text, why) in [
            ("a.example a.example s", MalformedLine::Words),
            ("a.example a.example s /k x", MalformedLine::Words),
            ("a.example a.example s k", MalformedLine::Path),
            ("@a.example a.example s /k", MalformedLine::Sender(MalformedPattern::LocalPart)),
            ("a.example a..example s /k", MalformedLine::Domain(MalformedName::EmptyLabel)),
            ("a.example a.example s..s /k", MalformedLine::Selector(MalformedName::EmptyLabel)),
        ] {
            assert_eq!(Table::default().read(&format!("\n{text}")), Err((2, why)), "{text}");
        }
    }

    #[test]
    fn a_hundred_thousand_domains_are_read_in_no_time() {
        let lines: String = (0..100_000)
            .map(|n| format!("d{n}.example d{n}.example s1 /etc/keys/d{n}.example/s1.pem\n"))
            .collect();
        let start = std::time::Instant::now();
        let table = table(&lines);
        assert!(start.elapsed().as_secs_f64() < if cfg!(debug_assertions) { 5.0 } else { 1.0 });
        assert_eq!(table.find("joe", &Name::parse("d99999.example").unwrap()).len(), 1);
    }
}
