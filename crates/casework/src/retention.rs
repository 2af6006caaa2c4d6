//! How long each kind of record is kept, and what stays when it is gone.
