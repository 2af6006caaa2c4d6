//! Ways to reach a person, and what must not be done: hours, naming the centre, who may answer, bans.
