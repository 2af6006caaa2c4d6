//! Who opened what of one's own side, for the person who holds the code.
