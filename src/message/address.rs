//! Address lists (RFC 5322 §3.4 with the obsolete forms of §4.4, RFC 6532, RFC 6854), as far as DMARC needs them:
//! which domains do the addresses name?
//!
//! The parser is total and looks at every octet once. It is lenient only where the domain stays beyond doubt: dots
//! may stand anywhere in a local part, a display name may hold a comma, and its text may be of any charset.

use crate::ascii::{is_atext, is_wsp};
use crate::cursor::Cursor;

/// What an address has behind its `@`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// A domain, without the white space and comments that may stand around its dots; of any octets.
    Domain(Vec<u8>),
    /// A domain literal, `[192.0.2.1]`.
    Literal,
}

/// Octets to make room for at first; most domains are shorter.
const USUAL_DOMAIN_OCTETS: usize = 64;

/// The octets before the place where a list breaks the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) usize);

type Parsed<T> = Result<T, Malformed>;

/// Reads `address-list`, hands the host of every address to `take`, and counts the groups.
pub(super) fn read_hosts(text: &[u8], take: impl FnMut(Host)) -> Parsed<usize> {
    let mut list = List { cursor: Cursor::new(text), take };
    let mut groups = 0;
    let mut is_in_group = false;
    loop {
        let is_group = list.element(!is_in_group)?;
        if is_group {
            groups += 1;
            is_in_group = true;
            continue;
        }
        match list.cursor.next() {
            None if !is_in_group => return Ok(groups),
            Some(b',') => {}
            Some(b';') if is_in_group => {
                is_in_group = false;
                list.white_space()?;
                match list.cursor.next() {
                    None => return Ok(groups),
                    Some(b',') => {}
                    Some(_) => return Err(list.malformed_before()),
                }
            }
            Some(_) => return Err(list.malformed_before()),
            None => return Err(list.malformed()),
        }
    }
}

struct List<'a, T> {
    cursor: Cursor<'a>,
    take: T,
}

/// A run of words and dots: a local part or a display name, before it is known which.
#[derive(Default)]
struct Words {
    count: usize,
    dots: usize,
    /// Two words with no dot between them: no local part.
    is_phrase: bool,
    /// A quoted string or an encoded word is among them.
    is_disguise: bool,
    /// An encoded word is among them.
    is_encoded: bool,
}

