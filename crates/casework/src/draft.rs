//! What is being typed: kept sealed for its author, through a closed tab, a lost connection and a restart.
