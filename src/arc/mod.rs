//! Authenticated Received Chains (RFC 8617): what forwarders say they found before they changed a message.
//!
//! ARC is **legacy**. RFC 8617 is an experiment, which the working group that made it is moving to historic; large
//! receivers still seal and read chains, so that it is complete here. A chain that passes says who handled a message
//! and what each of them claims to have found. It says nothing about whether they are honest: a chain counts only as
//! far as its sealers are trusted.
//!
//! * [`validate`] takes a whole message; [`Validator`] takes the header section first and the body in any chunks. Both
//!   end in a [`Validation`], which gives one [`Verdict`].
//! * A [`Sealer`] adds a set to a message that is forwarded, whole or in chunks ([`Sealing`]),
//!   or after its body has passed ([`SealingBody`]).
//! * [`local_policy`] says whether a chain of trusted sealers excuses a message that fails DMARC.
//!
//! RFC 8617 §5.2.1 makes every failure permanent, those of DNS too. A receiver that prefers to ask the sender to try
//! again later looks at [`Verdict::unavailable`] before it answers.

mod cause;
pub(crate) mod chain;
mod local_policy;
mod parse;
mod policy;
mod seal;
mod sealer;
mod sealing_error;
mod sealing_options;
mod set;
mod validate;
mod verdict;

pub use cause::{Cause, Fault, FieldKind};
pub use local_policy::{Override, Testimony, local_policy, may_excuse_later};
pub use policy::Policy;
pub use seal::{Seal, SealField, Sealing, SealingBody};
pub use sealer::Sealer;
pub use sealing_error::{InvalidSealer, NotSealed};
pub use sealing_options::SealingOptions;
pub(crate) use set::has_arc_fields;
pub use validate::{Validation, Validator, validate};
pub use verdict::{ChainStatus, Outcome, Set, Signature, SignatureOutcome, Verdict};
