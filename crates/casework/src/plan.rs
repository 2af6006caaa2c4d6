//! The plan: wishes in each one's words, goals, steps, versions; 「今は決めない」 is a value.
