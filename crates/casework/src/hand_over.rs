//! 引き継ぎ: one page a case, read before the first contact; the old worker's access ends at the chosen hour.
