//! Peer supporters: cards and reports of their own, a registration that ends with the 年度.
