//! What staff promised or must look at again.
