//! Every check has a bad sample, which it finds, and a good one, in which it finds nothing.
