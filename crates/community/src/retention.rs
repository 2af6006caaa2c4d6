//! What is forgotten, and when: words of slips after the day, counts stay.
