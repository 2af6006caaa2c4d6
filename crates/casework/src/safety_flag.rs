//! Safety flags: who judged, when, on what ground, next review, for whom to see.
