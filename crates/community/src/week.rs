//! The office's week on one page: who is where.
