//! What to do to the header section of a message that was checked.

use crate::boundary::{Refusal, enter, give, handle, text};
use crate::check::{Stage, Work, work_on};
use crate::findings::Results;
use crate::seal::insertions;
use crate::{Check, Context, Status, Str};
use mailproof::authres::Strip;
use mailproof::edits::HeaderEdit;
use mailproof::message::Headers;
use std::ffi::c_char;

/// An edit of a header section.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditKind {
    /// Take the field away. A milter calls `smfi_chgheader` with a value of NULL.
    Delete = 1,
    /// Give the field another value. A milter calls `smfi_chgheader`.
    Change = 2,
    /// Add the field. A milter calls `smfi_insheader`.
    Insert = 3,
}

/// An edit, in the texts that are lent of it.
#[derive(Debug)]
pub(crate) struct Edit {
    kind: EditKind,
    index: usize,
    position: usize,
    name: String,
    value: Vec<u8>,
    milter_value: Vec<u8>,
}

impl Edit {
    fn new(edit: &HeaderEdit) -> Option<Self> {
        let milter_value = edit.milter_value(false);
        let (kind, name, index, position, value) = match edit {
            HeaderEdit::Delete { name, index, position } => (EditKind::Delete, name, *index, *position, None),
            HeaderEdit::Change { name, index, position, value } => {
                (EditKind::Change, name, *index, *position, Some(value))
            }
            HeaderEdit::Insert { position, name, value } => {
                (EditKind::Insert, name, 1, *position, Some(value))
            }
            _ => return None,
        };
        let value = value.cloned().unwrap_or_default();
        Some(Self { kind, index, position, name: name.clone(), value, milter_value })
    }

    /// The edit that puts a whole field on top.
    pub(crate) fn insertion(field: &str) -> Option<Self> {
        HeaderEdit::insert_field(field).ok().as_ref().and_then(Self::new)
    }
}

impl Work {
    /// The edits; made once they are asked for.
    fn edits(&mut self) -> Result<&[Edit], Refusal> {
        let seal: Vec<_> = self.seal_to_insert().into_iter().flat_map(insertions).collect();
        self.stage.results()?.edits(&self.section, &self.shared.strip, seal)
    }
}

impl Results {
    fn edits(&mut self, section: &[u8], strip: &Strip, seal: Vec<Edit>) -> Result<&[Edit], Refusal> {
        if self.edits.is_none() {
            let report = self.findings.report();
            let headers = Headers::parse(section).map_err(crate::check::malformed);
            let list = match report {
                Some(report) => report.edits(&headers?, strip),
                None => Vec::new(),
            };
            self.edits = Some(list.iter().filter_map(Edit::new).chain(seal).collect());
        }
        Ok(self.edits.as_deref().unwrap_or_default())
    }
}

impl Stage {
    fn results(&mut self) -> Result<&mut Results, Refusal> {
        match self {
            Self::Done(results) => Ok(results),
            Self::Greeting | Self::Reading(_) | Self::Judging(_) | Self::Broken(_) => {
                Err(Refusal::state("there are results once mailproof_check_finish returned MAILPROOF_OK"))
            }
        }
    }
}

/// Counts the edits that the header section needs: fields that claim to be this receiver's Authentication-Results, or of
/// which it cannot be said that they do not, are taken away (RFC 8601 section 5), and its own is put on top; so is the seal of
/// `mailproof_check_seal`.
///
/// @param check  The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @return       How many; 0 for NULL, before there are results, and for a check of SPF or DKIM alone.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_edit_count(check: *const Check) -> usize {
    let mut count = 0;
    enter(|| {
        // SAFETY: the caller vouches for the handle.
        count = unsafe { handle(check) }?.with(|work| Ok(work.edits()?.len()))?;
        Ok(Status::Ok)
    });
    count
}

/// Tells an edit. They are carried out in their order: changes and deletions from the bottom of the header section up, so
/// that none moves what the next one means, then insertions.
///
/// @param check         The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param number        Which, from 0.
/// @param kind          Out: what to do.
/// @param name          Out: the name of the field; empty for a line that is no field, which no milter knows of.
/// @param index         Out: which one of that name, from 1, as milters count. Of an insertion, 1.
/// @param position      Out: fields above it; for an insertion, once it is there.
/// @param value         Out: the new value, everything behind the colon with its leading space, folds being CRLF and white
///                      space, without the final CRLF; empty for a deletion.
/// @param milter_value  Out: the same as milters take it: without the leading space, folds being LF and white space.
/// @return              `MAILPROOF_OK`; `MAILPROOF_ABSENT` when there are no more; `MAILPROOF_STATE`.
/// Texts are valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_edit(
    check: *const Check,
    number: usize,
    kind: *mut EditKind,
    name: *mut Str,
    index: *mut usize,
    position: *mut usize,
    value: *mut Str,
    milter_value: *mut Str,
) -> Status {
    let tell = |work: &mut Work| {
        let edit = work.edits()?.get(number);
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(kind, edit.map_or(EditKind::Insert, |edit| edit.kind));
            give(name, Str::lend_any(edit.map(|edit| edit.name.as_str())));
            give(index, edit.map_or(0, |edit| edit.index));
            give(position, edit.map_or(0, |edit| edit.position));
            give(value, edit.map_or(Str::ABSENT, |edit| Str::lend_octets(&edit.value)));
            give(milter_value, edit.map_or(Str::ABSENT, |edit| Str::lend_octets(&edit.milter_value)));
        }
        Ok(if edit.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}

/// Names another authserv-id under which a host or filter of the same receiver speaks: who forges it is stripped, too.
///
/// @param context      The context; no check may have been made yet.
/// @param authserv_id  The name; `authserv_id_len` octets.
/// @return             `MAILPROOF_OK`; `MAILPROOF_INVALID` for what is not UTF-8; `MAILPROOF_STATE` once a check was made.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_add_authserv_id(
    context: *mut Context,
    authserv_id: *const c_char,
    authserv_id_len: usize,
) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for both.
        let (context, name) = unsafe { (handle(context)?, text(authserv_id, authserv_id_len)?) };
        context.configure(|settings| {
            settings.strip = settings.strip.clone().own(name);
            Ok(Status::Ok)
        })
    })
}
