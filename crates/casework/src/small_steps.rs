//! Years of tiny steps on one line.
