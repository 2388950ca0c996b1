//! The milter daemon over `mailproof`; its protocol codec will stand here.
