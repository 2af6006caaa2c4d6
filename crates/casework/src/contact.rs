//! A contact (接触): when, by which way, in which direction, with whom, with what result. Codes only; words are notes.
