//! One time a programme takes place (開催回).
