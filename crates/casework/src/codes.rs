//! Small closed sets of codes stored as text: the macro of the house, under the name this room calls it by.

pub(crate) use basics::codes;
