//! Engagement (支援期間): planned, waitlist, active, onhold 静観, finished; a return is a new one.
