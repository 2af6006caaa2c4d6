//! What is told to whoever asked for it, by the way they chose, in neutral words.
