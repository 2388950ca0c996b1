//! Options as `getopt_long_only` and Getopt::Long read them: with one dash or two, and abbreviated.

use std::collections::BTreeMap;

/// An option: the names it goes by, the first of which is what it is kept under, and whether a value follows.
pub(super) type Known = (&'static [&'static str], Takes);

/// What follows the name of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Value,
}

/// The options that were given; of one given twice, the last.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Given(BTreeMap<&'static str, String>);

/// Why words are no options.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misuse {
    #[error("Unknown option: {0}")]
    Unknown(String),
    #[error("Option {0} requires an argument")]
    WithoutValue(&'static str),
}

impl Given {
    /// Reads words; those that are no options are passed over, as the tools do.
    pub(super) fn read(known: &[Known], words: &[String]) -> Result<Self, Misuse> {
        let mut given = BTreeMap::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                break;
            }
            let Some(option) = word.strip_prefix('-').filter(|option| !option.is_empty()) else {
                continue;
            };
            let option = option.strip_prefix('-').unwrap_or(option);
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (option, None),
            };
            let (key, takes) = find(known, name).ok_or_else(|| Misuse::Unknown(name.to_owned()))?;
            let value = match takes {
                Takes::Nothing => value.unwrap_or_default(),
                Takes::Value => value.or_else(|| words.next().cloned()).ok_or(Misuse::WithoutValue(key))?,
            };
            given.insert(key, value);
        }
        Ok(Self(given))
    }

    /// The value of an option; empty for one that takes none.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// The option of that name, or the only one whose name begins so.
pub(super) fn find(known: &[Known], name: &str) -> Option<(&'static str, Takes)> {
    let key = |(names, takes): &Known| names.first().map(|key| (*key, *takes));
    if let Some(exact) = known.iter().find(|(names, _)| names.contains(&name)) {
        return key(exact);
    }
    let mut begun = known.iter().filter(|(names, _)| names.iter().any(|known| known.starts_with(name)));
    match (begun.next(), begun.next()) {
        (Some(only), None) if !name.is_empty() => key(only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Known; 3] =
        [(&["ip-address", "ip"], Takes::Value), (&["identity"], Takes::Value), (&["help"], Takes::Nothing)];

    fn read(words: &[&str]) -> Result<Given, Misuse> {
        Given::read(&KNOWN, &words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn names_are_read_with_one_dash_or_two_whole_or_begun() {
        for words in
            [["--ip=::1", "-id", "a"], ["-ip-a=::1", "--identity", "a"], ["--ip-address=::1", "--ident", "a"]]
        {
            let given = read(&words).unwrap();
            assert_eq!((given.value("ip-address"), given.value("identity")), (Some("::1"), Some("a")));
            assert!(!given.has("help"));
        }
    }

    #[test]
    fn what_is_unknown_ambiguous_or_cut_off_is_refused() {
        assert_eq!(read(&["--bogus"]), Err(Misuse::Unknown("bogus".to_owned())));
        assert_eq!(read(&["--i", "x"]), Err(Misuse::Unknown("i".to_owned())));
        assert_eq!(read(&["--ip"]), Err(Misuse::WithoutValue("ip-address")));
        assert_eq!(read(&["word", "--", "--bogus"]), Ok(Given::default()));
    }
}
