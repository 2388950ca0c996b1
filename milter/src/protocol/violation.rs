//! How an MTA, or whoever pretends to be one, breaks the protocol.

/// Why a connection is of no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// A frame without even a command.
    #[error("a frame of no octets")]
    EmptyFrame,
    /// More header fields in one message than anybody would keep.
    #[error("the header section does not end within {limit} octets")]
    EndlessHeader {
        /// The limit in octets.
        limit: usize,
    },
    /// A frame longer than its command may have.
    #[error("a frame of {octets} octets for command {}", shown(*.command))]
    FrameTooLong {
        /// The command.
        command: u8,
        /// How long it says it is.
        octets: u32,
    },
    /// Macros that take more room than they are given.
    #[error("macros of more than {limit} octets")]
    MacrosTooLong {
        /// The limit in octets.
        limit: usize,
    },
    /// A command whose data do not have its form.
    #[error("malformed data of command {}", shown(*.0))]
    MalformedData(u8),
    /// A command where it cannot stand.
    #[error("command {} out of order", shown(*.0))]
    OutOfOrder(u8),
    /// An octet that is no command.
    #[error("unknown command {}", shown(*.0))]
    UnknownCommand(u8),
    /// An octet that is no reply.
    #[error("unknown reply {}", shown(*.0))]
    UnknownReply(u8),
    /// An MTA of a time before version 2.
    #[error("protocol version {0}, and none before 2 is known")]
    Version(u32),
}

/// A command for people: its letter, or its number.
fn shown(command: u8) -> String {
    if command.is_ascii_graphic() { char::from(command).to_string() } else { format!("0x{command:02x}") }
}
