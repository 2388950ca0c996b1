//! The lint, judged by samples, by the engine, and by what is really published.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::disallowed_methods)]

mod contradiction;
mod manual;
mod mended;
mod published;
mod samples;
