//! Parameters of a call, from a JSON body or a query string, checked for type as they are read.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Map, Value};

use super::reply::{Checked, Refusal};
use super::request::Request;

/// The parameters of one call. A null counts as absent (spec section 1.3).
pub(crate) struct Params {
    values: Map<String, Value>,
    /// In a query everything is text, so numbers and truth values are read from text.
    from_query: bool,
}

impl Params {
    pub(crate) fn read(request: &Request, body: &[u8]) -> Checked<Self> {
        if request.method == Method::POST {
            return Self::from_body(body);
        }
        let values = request
            .query()?
            .into_iter()
            .map(|(name, value)| (name, Value::String(value)))
            .collect();
        Ok(Self { values, from_query: true })
    }

    fn from_body(body: &[u8]) -> Checked<Self> {
        let bad_json = || Refusal::new(400, "bad_json", "The request body is not valid JSON");
        let trimmed = body.trim_ascii();
        if trimmed.is_empty() {
            return Ok(Self { values: Map::new(), from_query: false });
        }
        let value = serde_json::from_slice(trimmed).map_err(|_| bad_json())?;
        let Value::Object(values) = value else {
            return Err(wrong_type("The request body", "an object"));
        };
        Ok(Self { values, from_query: false })
    }

    /// Wraps an object found inside another parameter.
    pub(crate) fn of(value: &Value, name: &str) -> Checked<Self> {
        let values = value.as_object().cloned().ok_or_else(|| wrong_type(name, "an object"))?;
        Ok(Self { values, from_query: false })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Checked<Option<&str>> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong_type(name, "a string")),
        }
    }

    pub(crate) fn required_text(&self, name: &str) -> Checked<&str> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    /// A whole number; decimal text is taken where clients send it so, and in queries.
    pub(crate) fn number(&self, name: &str) -> Checked<Option<i64>> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if self.from_query || name == "customUploadTimestamp" => {
                text.parse().map(Some).map_err(|_| wrong_type(name, "an integer"))
            }
            Some(value) => value.as_i64().map(Some).ok_or_else(|| wrong_type(name, "an integer")),
        }
    }

    pub(crate) fn required_number(&self, name: &str) -> Checked<i64> {
        self.number(name)?.ok_or_else(|| missing(name))
    }

    pub(crate) fn flag(&self, name: &str) -> Checked<Option<bool>> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if self.from_query => {
                text.parse().map(Some).map_err(|_| wrong_type(name, "a boolean"))
            }
            Some(_) => Err(wrong_type(name, "a boolean")),
        }
    }

    pub(crate) fn list(&self, name: &str) -> Checked<Option<&Vec<Value>>> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(_) => Err(wrong_type(name, "an array")),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Checked<Option<Vec<&str>>> {
        let Some(list) = self.list(name)? else { return Ok(None) };
        list.iter()
            .map(|value| value.as_str().ok_or_else(|| wrong_type(name, "an array of strings")))
            .collect::<Checked<_>>()
            .map(Some)
    }

    pub(crate) fn object(&self, name: &str) -> Checked<Option<Self>> {
        self.value(name).map(|value| Self::of(value, name)).transpose()
    }

    pub(crate) fn text_map(&self, name: &str) -> Checked<Option<BTreeMap<String, String>>> {
        let Some(object) = self.object(name)? else { return Ok(None) };
        object
            .values
            .iter()
            .map(|(key, value)| {
                let text =
                    value.as_str().ok_or_else(|| wrong_type(name, "an object of strings"))?;
                Ok((key.clone(), text.to_owned()))
            })
            .collect::<Checked<_>>()
            .map(Some)
    }
}

fn wrong_type(name: &str, wanted: &str) -> Refusal {
    Refusal::bad_request(format!("{name} must be {wanted}"))
}

/// The refusal for a field that must be there.
pub(crate) fn missing(name: &str) -> Refusal {
    Refusal::bad_request(format!("required field {name} is missing"))
}
