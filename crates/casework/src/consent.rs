//! The consent ledger (同意台帳): events; validity is computed at the moment of asking.
