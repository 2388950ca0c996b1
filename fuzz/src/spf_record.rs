//! SPF records.

use super::field::assert_printable;
use mailproof::spf::Record;

/// A record prints as a text that reads as the same record; an error points into the text and shows nothing
/// unprintable.
pub fn record(octets: &[u8]) {
    match Record::parse(octets) {
        Ok(record) => {
            let printed = record.to_string();
            assert_printable(&printed);
            assert_eq!(Record::parse(&printed).as_ref(), Ok(&record), "{printed:?}");
            assert_eq!(record.directives().count() + record.modifiers().count(), record.terms().len());
        }
        Err(error) => {
            assert!(error.offset <= octets.len(), "{error:?}");
            assert_printable(&error.term);
            assert_printable(&error.to_string());
        }
    }
}
