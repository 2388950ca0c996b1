//! The C library under any sequence of calls.
//!
//! It is not part of `lib.rs`, because the core's own tests cannot see the C library: the fuzz target and the tests of
//! `ffi` include it.

use mailproof_ffi::*;
use std::ptr::{null, null_mut};

const ZONE: &str = r#"{"example.com": {"TXT": ["v=spf1 a mx ptr exists:%{i}.example.com include:b.example.com -all"]},
    "b.example.com": {"TXT": ["v=spf1 -all"]}, "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}}"#;
const KEY: &[u8] = b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

const RSA: &[u8] = include_bytes!("../../tests/data/keys/rsa2048.pk8");

/// Calls taken at most.
const CALLS: usize = 400;

/// The handles, each NULL or alive, and what is left of the input.
struct Caller<'a> {
    rest: &'a [u8],
    context: *mut Context,
    check: *mut Check,
    answer: *mut Answer,
    signer: *mut Signer,
    signing: *mut Signing,
    sealer: *mut Sealer,
}

/// Every call gives a status that is known and is no `Panic`; every text that is lent can be read.
pub fn sequence(octets: &[u8]) {
    let mut caller = Caller {
        rest: octets,
        context: null_mut(),
        check: null_mut(),
        answer: null_mut(),
        signer: null_mut(),
        signing: null_mut(),
        sealer: null_mut(),
    };
    for _ in 0..CALLS {
        if caller.rest.is_empty() {
            break;
        }
        let status = caller.call();
        assert_ne!(status, Status::Panic);
    }
    // SAFETY: each handle is NULL or alive.
    unsafe {
        mailproof_signing_free(caller.signing);
        mailproof_signer_free(caller.signer);
        mailproof_sealer_free(caller.sealer);
        mailproof_answer_free(caller.answer);
        mailproof_check_free(caller.check);
        mailproof_context_free(caller.context);
    }
}

impl<'a> Caller<'a> {
    fn octet(&mut self) -> u8 {
        let (first, rest) = self.rest.split_first().map_or((0, self.rest), |(first, rest)| (*first, rest));
        self.rest = rest;
        first
    }

