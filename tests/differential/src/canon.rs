//! Canonicalization (RFC 6376 §3.4) written as plainly as the text, slow and of its own: what the signatures of the
//! generator are made over.

/// One header field, without the CRLF at its end.
pub fn header(field: &[u8], relaxed: bool) -> Vec<u8> {
    if !relaxed {
        return field.to_vec();
    }
    let colon = field.iter().position(|octet| *octet == b':').unwrap_or(field.len());
    let (name, value) = field.split_at(colon);
    let mut canonical = name.to_ascii_lowercase();
    while canonical.last().is_some_and(|octet| is_wsp(*octet)) {
        canonical.pop();
    }
    canonical.push(b':');
    canonical.extend(squeezed(&without_crlf(value.get(1..).unwrap_or_default())).trim_ascii_start());
    while canonical.last() == Some(&b' ') {
        canonical.pop();
    }
    canonical
}

/// The whole body.
pub fn body(body: &[u8], relaxed: bool) -> Vec<u8> {
    let mut lines = lines(body);
    if relaxed {
        for line in &mut lines {
            *line = squeezed(line);
            if line.last() == Some(&b' ') {
                line.pop();
            }
        }
    }
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    let mut canonical = Vec::new();
    for line in &lines {
        canonical.extend_from_slice(line);
        canonical.extend_from_slice(b"\r\n");
    }
    if lines.is_empty() && !relaxed {
        canonical.extend_from_slice(b"\r\n");
    }
    canonical
}

/// The lines between CRLFs; what follows the last one is a line if there is anything.
fn lines(body: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = vec![Vec::new()];
    let mut at = 0;
    while at < body.len() {
        if body[at..].starts_with(b"\r\n") {
            lines.push(Vec::new());
            at += 2;
        } else {
            let last = lines.len() - 1;
            lines[last].push(body[at]);
            at += 1;
        }
    }
    lines
}

fn without_crlf(text: &[u8]) -> Vec<u8> {
    let parts = lines(text);
    parts.concat()
}

/// Runs of spaces and tabs as one space.
fn squeezed(text: &[u8]) -> Vec<u8> {
    let mut squeezed = Vec::new();
    for octet in text {
        if !is_wsp(*octet) {
            squeezed.push(*octet);
        } else if squeezed.last() != Some(&b' ') {
            squeezed.push(b' ');
        }
    }
    squeezed
}

fn is_wsp(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}
