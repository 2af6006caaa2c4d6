//! The household and its dated memberships, kinship, ties to agencies. Grants nothing to anybody.
