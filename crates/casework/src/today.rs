//! 「きょう」: one calm page of what is due; and how much everybody carries.