    fn octets(&mut self) -> &'a [u8] {
        let len = usize::from(self.octet()).min(self.rest.len());
        let (octets, rest) = self.rest.split_at(len);
        self.rest = rest;
        octets
    }

    fn number(&mut self) -> u32 {
        // Small numbers mostly; now and then a huge one.
        match self.octet() {
            255 => u32::MAX,
            octet => octet.into(),
        }
    }

    fn call(&mut self) -> Status {
        let operation = self.octet();
        // SAFETY: each handle is NULL or alive, and each input is an array with its length.
        unsafe {
            match operation {
                0..32 => self.set_up(operation % 8),
                32..128 => self.tell(operation % 16),
                128..192 => self.ask(operation % 16),
                192..224 => self.sign(operation % 8),
                _ => self.seal(operation % 8),
            }
        }
    }

    unsafe fn set_up(&mut self, operation: u8) -> Status {
        let text = self.octets();
        let (data, len) = (text.as_ptr().cast(), text.len());
        // SAFETY: as above.
        unsafe {
            match operation {
                0 => {
                    mailproof_context_free(self.context);
                    self.context = null_mut();
                    mailproof_context_new(c"mx.example.org".as_ptr(), 14, &raw mut self.context)
                }
                1 => mailproof_context_use_zone_json(self.context, ZONE.as_ptr().cast(), ZONE.len()),
                2 => mailproof_context_use_zone_json(self.context, data, len),
                3 => mailproof_context_set_number(self.context, self.number(), self.number().into()),
                4 => mailproof_context_use_lookup(self.context, Some(lookup), null_mut()),
                5 => mailproof_context_add_authserv_id(self.context, data, len),
                6 => mailproof_context_cache_flush_name(self.context, data, len),
                _ => {
                    mailproof_context_free(self.context);
                    self.context = null_mut();
                    mailproof_context_new(data, len, &raw mut self.context)
                }
            }
        }
    }

    unsafe fn tell(&mut self, operation: u8) -> Status {
        let (one, other) = (self.octets(), self.octets());
        let mut hungry = false;
        // SAFETY: as above.
        unsafe {
            match operation {
                0..3 => {
                    mailproof_check_free(self.check);
                    self.check = null_mut();
                    let out = &raw mut self.check;
                    match operation {
                        0 => mailproof_check_new(self.context, out),
                        1 => mailproof_check_new_dkim(self.context, out),
                        _ => mailproof_check_new_spf(
                            self.context,
                            [192, 0, 2, 1].as_ptr(),
                            4,
                            one.as_ptr().cast(),
                            one.len(),
                            other.as_ptr().cast(),
                            other.len(),
                            out,
                        ),
                    }
                }
                3 => mailproof_check_connect(
                    self.check,
                    one.as_ptr(),
                    one.len(),
                    other.as_ptr().cast(),
                    other.len(),
                ),
                4 => mailproof_check_mail_from(self.check, one.as_ptr().cast(), one.len()),
                5 | 6 => mailproof_check_header(
                    self.check,
                    one.as_ptr().cast(),
                    one.len(),
                    other.as_ptr().cast(),
                    other.len(),
                ),
                7 => mailproof_check_eoh(self.check),
                8 => mailproof_check_body(self.check, one.as_ptr(), one.len(), &raw mut hungry),
                9 => mailproof_check_feed(self.check, one.as_ptr(), one.len(), &raw mut hungry),
                10 => mailproof_check_message(self.check, one.as_ptr(), one.len()),
                11 => mailproof_check_text(self.check, one.as_ptr(), one.len()),
                12 => mailproof_check_set_time(self.check, self.number().into()),
                13 => mailproof_check_step(self.check),
                _ => self.finish(),
            }
        }
    }

    /// Finishes, and reads all there is to read.
    unsafe fn finish(&mut self) -> Status {
        let mut text = Str { data: null(), len: 0 };
        let out = &raw mut text;
        // SAFETY: as above; outputs may be NULL.
        unsafe {
            let status = mailproof_check_finish(self.check);
            let results = mailproof_check_json(self.check, out);
            assert!(status == Status::Ok || results.number() < 0, "{status:?} {results:?}");
            read(text);
            for index in 0..4 {
                mailproof_check_spf(self.check, index, null_mut(), out, out);
                read(text);
                mailproof_check_received_spf(self.check, index, out);
                let place = usize::try_from(index).unwrap_or(0);
                mailproof_check_dkim(self.check, place, null_mut(), null_mut(), null_mut(), out);
                read(text);
                mailproof_check_edit(
                    self.check,
                    place,
                    null_mut(),
                    null_mut(),
                    null_mut(),
                    null_mut(),
                    out,
                    null_mut(),
                );
                read(text);
            }
            mailproof_check_auth_results_field(self.check, out);
            mailproof_check_smtp_reply(self.check, null_mut(), null_mut(), out);
            read(text);
            status
        }
    }

    unsafe fn ask(&mut self, operation: u8) -> Status {
        let octets = self.octets();
        let (data, len) = (octets.as_ptr(), octets.len());
        let id = self.number();
        let mut name = Str { data: null(), len: 0 };
        let mut first = 0;
        // SAFETY: as above.
        unsafe {
            match operation {
                0 => {
                    mailproof_answer_free(self.answer);
                    self.answer = null_mut();
                    mailproof_answer_new(&raw mut self.answer)
                }
                1 => mailproof_answer_txt(self.answer, data, len),
                2 => mailproof_answer_address(self.answer, data, len),
                3 => mailproof_answer_mx(self.answer, 1, data.cast(), len),
                4 => mailproof_answer_ptr(self.answer, data.cast(), len),
                5 => mailproof_answer_nodata(self.answer),
                6 => mailproof_answer_nxdomain(self.answer),
                7 => mailproof_answer_failed(self.answer, id),
                8 => mailproof_answer_reply(self.answer, data, len),
                9 => mailproof_answer_set_ttl(self.answer, id),
                10 => mailproof_answer_clear(self.answer),
                11 => mailproof_check_answer(self.check, id, self.answer),
                12 => mailproof_check_answer_reply(self.check, id, data, len),
                13 => mailproof_check_answer_failed(self.check, id, 1),
                _ => {
                    // The first open question, whatever its number.
                    let status =
                        mailproof_check_question(self.check, 0, &raw mut first, &raw mut name, null_mut());
                    read(name);
                    if status == Status::Ok {
                        let mut message = [0; 512];
                        let mut octets = 0;
                        let (room, out) = (message.len(), &raw mut octets);
                        let written = mailproof_check_question_message(
                            self.check,
                            first,
                            1,
                            message.as_mut_ptr(),
                            room,
                            out,
                        );
                        assert!(written != Status::TooBig && octets <= room);
                        mailproof_check_answer(self.check, first, self.answer);
                    }
                    status
                }
            }
        }
    }

    unsafe fn sign(&mut self, operation: u8) -> Status {
        let (one, other) = (self.octets(), self.octets());
        let mut text = Str { data: null(), len: 0 };
        // SAFETY: as above.
        unsafe {
            match operation {
                0 => {
                    mailproof_signer_free(self.signer);
                    self.signer = null_mut();
                    let (domain, selector) = (c"example.com".as_ptr(), c"s".as_ptr());
                    mailproof_signer_new(
                        domain,
                        11,
                        selector,
                        1,
                        KEY.as_ptr(),
                        KEY.len(),
                        &raw mut self.signer,
                    )
                }
                1 => mailproof_signer_set_number(self.signer, self.number(), self.number().into()),
                2 => mailproof_signer_set_text(self.signer, self.number(), one.as_ptr().cast(), one.len()),
                3 => {
                    mailproof_signing_free(self.signing);
                    self.signing = null_mut();
                    mailproof_signing_new(self.signer, self.number().into(), &raw mut self.signing)
                }
                4 => mailproof_signing_header(
                    self.signing,
                    one.as_ptr().cast(),
                    one.len(),
                    other.as_ptr().cast(),
                    other.len(),
                ),
                5 => mailproof_signing_eoh(self.signing),
                6 => mailproof_signing_feed(self.signing, one.as_ptr(), one.len()),
                _ => {
                    mailproof_signing_body(self.signing, one.as_ptr(), one.len());
                    let status = mailproof_signing_finish(self.signing);
                    mailproof_signing_signature(self.signing, 0, null_mut(), &raw mut text, null_mut());
                    read(text);
                    status
                }
            }
        }
    }
}

