//! On which days a programme takes place (RFC 5545 rules, in words an office uses).
