//! Rows read into structs.

use crate::{Error, FromValue, Value};

/// One row, columns in the order of the SELECT.
pub struct Row(pub(crate) std::vec::IntoIter<Value>, pub(crate) usize);

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter(), 0)
    }

    /// Takes the next column.
    pub fn take<T: FromValue>(&mut self) -> Result<T, Error> {
        let column = self.1;
        self.1 += 1;
        let value = self.0.next().ok_or(Error::Column {
            column,
            wanted: "a column",
            found: "nothing",
        })?;
        T::from_value(value, column)
    }
}

/// A type that can be read from a row.
pub trait FromRow: Sized {
    /// Reads the columns in order.
    fn from_row(row: &mut Row) -> Result<Self, Error>;
}

macro_rules! tuple_row {
    ($($part:ident),+) => {
        impl<$($part: FromValue),+> FromRow for ($($part,)+) {
            fn from_row(row: &mut Row) -> Result<Self, Error> {
                Ok(($(row.take::<$part>()?,)+))
            }
        }
    };
}
tuple_row!(A);
tuple_row!(A, B);
tuple_row!(A, B, C);
tuple_row!(A, B, C, D);
tuple_row!(A, B, C, D, E);
tuple_row!(A, B, C, D, E, F);
tuple_row!(A, B, C, D, E, F, G);
tuple_row!(A, B, C, D, E, F, G, H);

/// A struct whose fields are columns, in this order; `COLS` names them for the SELECT.
#[macro_export]
macro_rules! row {
    ($(#[$doc:meta])* $vis:vis struct $name:ident { $($(#[$fdoc:meta])* $fvis:vis $field:ident : $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        $vis struct $name { $($(#[$fdoc])* $fvis $field: $type),+ }

        impl $name {
            /// The columns of this row, for a SELECT.
            #[allow(dead_code)]
            pub const COLS: &'static str = $crate::row!(@cols $($field),+);
        }

        impl $crate::FromRow for $name {
            fn from_row(row: &mut $crate::Row) -> ::std::result::Result<Self, $crate::Error> {
                Ok(Self { $($field: row.take()?),+ })
            }
        }
    };
    (@cols $first:ident $(, $rest:ident)*) => { concat!(stringify!($first) $(, ", ", stringify!($rest))*) };
}
