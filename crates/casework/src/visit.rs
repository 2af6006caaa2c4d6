//! Home visits: who wants it, what was agreed, who goes, planned return and check-in.
