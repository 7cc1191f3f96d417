//! One value of a row, as JSON: the same whichever database it comes from and goes to.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sea_orm::Value;
use sea_orm::sea_query::ColumnType;
use serde_json::Value as Json;
use uuid::Uuid;

/// As JSON; none for a kind of value that no table has.
pub fn write(value: Value) -> Option<Json> {
    let null = || Some(Json::Null);
    match value {
        Value::Bool(value) => value.map_or_else(null, |value| Some(value.into())),
        Value::SmallInt(value) => value.map_or_else(null, |value| Some(value.into())),
        Value::Int(value) => value.map_or_else(null, |value| Some(value.into())),
        Value::BigInt(value) => value.map_or_else(null, |value| Some(value.into())),
        Value::String(value) => value.map_or_else(null, |value| Some(value.as_str().into())),
        Value::Uuid(value) => value.map_or_else(null, |value| Some(value.to_string().into())),
        Value::Bytes(value) => value.map_or_else(null, |value| Some(BASE64_STANDARD.encode(&*value).into())),
        _ => None,
    }
}

/// From JSON, as a column of this type holds it; none when it is no such value.
pub fn read(json: &Json, column: &ColumnType) -> Option<Value> {
    let text = json.as_str();
    match column {
        _ if json.is_null() => null(column),
        ColumnType::Boolean => json.as_bool().map(Value::from),
        ColumnType::SmallInteger => {
            json.as_i64().and_then(|number| i16::try_from(number).ok()).map(Value::from)
        }
        ColumnType::Integer => json.as_i64().and_then(|number| i32::try_from(number).ok()).map(Value::from),
        ColumnType::BigInteger => json.as_i64().map(Value::from),
        ColumnType::String(_) | ColumnType::Text => text.map(Value::from),
        ColumnType::Uuid => text.and_then(|text| text.parse::<Uuid>().ok()).map(Value::from),
        ColumnType::Blob | ColumnType::VarBinary(_) | ColumnType::Binary(_) => {
            text.and_then(|text| BASE64_STANDARD.decode(text).ok()).map(Value::from)
        }
        _ => None,
    }
}

/// Nothing, of a column's type; none for a type that no table has.
pub fn null(column: &ColumnType) -> Option<Value> {
    match column {
        ColumnType::Boolean => Some(Value::Bool(None)),
        ColumnType::SmallInteger => Some(Value::SmallInt(None)),
        ColumnType::Integer => Some(Value::Int(None)),
        ColumnType::BigInteger => Some(Value::BigInt(None)),
        ColumnType::String(_) | ColumnType::Text => Some(Value::String(None)),
        ColumnType::Uuid => Some(Value::Uuid(None)),
        ColumnType::Blob | ColumnType::VarBinary(_) | ColumnType::Binary(_) => Some(Value::Bytes(None)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::sea_query::StringLen;

    #[test]
    fn reads_what_it_writes() {
        for (value, column) in [
            (Value::from(true), ColumnType::Boolean),
            (Value::from(-7i16), ColumnType::SmallInteger),
            (Value::from(-7i32), ColumnType::Integer),
            (Value::from(i64::MAX), ColumnType::BigInteger),
            (Value::from("ä\n\u{0}\""), ColumnType::Text),
            (Value::from(""), ColumnType::String(StringLen::None)),
            (Value::from(Uuid::now_v7()), ColumnType::Uuid),
            (Value::from(vec![0u8, 255, 10]), ColumnType::Blob),
        ] {
            assert_eq!(read(&write(value.clone()).unwrap(), &column), Some(value));
            let null = null(&column).unwrap();
            assert_eq!(read(&write(null.clone()).unwrap(), &column), Some(null));
        }
        assert_eq!(read(&Json::from(1), &ColumnType::Text), None);
        assert_eq!(read(&Json::from(1i64 << 40), &ColumnType::Integer), None);
        assert_eq!(read(&Json::from("!"), &ColumnType::Blob), None);
    }
}
