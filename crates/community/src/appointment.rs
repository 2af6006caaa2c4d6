//! 面接予約: a slot that only one person can get, held by a code, changed and cancelled by it.
