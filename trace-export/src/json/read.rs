//! As much of JSON (RFC 8259) as a response needs.

use crate::bounds::JSON_DEPTH;

/// `ExportTraceServiceResponse.partial_success` of a response: spans refused, and why. What cannot be read refuses nothing.
pub(crate) fn partial_success(body: &[u8]) -> (u64, String) {
    let Ok(text) = std::str::from_utf8(body) else { return (0, String::new()) };
    let response = Reader { rest: text }.value(0).unwrap_or(Json::Other);
    let Some(partial) = response.get("partialSuccess") else { return (0, String::new()) };
    let rejected = match partial.get("rejectedSpans") {
        // 64 bits are a text of digits; a number is accepted too (protobuf, "ProtoJSON Format").
        Some(Json::Text(digits) | Json::Number(digits)) => digits.parse().unwrap_or(0),
        _ => 0,
    };
    let message = match partial.get("errorMessage") {
        Some(Json::Text(message)) => message.clone(),
        _ => String::new(),
    };
    (rejected, message)
}

/// What is neither text nor number nor object is not needed.
enum Json {
    Text(String),
    Number(String),
    Object(Vec<(String, Json)>),
    Other,
}

impl Json {
    fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(entries) = self else { return None };
        entries.iter().rev().find(|(known, _)| known == key).map(|(_, value)| value)
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    /// Takes `token` if it comes next.
    fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        let after = self.rest.strip_prefix(token);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > JSON_DEPTH {
            return None;
        }
        if self.take("{") {
            return self.object(depth);
        }
        if self.take("[") {
            let mut more = !self.take("]");
            while more {
                self.value(depth + 1)?;
                more = self.take(",");
                if !more && !self.take("]") {
                    return None;
                }
            }
            return Some(Json::Other);
        }
        if self.take("\"") {
            return self.text().map(Json::Text);
        }
        if ["true", "false", "null"].into_iter().any(|word| self.take(word)) {
            return Some(Json::Other);
        }
        let end = self.rest.find(|char: char| !char.is_ascii_digit() && !"+-.eE".contains(char));
        let (number, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        (!number.is_empty()).then(|| Json::Number(number.to_owned()))
    }

    /// After the brace.
    fn object(&mut self, depth: usize) -> Option<Json> {
        let mut entries = Vec::new();
        let mut more = !self.take("}");
        while more {
            let key = if self.take("\"") { self.text()? } else { return None };
            if !self.take(":") {
                return None;
            }
            entries.push((key, self.value(depth + 1)?));
            more = self.take(",");
            if !more && !self.take("}") {
                return None;
            }
        }
        Some(Json::Object(entries))
    }

    /// After the quote.
    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest.chars();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => match chars.next()? {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    'b' | 'f' => text.push(' '),
                    'u' => {
                        let digits: String = chars.by_ref().take(4).collect();
                        let code = u32::from_str_radix(&digits, 16).ok()?;
                        // Halves of a pair are not put together: this is for people.
                        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    other => text.push(other),
                },
                other => text.push(other),
            }
        }
        self.rest = chars.as_str();
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_success_is_read_and_what_is_none_refuses_nothing() {
        let some = |count, message: &str| (count, message.to_owned());
        for (body, expected) in [
            (r#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"no"}}"#, some(3, "no")),
            (
                r#" { "x": [1, {"a":[]}], "partialSuccess" : {"errorMessage":"é\"\n\u0041","rejectedSpans":7} } "#,
                some(7, "é\"\nA"),
            ),
            (r#"{"partialSuccess":{}}"#, some(0, "")),
            (r#"{"partialSuccess":{"rejectedSpans":"-1"}}"#, some(0, "")),
            (r#"{"partialSuccess":null}"#, some(0, "")),
            ("{}", some(0, "")),
            ("", some(0, "")),
            (r#"{"partialSuccess":{"rejectedSpans":"3""#, some(0, "")),
            (r#"["partialSuccess"]"#, some(0, "")),
            ("<html>", some(0, "")),
        ] {
            assert_eq!(partial_success(body.as_bytes()), expected, "{body}");
        }
        assert_eq!(partial_success("[".repeat(100_000).as_bytes()), some(0, ""));
        assert_eq!(partial_success(&[0xff]), some(0, ""));
    }
}
