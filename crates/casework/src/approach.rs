//! The guard before anything reaches the person: subject_knows, the agreed first approach, refusal, bans.
