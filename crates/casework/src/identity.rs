//! The identity ladder L0–L4: steps up and back, nothing merged.
