//! Genogram and ecomap as drawings, with a text equivalent.
