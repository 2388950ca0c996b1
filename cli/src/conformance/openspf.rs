//! The openspf suites: YAML documents, each with tests and the zone they run over.

use super::case::{Case, Expected, Words, zone};
use serde_json::{Map, Value, json};
use yaml_rust2::{Yaml, YamlLoader};

/// Reads every test of every document.
pub(super) fn parse(text: &str) -> Result<Vec<Case>, String> {
    let documents = YamlLoader::load_from_str(text).map_err(|error| error.to_string())?;
    let mut cases = Vec::new();
    for document in &documents {
        let scenario = document["description"].as_str().unwrap_or_default();
        let names = zone_data(&document["zonedata"]).map_err(|what| format!("{scenario}: {what}"))?;
        for (id, test) in document["tests"].as_hash().into_iter().flatten() {
            let id = scalar(id);
            cases.push(parse_test(&id, test, names.clone()).map_err(|what| format!("{id}: {what}"))?);
        }
    }
    Ok(cases)
}

fn parse_test(id: &str, test: &Yaml, names: Map<String, Value>) -> Result<Case, String> {
    let results = match &test["result"] {
        Yaml::Array(words) => words.iter().map(scalar).collect(),
        word => vec![scalar(word)],
    };
    Ok(Case {
        id: id.to_owned(),
        zone: zone(names)?,
        now: 0,
        ip: Some(scalar(&test["host"])),
        helo: scalar(&test["helo"]).into_bytes(),
        mail_from: scalar(&test["mailfrom"]).into_bytes(),
        message: None,
        evidence: None,
        expected: Expected {
            spf: Some(Words::Any(results)),
            explanation: test["explanation"].as_str().map(str::to_owned),
            ..Expected::default()
        },
    })
}

fn zone_data(names: &Yaml) -> Result<Map<String, Value>, String> {
    let mut zone = Map::new();
    for (name, entries) in names.as_hash().into_iter().flatten() {
        let name = scalar(name);
        let entries = entries.as_vec().ok_or_else(|| format!("{name}: a list of records is needed"))?;
        zone.insert(name.clone(), Value::Object(records(entries)));
    }
    Ok(zone)
}

/// The records of one name. `SPF` stands for TXT too, unless TXT is there, if only as `NONE`; a bare `TIMEOUT`
/// is what every type without a record answers.
fn records(entries: &[Yaml]) -> Map<String, Value> {
    let mut types: Map<String, Value> = Map::new();
    let mut has_timeout = false;
    for entry in entries {
        if entry.as_str() == Some("TIMEOUT") {
            has_timeout = true;
        }
        for (mnemonic, data) in entry.as_hash().into_iter().flatten() {
            insert(&mut types, scalar(mnemonic), data);
        }
    }
    let spf = types.remove("SPF");
    let txt = types.get("TXT").cloned();
    match (txt, spf) {
        (Some(none), _) if none == json!(["NONE"]) => drop(types.remove("TXT")),
        (None, Some(spf)) => drop(types.insert("TXT".to_owned(), spf)),
        _ => {}
    }
    if has_timeout {
        for mnemonic in ["A", "AAAA", "MX", "PTR", "TXT"] {
            types.entry(mnemonic).or_insert_with(|| json!("TIMEOUT"));
        }
    }
    types
}

fn insert(types: &mut Map<String, Value>, mnemonic: String, data: &Yaml) {
    if mnemonic == "CNAME" || data.as_str() == Some("TIMEOUT") {
        types.insert(mnemonic, json!(scalar(data)));
        return;
    }
    let record = match data {
        Yaml::Array(parts) if mnemonic == "MX" => match parts.as_slice() {
            [preference, exchange] => json!([preference.as_i64(), scalar(exchange)]),
            _ => Value::Null,
        },
        Yaml::Array(strings) => strings.iter().map(|string| json!(scalar(string))).collect(),
        _ => json!(scalar(data)),
    };
    match types.entry(mnemonic).or_insert_with(|| json!([])) {
        Value::Array(records) => records.push(record),
        failure => *failure = json!([record]),
    }
}

/// A scalar as text: YAML takes a bare number or word for something else.
fn scalar(yaml: &Yaml) -> String {
    match yaml {
        Yaml::String(text) | Yaml::Real(text) => text.clone(),
        Yaml::Integer(number) => number.to_string(),
        Yaml::Boolean(word) => word.to_string(),
        _ => String::new(),
    }
}
