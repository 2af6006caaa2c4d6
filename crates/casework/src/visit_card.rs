//! What one may carry on a visit without a network, and drafts that come back.
