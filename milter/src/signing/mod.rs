//! Who signs with which key.

mod keys;
mod table;

pub use keys::{SigningTable, UnusableSigner};
pub use table::{BrokenTable, MalformedLine};
