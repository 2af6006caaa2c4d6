//! What is taken, in quarters of an hour: the key of the table is the guard.