impl<T: FnMut(Host)> List<'_, T> {
    /// Everything up to the next separator; nothing at all is legal (RFC 5322 §4.4, `obs-addr-list`). True when it
    /// is the name of a group, of which the members follow.
    fn element(&mut self, may_be_group: bool) -> Parsed<bool> {
        let words = self.words()?;
        match self.cursor.peek() {
            Some(b'@') => {
                let host = self.host_after(&words)?;
                (self.take)(host);
                // An address in place of a display name, as many programs write it. It names a domain that readers
                // see, so it counts as one.
                if self.cursor.peek() == Some(b'<') {
                    self.angle_address()?;
                }
                Ok(false)
            }
            Some(b'<') => {
                let names_nobody = !self.angle_address()?;
                if names_nobody && words.is_disguise { Err(self.malformed()) } else { Ok(false) }
            }
            Some(b':') if may_be_group && words.count > 0 => {
                self.cursor.next();
                Ok(true)
            }
            // The half of a display name with an unquoted comma in it names no domain. But quoted or encoded text
            // can hold an address that some reader takes out of it, so it must belong to a mailbox.
            None | Some(b',' | b';') if !words.is_disguise => Ok(false),
            Some(_) | None => Err(self.malformed()),
        }
    }

    /// `angle-addr`, with `obs-route`; false for `<>`, which names nobody.
    fn angle_address(&mut self) -> Parsed<bool> {
        self.cursor.next();
        self.white_space()?;
        if self.cursor.eat(b'>') {
            return self.white_space().map(|()| false);
        }
        if matches!(self.cursor.peek(), Some(b'@' | b',')) {
            self.route()?;
        }
        let words = self.words()?;
        let host = self.host_after(&words)?;
        self.expect(b'>')?;
        (self.take)(host);
        self.white_space().map(|()| true)
    }

    /// `obs-route = obs-domain-list ":"`: RFC 5322 §4.4 tells readers to ignore it.
    fn route(&mut self) -> Parsed<()> {
        loop {
            self.white_space()?;
            if self.cursor.eat(b',') {
                continue;
            }
            if self.cursor.peek() != Some(b'@') {
                break;
            }
            self.host()?;
        }
        self.expect(b':')
    }

    /// The rest of `addr-spec` behind its local part.
    fn host_after(&mut self, local: &Words) -> Parsed<Host> {
        // RFC 2047 §5: no encoded word in an address. Who decodes one there could find another address in it.
        if local.count == 0 || local.is_phrase || local.is_encoded {
            return Err(self.malformed());
        }
        self.host()
    }

    /// `"@" domain`, and the white space behind it.
    fn host(&mut self) -> Parsed<Host> {
        self.expect(b'@')?;
        self.white_space()?;
        if self.cursor.peek() == Some(b'[') {
            return self.literal();
        }
        let mut domain = Vec::with_capacity(USUAL_DOMAIN_OCTETS);
        loop {
            let atom = self.cursor.take_while(is_atom_octet);
            if atom.is_empty() {
                return Err(self.malformed());
            }
            domain.extend_from_slice(atom);
            self.white_space()?;
            if !self.cursor.eat(b'.') {
                return Ok(Host::Domain(domain));
            }
            domain.push(b'.');
            self.white_space()?;
        }
    }

    /// `domain-literal`.
    fn literal(&mut self) -> Parsed<Host> {
        self.cursor.next();
        loop {
            match self.cursor.peek() {
                Some(b']') => break,
                Some(b'[') => return Err(self.malformed()),
                _ => self.text_octet()?,
            }
        }
        self.cursor.next();
        self.white_space()?;
        Ok(Host::Literal)
    }

    fn words(&mut self) -> Parsed<Words> {
        let mut words = Words::default();
        let mut is_after_word = false;
        loop {
            self.white_space()?;
            let is_word = match self.cursor.peek() {
                Some(b'.') => {
                    self.cursor.next();
                    words.dots += 1;
                    false
                }
                Some(b'"') => {
                    self.quoted_string()?;
                    words.is_disguise = true;
                    true
                }
                Some(octet) if is_atom_octet(octet) => {
                    let atom = self.cursor.take_while(is_atom_octet);
                    // Some readers decode one in the middle of an atom too.
                    words.is_encoded |= atom.windows(2).any(|pair| pair == b"=?");
                    words.is_disguise |= words.is_encoded;
                    true
                }
                _ if words.dots > 0 && words.count == 0 => return Err(self.malformed()),
                _ => return Ok(words),
            };
            words.count += usize::from(is_word);
            words.is_phrase |= is_word && is_after_word;
            is_after_word = is_word;
        }
    }

    fn quoted_string(&mut self) -> Parsed<()> {
        self.cursor.next();
        while !self.cursor.eat(b'"') {
            self.text_octet()?;
        }
        Ok(())
    }

    /// `[CFWS]`.
    fn white_space(&mut self) -> Parsed<()> {
        loop {
            self.cursor.take_while(is_wsp);
            match self.cursor.peek() {
                Some(b'(') => self.comment()?,
                Some(b'\r') => self.text_octet()?,
                _ => return Ok(()),
            }
        }
    }

    /// `comment`, of any depth.
    fn comment(&mut self) -> Parsed<()> {
        let mut depth = 0_usize;
        loop {
            match self.cursor.peek() {
                Some(b'(') => {
                    self.cursor.next();
                    depth += 1;
                }
                Some(b')') => {
                    self.cursor.next();
                    depth -= 1;
                }
                _ => self.text_octet()?,
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// One octet, quoted pair or fold inside quotes, comments and literals. NUL is refused everywhere, and so are a
    /// lone CR and a lone LF: what reads on behind them reads another message than what stops there.
    fn text_octet(&mut self) -> Parsed<()> {
        match self.cursor.next() {
            Some(b'\\') => match self.cursor.next() {
                None | Some(0 | b'\r' | b'\n') => Err(self.malformed_before()),
                Some(_) => Ok(()),
            },
            Some(b'\r') if self.cursor.eat(b'\n') && self.cursor.peek().is_some_and(is_wsp) => Ok(()),
            None | Some(0 | b'\r' | b'\n') => Err(self.malformed_before()),
            Some(_) => Ok(()),
        }
    }

    fn expect(&mut self, octet: u8) -> Parsed<()> {
        if self.cursor.eat(octet) { Ok(()) } else { Err(self.malformed()) }
    }

    /// The next octet is wrong.
    const fn malformed(&self) -> Malformed {
        Malformed(self.cursor.offset())
    }

    /// The octet just consumed is wrong.
    const fn malformed_before(&self) -> Malformed {
        Malformed(self.cursor.offset().saturating_sub(1))
    }
}

/// `atext`, and what RFC 6532 §3.2 adds: anything beyond ASCII. It need not be UTF-8 here; a domain of it must.
const fn is_atom_octet(octet: u8) -> bool {
    is_atext(octet) || !octet.is_ascii()
}
