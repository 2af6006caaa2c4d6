//! 当番: who looks after alarms and overdue promises on a day.
