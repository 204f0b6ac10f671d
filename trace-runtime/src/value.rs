//! Attribute values.

use crate::attribute::Plain;
use std::borrow::Cow;
use std::fmt;

/// The value of an attribute, as OpenTelemetry knows them.
#[derive(Clone, PartialEq, Debug)]
pub enum Value<'a> {
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// A string.
    Str(Cow<'a, str>),
    /// Several values.
    Array(Vec<Value<'a>>),
}

impl Value<'_> {
    /// The same value, owning its text.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Double(value) => Value::Double(value),
            Self::Str(text) => Value::Str(Cow::Owned(text.into_owned())),
            Self::Array(values) => Value::Array(values.into_iter().map(Value::into_owned).collect()),
        }
    }
}

/// As a person would write it: strings bare, arrays in brackets.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Double(value) => value.fmt(f),
            Self::Str(text) => f.write_str(text),
            Self::Array(values) => {
                f.write_str("[")?;
                for (nth, value) in values.iter().enumerate() {
                    let comma = if nth == 0 { "" } else { ", " };
                    write!(f, "{comma}{value}")?;
                }
                f.write_str("]")
            }
        }
    }
}

/// What can be recorded as an attribute without further words: integers, floats, booleans, text, paths,
/// slices of those, and an `Option` of any (absent when `None`).
///
/// For other types, record their text: `%value` (`Display`) or `?value` (`Debug`) in `fields(..)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded as an attribute value",
    label = "not a number, boolean, string, slice of those, or `Option` of one",
    note = "to record its `Display` write `%value` in `fields(..)`, `#[field(%)]` or `ret(display)`; for its `Debug` `?value`, `#[field(?)]` or `ret(debug)`"
)]
pub trait ToValue {
    /// The value, or `None` to leave the attribute out.
    fn to_value(&self) -> Option<Value<'_>>;

    /// The same, for values that own nothing.
    #[doc(hidden)]
    #[inline]
    fn to_plain(&self) -> Option<Plain<'_>> {
        None
    }
}

macro_rules! ints {
    ($($small:ty)* ; $($wide:ty)*) => {
        $(impl ToValue for $small {
            #[inline]
            fn to_value(&self) -> Option<Value<'_>> {
                Some(Value::Int(i64::from(*self)))
            }

            #[inline]
            fn to_plain(&self) -> Option<Plain<'_>> {
                Some(Plain::Int(i64::from(*self)))
            }
        })*
        /// Beyond 64 signed bits the decimal digits are recorded, so that nothing is lost.
        $(impl ToValue for $wide {
            #[inline]
            fn to_value(&self) -> Option<Value<'_>> {
                Some(match i64::try_from(*self) {
                    Ok(int) => Value::Int(int),
                    Err(_) => Value::Str(Cow::Owned(self.to_string())),
                })
            }

            #[inline]
            fn to_plain(&self) -> Option<Plain<'_>> {
                i64::try_from(*self).ok().map(Plain::Int)
            }
        })*
    };
}
ints!(i8 i16 i32 i64 u8 u16 u32 ; u64 i128 u128 usize isize);

macro_rules! plain {
    ($($ty:ty: |$this:ident| $plain:expr;)*) => {
        $(impl ToValue for $ty {
            #[inline]
            fn to_value(&self) -> Option<Value<'_>> {
                self.to_plain().map(Value::from)
            }

            #[inline]
            fn to_plain(&self) -> Option<Plain<'_>> {
                let $this = self;
                Some($plain)
            }
        })*
    };
}
plain! {
    bool: |it| Plain::Bool(*it);
    f32: |it| Plain::Double(f64::from(*it));
    f64: |it| Plain::Double(*it);
    str: |it| Plain::Str(it);
    String: |it| Plain::Str(it);
    Cow<'_, str>: |it| Plain::Str(it);
}

impl ToValue for char {
    fn to_value(&self) -> Option<Value<'_>> {
        Some(Value::Str(Cow::Owned(self.to_string())))
    }
}

macro_rules! pointers {
    ($($ty:ty)*) => {
        $(impl<T: ToValue + ?Sized> ToValue for $ty {
            #[inline]
            fn to_value(&self) -> Option<Value<'_>> {
                (**self).to_value()
            }

            #[inline]
            fn to_plain(&self) -> Option<Plain<'_>> {
                (**self).to_plain()
            }
        })*
    };
}
pointers!(&T &mut T Box<T> std::rc::Rc<T> std::sync::Arc<T>);

/// The path as text; bytes that are not UTF-8 become U+FFFD.
impl ToValue for std::path::Path {
    fn to_value(&self) -> Option<Value<'_>> {
        Some(Value::Str(self.to_string_lossy()))
    }
}

impl ToValue for std::path::PathBuf {
    fn to_value(&self) -> Option<Value<'_>> {
        self.as_path().to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    #[inline]
    fn to_value(&self) -> Option<Value<'_>> {
        self.as_ref()?.to_value()
    }

    #[inline]
    fn to_plain(&self) -> Option<Plain<'_>> {
        self.as_ref()?.to_plain()
    }
}

impl<T: ToValue> ToValue for [T] {
    fn to_value(&self) -> Option<Value<'_>> {
        Some(Value::Array(self.iter().filter_map(ToValue::to_value).collect()))
    }
}

impl<T: ToValue> ToValue for Vec<T> {
    fn to_value(&self) -> Option<Value<'_>> {
        self.as_slice().to_value()
    }
}

impl<T: ToValue, const N: usize> ToValue for [T; N] {
    fn to_value(&self) -> Option<Value<'_>> {
        self.as_slice().to_value()
    }
}

impl ToValue for Value<'_> {
    fn to_value(&self) -> Option<Value<'_>> {
        Some(match self {
            Value::Str(text) => Value::Str(Cow::Borrowed(text)),
            other => other.clone(),
        })
    }

    #[inline]
    fn to_plain(&self) -> Option<Plain<'_>> {
        match self {
            Value::Bool(value) => Some(Plain::Bool(*value)),
            Value::Int(value) => Some(Plain::Int(*value)),
            Value::Double(value) => Some(Plain::Double(*value)),
            Value::Str(text) => Some(Plain::Str(text)),
            Value::Array(_) => None,
        }
    }
}
