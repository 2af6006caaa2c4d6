//! SilenceWatch: the agreed pace, and letters that ask for no answer.
