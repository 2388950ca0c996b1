//! The C library over `mailproof`; empty until the C interface is built.
