//! iCalendar (RFC 5545) out: what leaves the house in a calendar, without a name.
