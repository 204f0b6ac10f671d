//! Names of functions, from the path that `std::any::type_name` prints for a unit type declared in
//! the function's body.

/// The names of a callsite.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Names {
    /// The default operation name: the last two segments.
    pub(crate) short: String,
    /// `code.function.name`: the whole path with the crate.
    pub(crate) full: String,
}

/// Reads the path of the marker type `..::f::Marker`.
pub(crate) fn names(marker: &str) -> Names {
    let path = marker.rsplit_once("::").map_or(marker, |(function, _)| function);
    // `{{closure}}`, `{{constant}}`
    let path = path.split("::").filter(|part| !part.starts_with("{{")).collect::<Vec<_>>().join("::");
    let mut segments = segments(&path);
    // An `impl` block written away from its type: the modules before it say where, not what.
    if let Some(at) = segments.iter().rposition(|segment| segment.starts_with('<')) {
        segments.drain(..at);
    }
    let mut full: Vec<String> = segments.iter().map(|segment| qualified(segment, false)).collect();
    full.retain(|segment| !segment.is_empty());
    let short: Vec<String> =
        segments[segments.len().saturating_sub(2)..].iter().map(|segment| qualified(segment, true)).collect();
    Names { short: short.join("::"), full: full.join("::") }
}

/// Splits at the `::` outside of brackets.
pub(crate) fn segments(path: &str) -> Vec<String> {
    let (mut parts, mut depth, mut part) = (Vec::new(), 0usize, String::new());
    let mut chars = path.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            // A constant argument: `S<'<'>`.
            '\'' if is_quoted(chars.clone()) => {
                part.push(char);
                part.extend(chars.by_ref().take(1));
                continue;
            }
            '<' | '(' | '[' | '{' => depth += 1,
            '>' if part.ends_with('-') => {}
            '>' | ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && chars.peek() == Some(&':') => {
                chars.next();
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(char);
    }
    parts.push(part);
    parts
}

/// A segment without generic arguments; `<A as B>`, `<impl A>` and `<impl B for A>` in one form.
fn qualified(segment: &str, short: bool) -> String {
    let Some(inner) = segment.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else {
        return bare(segment).to_owned();
    };
    let ty = |text: &str| type_text(text, short);
    if let Some(inherent) = inner.strip_prefix("impl ") {
        return match split_outside(inherent, " for ") {
            Some((of_trait, of)) => format!("<{} as {}>", ty(of), ty(of_trait)),
            None => ty(inherent),
        };
    }
    match split_outside(inner, " as ") {
        Some((of, of_trait)) => format!("<{} as {}>", ty(of), ty(of_trait)),
        None => ty(inner),
    }
}

fn bare(segment: &str) -> &str {
    segment.split_once('<').map_or(segment, |(name, _)| name)
}

/// Whether what follows a `'` is a character and another `'`.
fn is_quoted(mut after: impl Iterator<Item = char>) -> bool {
    after.nth(1) == Some('\'')
}

