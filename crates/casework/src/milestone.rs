//! Ages at which programmes change: quiet prompts for staff, a year or two ahead.
