//! The honest waiting time of the last weeks.
