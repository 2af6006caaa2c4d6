//! Versioned instruments: what was heard, item by item. Staff do not diagnose; nothing is scored.
