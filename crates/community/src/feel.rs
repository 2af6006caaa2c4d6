//! The 「感じ」 of a place: how many come, without speaking, sounds, light, smell, the way out.
