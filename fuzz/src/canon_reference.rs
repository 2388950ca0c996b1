//! RFC 6376 §3.4 and §3.7 as plainly as they can be written: every sentence rewrites the whole text, however slowly.

const CRLF: &[u8] = b"\r\n";

/// How a part of a message may change on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Canon {
    Relaxed,
    Simple,
}

impl Canon {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Relaxed => "relaxed",
            Self::Simple => "simple",
        }
    }

    /// §3.4.3, §3.4.4.
    pub(crate) fn body(self, body: &[u8]) -> Vec<u8> {
        let mut text = match self {
            Self::Simple => body.to_vec(),
            Self::Relaxed => {
                let text = replaced(&one_space_each(body), b" \r\n", CRLF);
                text.strip_suffix(b" ").unwrap_or(&text).to_vec()
            }
        };
        while text.ends_with(b"\r\n\r\n") {
            text.truncate(text.len() - CRLF.len());
        }
        if text == CRLF {
            text.clear();
        }
        if (self == Self::Simple || !text.is_empty()) && !text.ends_with(CRLF) {
            text.extend_from_slice(CRLF);
        }
        text
    }

    /// §3.4.1, §3.4.2: a field without the CRLF that ends it.
    pub(crate) fn field(self, field: &[u8]) -> Vec<u8> {
        if self == Self::Simple {
            return field.to_vec();
        }
        let colon = field.iter().position(|octet| *octet == b':').expect("a field has a colon");
        let (name, value) = (&field[..colon], &field[colon + 1..]);
        let unfolded = replaced(&replaced(value, b"\r\n ", b" "), b"\r\n\t", b"\t");
        let name = one_space_each(name).to_ascii_lowercase();
        let value = one_space_each(&unfolded);
        [trimmed(&name), b":", trimmed(&value)].concat()
    }
}

/// §3.7: what a signature is made of. The names are those of `h=`; `own` is the signature's field with an empty `b=`.
pub(crate) fn signed_header(canon: Canon, fields: &[&[u8]], names: &[&[u8]], own: &[u8]) -> Vec<u8> {
    let mut left = fields.to_vec();
    let mut text = Vec::new();
    for name in names {
        // §5.4.2: from the bottom up; what is not there is nothing.
        if let Some(place) = left.iter().rposition(|field| is_named(field, name)) {
            text.extend(canon.field(left.remove(place)));
            text.extend_from_slice(CRLF);
        }
    }
    text.extend(canon.field(own));
    text
}

fn is_named(field: &[u8], name: &[u8]) -> bool {
    let colon = field.iter().position(|octet| *octet == b':');
    colon.is_some_and(|colon| field[..colon].trim_ascii_end().eq_ignore_ascii_case(name))
}

/// Every run of white space as one space.
fn one_space_each(text: &[u8]) -> Vec<u8> {
    let mut text: Vec<u8> = text.iter().map(|octet| if *octet == b'\t' { b' ' } else { *octet }).collect();
    while text.windows(2).any(|pair| pair == b"  ") {
        text = replaced(&text, b"  ", b" ");
    }
    text
}

fn trimmed(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    text.strip_suffix(b" ").unwrap_or(text)
}

/// The text with each `old`, from the left, as `new`.
pub(crate) fn replaced(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.first() {
        rest = match rest.strip_prefix(old) {
            Some(after) => {
                out.extend_from_slice(new);
                after
            }
            None => {
                out.push(*first);
                &rest[1..]
            }
        };
    }
    out
}