impl Caller<'_> {
    unsafe fn seal(&mut self, operation: u8) -> Status {
        let text = self.octets();
        let (data, len) = (text.as_ptr(), text.len());
        let mut field = Str { data: null(), len: 0 };
        // SAFETY: as above.
        unsafe {
            match operation {
                0 => {
                    mailproof_sealer_free(self.sealer);
                    self.sealer = null_mut();
                    let (domain, selector) = (c"example.com".as_ptr(), c"s".as_ptr());
                    let out = &raw mut self.sealer;
                    mailproof_sealer_new(domain, 11, selector, 1, RSA.as_ptr(), RSA.len(), out)
                }
                1 => mailproof_sealer_set_number(self.sealer, self.number(), self.number().into()),
                2 => mailproof_sealer_set_text(self.sealer, self.number(), data.cast(), len),
                3 => mailproof_context_add_trusted_sealer(self.context, data.cast(), len),
                4 | 5 => mailproof_check_use_sealer(self.check, self.sealer),
                6 => mailproof_check_seal_message(self.check, self.sealer, data, len, self.number().into()),
                _ => {
                    let status = mailproof_check_seal(self.check, self.number().into());
                    for index in 0..4 {
                        mailproof_check_seal_field(self.check, index, null_mut(), &raw mut field, null_mut());
                        read(field);
                    }
                    mailproof_check_edit_count(self.check);
                    status
                }
            }
        }
    }
}

/// Reads a text that was lent to its last octet.
fn read(text: Str) {
    if !text.data.is_null() {
        // SAFETY: the library lends so many octets, and nothing was called since that takes them away.
        let octets = unsafe { std::slice::from_raw_parts(text.data.cast::<u8>(), text.len) };
        std::hint::black_box(octets.iter().fold(0_u8, |sum, octet| sum.wrapping_add(*octet)));
    }
}

/// Answers by the length of the name.
unsafe extern "C" fn lookup(
    _: *mut std::ffi::c_void,
    name: *const std::ffi::c_char,
    name_len: usize,
    rrtype: u16,
    answer: *mut Answer,
) {
    // SAFETY: the library lends both for the time of the call.
    unsafe {
        match name_len % 4 {
            0 => mailproof_answer_nxdomain(answer),
            1 => mailproof_answer_reply(answer, name.cast(), name_len),
            2 if rrtype == 16 => mailproof_answer_txt(answer, ZONE.as_ptr().add(27), 40),
            2 => mailproof_answer_address(answer, [192, 0, 2, 1].as_ptr(), 4),
            _ => Status::Ok,
        };
    }
}
