//! Values that both engines hold alike: BIGINT, TEXT, BLOB/BYTEA, DOUBLE PRECISION, NULL.

use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

/// One bound parameter or one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL of any type.
    Null,
    /// BIGINT; booleans are 0 and 1, moments are microseconds since 1970 UTC.
    Int(i64),
    /// DOUBLE PRECISION.
    Real(f64),
    /// TEXT in UTF-8; U+0000 is taken out at the border (PostgreSQL refuses it).
    Text(String),
    /// BLOB / BYTEA.
    Blob(Vec<u8>),
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Value::Null => "NULL",
            Value::Int(_) => "BIGINT",
            Value::Real(_) => "DOUBLE PRECISION",
            Value::Text(_) => "TEXT",
            Value::Blob(_) => "BLOB",
        }
    }
}

macro_rules! from_int {
    ($($int:ty),*) => {$(
        impl From<$int> for Value {
            fn from(value: $int) -> Self { Value::Int(i64::from(value)) }
        }
        impl From<&$int> for Value {
            fn from(value: &$int) -> Self { Value::Int(i64::from(*value)) }
        }
    )*};
}
from_int!(i64, i32, i16, i8, u32, u16, u8, bool);

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Real(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        if value.contains('\0') {
            Value::Text(value.replace('\0', ""))
        } else {
            Value::Text(value.to_owned())
        }
    }
}

impl From<&&str> for Value {
    fn from(value: &&str) -> Self {
        Value::from(*value)
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Value::from(value.as_str())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        if value.contains('\0') {
            Value::Text(value.replace('\0', ""))
        } else {
            Value::Text(value)
        }
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Value::Blob(value)
    }
}

impl From<&Vec<u8>> for Value {
    fn from(value: &Vec<u8>) -> Self {
        Value::Blob(value.clone())
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Value::Blob(value.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(value: &[u8; N]) -> Self {
        Value::Blob(value.to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

macro_rules! from_option_ref {
    ($($type:ty),*) => {$(
        impl From<&Option<$type>> for Value {
            fn from(value: &Option<$type>) -> Self { value.as_ref().map_or(Value::Null, Value::from) }
        }
    )*};
}
from_option_ref!(i64, String, Vec<u8>);

/// A column read into a Rust type.
pub trait FromValue: Sized {
    /// Reads column number `column` (for the error only) of a row.
    fn from_value(value: Value, column: usize) -> Result<Self, crate::Error>;
}

macro_rules! from_value {
    ($type:ty, $wanted:literal, $variant:ident($inner:ident) => $made:expr) => {
        impl FromValue for $type {
            fn from_value(value: Value, column: usize) -> Result<Self, crate::Error> {
                match value {
                    Value::$variant($inner) => Ok($made),
                    other => Err(crate::Error::Column {
                        column,
                        wanted: $wanted,
                        found: other.kind(),
                    }),
                }
            }
        }
    };
}
from_value!(i64, "BIGINT", Int(number) => number);
from_value!(bool, "BIGINT 0 or 1", Int(number) => number != 0);
from_value!(String, "TEXT", Text(text) => text);
from_value!(Vec<u8>, "BLOB", Blob(bytes) => bytes);

impl FromValue for f64 {
    fn from_value(value: Value, column: usize) -> Result<Self, crate::Error> {
        match value {
            Value::Real(number) => Ok(number),
            Value::Int(number) => Ok(number as f64),
            other => Err(crate::Error::Column {
                column,
                wanted: "DOUBLE PRECISION",
                found: other.kind(),
            }),
        }
    }
}

macro_rules! from_small_int {
    ($($int:ty),*) => {$(
        impl FromValue for $int {
            fn from_value(value: Value, column: usize) -> Result<Self, crate::Error> {
                let wide = i64::from_value(value, column)?;
                <$int>::try_from(wide).map_err(|_| crate::Error::Column { column, wanted: stringify!($int), found: "BIGINT out of range" })
            }
        }
    )*};
}
from_small_int!(i32, i16, i8, u32, u16, u8);

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value, column: usize) -> Result<Self, crate::Error> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value, column).map(Some),
        }
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Value {
    pub(crate) fn from_sqlite(value: rusqlite::types::ValueRef<'_>) -> Self {
        use rusqlite::types::ValueRef;
        match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Int(number),
            ValueRef::Real(number) => Value::Real(number),
            ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        }
    }

    pub(crate) fn from_postgres(
        row: &tokio_postgres::Row,
        column: usize,
    ) -> Result<Self, crate::Error> {
        let kind = row.columns()[column].type_();
        Ok(match *kind {
            Type::INT8 => row
                .try_get::<_, Option<i64>>(column)?
                .map_or(Value::Null, Value::Int),
            Type::INT4 => row
                .try_get::<_, Option<i32>>(column)?
                .map_or(Value::Null, |n| Value::Int(n.into())),
            Type::FLOAT8 => row
                .try_get::<_, Option<f64>>(column)?
                .map_or(Value::Null, Value::Real),
            Type::BYTEA => row
                .try_get::<_, Option<Vec<u8>>>(column)?
                .map_or(Value::Null, Value::Blob),
            Type::BOOL => row
                .try_get::<_, Option<bool>>(column)?
                .map_or(Value::Null, |b| Value::Int(b.into())),
            _ => row
                .try_get::<_, Option<String>>(column)?
                .map_or(Value::Null, Value::Text),
        })
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Value::Int(number) if *kind == Type::FLOAT8 => (*number as f64).to_sql(kind, out),
            Value::Int(number) => number.to_sql(&Type::INT8, out),
            Value::Real(number) => number.to_sql(kind, out),
            Value::Text(text) => text.to_sql(kind, out),
            Value::Blob(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(
            *kind,
            Type::INT8 | Type::INT4 | Type::FLOAT8 | Type::TEXT | Type::VARCHAR | Type::BYTEA
        )
    }

    to_sql_checked!();
}

/// Bound parameters: `params![id, &name, Some(3)]`.
#[macro_export]
macro_rules! params {
    () => { &[] as &[$crate::Value] };
    ($($value:expr),+ $(,)?) => { &[$($crate::Value::from($value)),+] as &[$crate::Value] };
}
