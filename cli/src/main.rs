//! The `mailproof` command.

fn main() {}