/// A type without generic arguments, lifetimes and outer references; of each path in it only the last segment if `short`.
fn type_text(text: &str, short: bool) -> String {
    let (mut out, mut rest, mut is_object) = (String::new(), without_references(text), false);
    while let Some(char) = rest.chars().next() {
        if char == '\'' {
            rest = rest[1..].trim_start_matches(is_word).trim_start();
        } else if !is_word(char) {
            out.push(char);
            rest = &rest[char.len_utf8()..];
        } else {
            let (path, after) = path(rest);
            rest = after;
            match path.as_slice() {
                ["for"] => rest = rest.trim_start(),
                ["dyn" | "mut" | "const" | "fn" | "unsafe" | "extern"] => {
                    is_object |= path == ["dyn"];
                    out.push_str(path[0]);
                }
                _ => {
                    let from = if short { path.len() - 1 } else { 0 };
                    out.push_str(&path[from..].join("::"));
                    if is_object && rest.starts_with('(') {
                        rest = after_signature(rest);
                    }
                }
            }
        }
    }
    out.trim_end_matches([' ', '+']).to_owned()
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn without_references(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(rest) = text.strip_prefix('&') {
        text = rest.trim_start();
        if let Some((_, rest)) = text.strip_prefix('\'').and_then(|rest| rest.split_once(' ')) {
            text = rest;
        }
        text = text.strip_prefix("mut ").unwrap_or(text);
    }
    text
}

/// The words of a path at the start, without generic arguments, and what follows.
fn path(text: &str) -> (Vec<&str>, &str) {
    let (mut words, mut rest) = (Vec::new(), text);
    loop {
        let after = rest.trim_start_matches(is_word);
        words.push(&rest[..rest.len() - after.len()]);
        rest = if after.starts_with('<') { &after[balanced(after)..] } else { after };
        match rest.strip_prefix("::") {
            Some(next) if next.starts_with(is_word) => rest = next,
            _ => return (words, rest),
        }
    }
}

/// What follows the `(A) -> B` of `dyn Fn(A) -> B`.
fn after_signature(text: &str) -> &str {
    let rest = &text[balanced(text)..];
    let Some(output) = rest.strip_prefix(" -> ") else { return rest };
    let mut at = 0;
    while let Some(char) = output[at..].chars().next() {
        if matches!(char, ')' | ',' | '>' | ']') || output[at..].starts_with(" + ") {
            break;
        }
        at += balanced(&output[at..]).max(char.len_utf8());
    }
    &output[at..]
}

/// The length of the bracket at the start, with what is in it; 0 if there is none.
fn balanced(text: &str) -> usize {
    let mut depth = 0usize;
    let mut previous = ' ';
    for (at, char) in text.char_indices() {
        match char {
            _ if previous == '\'' && is_quoted(text[at - 1..].chars().skip(1)) => {}
            '<' | '(' | '[' => depth += 1,
            '>' if previous == '-' => {}
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return if at == 0 && !matches!(char, '<' | '(' | '[') { 0 } else { at + char.len_utf8() };
        }
        previous = char;
    }
    text.len()
}

/// Splits at the first `separator` that no bracket encloses.
fn split_outside<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let mut depth = 0usize;
    let mut previous = ' ';
    for (at, char) in text.char_indices() {
        match char {
            '<' | '(' | '[' => depth += 1,
            '>' if previous == '-' => {}
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 && text[at..].starts_with(separator) => {
                return Some((&text[..at], &text[at + separator.len()..]));
            }
            _ => {}
        }
        previous = char;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_qualified_and_without_generic_arguments() {
        for (marker, short, full) in [
            ("tn::free::F", "tn::free", "tn::free"),
            ("tn::b::mod::fn::F", "mod::fn", "tn::b::mod::fn"),
            ("tn::free::{{closure}}::F", "tn::free", "tn::free"),
            ("tn::a::S<_>::m::F", "S::m", "tn::a::S::m"),
            ("tn::a::S<_>::m::inner::F", "m::inner", "tn::a::S::m::inner"),
            ("tn::a::S<_>::am::{{closure}}::{{closure}}::F", "S::am", "tn::a::S::am"),
            ("tn::a::Tr::d::F", "Tr::d", "tn::a::Tr::d"),
            ("<tn::a::S<_> as tn::a::Tr>::r::F", "<S as Tr>::r", "<tn::a::S as tn::a::Tr>::r"),
            ("<&tn::a::S<_> as tn::a::Tr>::r::F", "<S as Tr>::r", "<tn::a::S as tn::a::Tr>::r"),
            ("<&'a mut tn::S as tn::Tr<'_>>::r::F", "<S as Tr>::r", "<tn::S as tn::Tr>::r"),
            ("<[u8] as tn::a::Tr>::r::F", "<[u8] as Tr>::r", "<[u8] as tn::a::Tr>::r"),
            ("<fn(u8) -> u8 as tn::Tr>::r::F", "<fn(u8) -> u8 as Tr>::r", "<fn(u8) -> u8 as tn::Tr>::r"),
            ("tn::b::<impl tn::a::S<_>>::other::F", "S::other", "tn::a::S::other"),
            ("tn::b::<impl tn::a::Tr for u8>::r::F", "<u8 as Tr>::r", "<u8 as tn::a::Tr>::r"),
            ("<dyn core::fmt::Debug as tn::Tr>::r::F", "<dyn Debug as Tr>::r", "<dyn core::fmt::Debug as tn::Tr>::r"),
            (
                "<tn::S<_> as core::ops::arith::Add<alloc::vec::Vec<_>>>::add::F",
                "<S as Add>::add",
                "<tn::S as core::ops::arith::Add>::add",
            ),
            ("<tn::S as tn::Tr>::r::inner::F", "r::inner", "<tn::S as tn::Tr>::r::inner"),
            (
                "<dyn core::any::Any + core::marker::Send as tn::T>::t::F",
                "<dyn Any + Send as T>::t",
                "<dyn core::any::Any + core::marker::Send as tn::T>::t",
            ),
            (
                "<&dyn for<'a> core::ops::Fn(&'a tn::S<u8>) -> alloc::Vec<u8> as tn::T>::t::F",
                "<dyn Fn as T>::t",
                "<dyn core::ops::Fn as tn::T>::t",
            ),
            ("<(tn::S<u8>, alloc::Vec<u8>) as tn::T>::t::F", "<(S, Vec) as T>::t", "<(tn::S, alloc::Vec) as tn::T>::t"),
            (
                "<fn(&tn::S<u8>) -> a::Option<u8> as tn::T>::t::F",
                "<fn(&S) -> Option as T>::t",
                "<fn(&tn::S) -> a::Option as tn::T>::t",
            ),
            ("<*const tn::S<u8> as tn::T>::t::F", "<*const S as T>::t", "<*const tn::S as tn::T>::t"),
            ("tn::outer::{{constant}}::inner::F", "outer::inner", "tn::outer::inner"),
            ("<tn::S<'>'> as tn::T>::t::F", "<S as T>::t", "<tn::S as tn::T>::t"),
            ("tn::S<'<'>::m::F", "S::m", "tn::S::m"),
        ] {
            let got = names(marker);
            assert_eq!((got.short.as_str(), got.full.as_str()), (short, full), "{marker}");
        }
    }

    #[test]
    fn odd_paths_give_some_name() {
        for marker in ["", "F", "::", "<", "<<>>::x::F", "a::<impl b>::F", "<dyn A( -> as '>::F", "<'' as >::é::F"] {
            let _ = names(marker);
        }
    }
}
