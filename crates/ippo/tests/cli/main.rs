//! `ippo` from the outside: started as a process, judged by what it prints, leaves behind and exits with.

// A test that cannot go on stops and says why.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod chain;
mod demo;
mod founding;
mod importing;
mod mailing;
mod program;
mod serving;
