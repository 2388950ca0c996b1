//! The milter protocol, version 6, as sendmail 8.18 and Postfix 3 speak it. No socket, no clock: octets in, events out.
//!
//! * [`Conversation`]: the filter's side of one connection. It checks the order, keeps the macros, answers where an
//!   answer is due, and hands out what the MTA says as [`Event`]s.
//! * [`Frames`]: octets cut into commands. [`Command`] and [`Reply`]: what they say, both ways.
//! * [`Offer`], [`Agreement`]: the negotiation.
//!
//! Nothing an MTA, or whoever pretends to be one, can send makes this panic or hold more memory than the limits stated at
//! [`Frames`] and [`Macros`]; what is wrong is a [`Violation`], after which the connection is of no more use.

mod command;
mod conversation;
mod frame;
mod macros;
mod negotiation;
mod reply;
mod violation;

pub use command::{Address, Command, Family};
pub use conversation::{Conversation, Event, HEADER_OCTETS};
pub use frame::{BODY_OCTETS, Frame, Frames, PLAIN_OCTETS, Sender};
pub use macros::{MACRO_OCTETS, Macros, Stage};
pub use negotiation::{Actions, Agreement, Offer, Steps, VERSION, Wishes};
pub use reply::{Reply, Unsayable};
pub use violation::Violation;
