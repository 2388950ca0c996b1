//! Who signs with which key.

mod file;
mod keys;
mod table;

pub(crate) use file::{FileState, read_key};
pub use keys::{SigningTable, UnusableSigner};
pub use table::{BrokenTable, MalformedLine};
