//! Read-and-sign by the supervisor; break-glass and its review.
