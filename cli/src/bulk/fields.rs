//! An item in fields: an object of JSON, or a row of CSV.

use super::item::{Mail, MailSource, Sender, Subject};
use serde::Deserialize;
use std::path::PathBuf;

/// The fields that are known; others are passed over.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fields {
    domain: Option<String>,
    ip: Option<String>,
    helo: Option<String>,
    mail_from: Option<String>,
    message_path: Option<PathBuf>,
}

/// Which column is which field.
pub(super) struct Columns(Vec<Option<Field>>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Domain,
    Ip,
    Helo,
    MailFrom,
    MessagePath,
}

impl Fields {
    pub(super) fn of_json(line: &str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|why| format!("no JSON object of an item: {why}"))
    }

    /// What stands for the item where it is named.
    pub(super) fn text(&self) -> String {
        let path = self.message_path.as_ref().map(|path| path.display().to_string());
        let named = path.or_else(|| self.mail_from.clone()).or_else(|| self.domain.clone());
        named.or_else(|| self.helo.clone()).or_else(|| self.ip.clone()).unwrap_or_default()
    }

    pub(super) fn subject(self) -> Result<Subject, String> {
        let ip = self.ip.filter(|ip| !ip.is_empty());
        let ip = ip.map(|ip| ip.parse().map_err(|_| format!("{ip}: no IP address"))).transpose()?;
        let helo = self.helo.unwrap_or_default();
        let mail_from = self.mail_from.map(|address| crate::input::reverse_path(&address).to_owned());
        if let Some(path) = self.message_path.filter(|path| !path.as_os_str().is_empty()) {
            let sender = Sender { domain: None, ip, helo, mail_from };
            return Ok(Subject::Mail(Mail { source: MailSource::File(path), sender }));
        }
        let named = [self.domain.as_deref(), mail_from.as_deref(), Some(helo.as_str())];
        let Some(named) = named.into_iter().flatten().find(|text| !text.is_empty()) else {
            return Err("no domain, helo, mail_from or message_path".to_owned());
        };
        let Sender { domain, .. } = Sender::of_text(named)?;
        Ok(Subject::Sender(Sender { domain, ip, helo, mail_from }))
    }
}

impl Columns {
    /// Reads the header of a table.
    pub(super) fn of_header(line: &str) -> Result<Self, String> {
        let header = row(line)?;
        let known = |name: &str| match name.trim().to_ascii_lowercase().as_str() {
            "domain" => Some(Field::Domain),
            "ip" => Some(Field::Ip),
            "helo" => Some(Field::Helo),
            "mail_from" => Some(Field::MailFrom),
            "message_path" => Some(Field::MessagePath),
            _ => None,
        };
        let columns: Vec<_> = header.iter().map(known).collect();
        if columns.iter().any(|column| column.is_some_and(|field| field != Field::Ip)) {
            Ok(Self(columns))
        } else {
            Err("no header: its first line names no column domain, helo, mail_from or message_path"
                .to_owned())
        }
    }

    pub(super) fn fields(&self, line: &str) -> Result<Fields, String> {
        let mut fields = Fields::default();
        for (column, value) in self.0.iter().zip(&row(line)?) {
            let value = value.trim();
            let Some(field) = column.filter(|_| !value.is_empty()) else {
                continue;
            };
            match field {
                Field::Domain => fields.domain = Some(value.to_owned()),
                Field::Ip => fields.ip = Some(value.to_owned()),
                Field::Helo => fields.helo = Some(value.to_owned()),
                Field::MailFrom => fields.mail_from = Some(value.to_owned()),
                Field::MessagePath => fields.message_path = Some(value.into()),
            }
        }
        Ok(fields)
    }
}

/// One line is one row: a quotation mark that nobody closes ends with its line, and not with the file.
fn row(line: &str) -> Result<csv::StringRecord, String> {
    // RFC 4180 §2: within a row they come in pairs.
    if line.bytes().filter(|octet| *octet == b'"').count() % 2 == 1 {
        return Err("a quotation mark that is not closed; one row is one line here".to_owned());
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(line.len().max(16))
        .from_reader(line.as_bytes());
    let mut row = csv::StringRecord::new();
    reader.read_record(&mut row).map_err(|why| why.to_string())?;
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_their_names() {
        let columns = Columns::of_header("rank, Domain ,IP,note").unwrap();
        let fields = columns.fields("1,\"example.com\",192.0.2.1,\"a, b\"").unwrap();
        assert_eq!(
            (fields.domain.as_deref(), fields.ip.as_deref()),
            (Some("example.com"), Some("192.0.2.1"))
        );
        assert!(Columns::of_header("1,example.com").is_err());
        assert!(columns.fields("1").unwrap().subject().is_err());
    }
}
