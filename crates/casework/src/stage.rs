//! Withdrawal phase and support stage, which may go back and forth.
