//! Letters and slips on paper: what stands on the envelope, and whether they may be printed at all.
