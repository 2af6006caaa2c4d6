//! Custody: who works on which case, who must not, who is on duty. The facts that [`crate::access`] decides by; written
//! here, in codes and times, never deleted: an end is a date.
//!
//! * [`assignment`]: who works on it · [`acquaintance`]: who must not know of it · [`glass`]: 緊急の閲覧
//! * [`duty`]: who looks after alarms on a day · [`notice`]: a word to a colleague inside the desk

pub mod acquaintance;
pub mod assignment;
pub mod duty;
mod forget;
pub mod glass;
pub mod notice;

pub use acquaintance::{belongs, is_barred, no_longer_belongs};
pub use assignment::{
    Assignment, AssignmentKind, NewAssignment, assign, assignments, carried, confirm_unacquainted,
    end_assignment, fits, has_sheet_to_read, pass_on, reach_new_compartment, sheet_changed,
    sheet_read, sheet_unread, works_on,
};
pub use forget::forget_case;
