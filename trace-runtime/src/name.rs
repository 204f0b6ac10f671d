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
    let mut segments = segments(path);
    segments.retain(|segment| segment != "{{closure}}");
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
fn segments(path: &str) -> Vec<String> {
    let (mut parts, mut depth, mut part) = (Vec::new(), 0usize, String::new());
    let mut chars = path.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
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
    let ty = |text: &str| if short { last(&type_path(text)) } else { type_path(text) };
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

/// A type's path without references, lifetimes and generic arguments. Types without a path stay as they are.
fn type_path(text: &str) -> String {
    let mut text = text.trim();
    while let Some(rest) = text.strip_prefix('&') {
        text = rest.trim_start();
        if let Some((_, rest)) = text.strip_prefix('\'').and_then(|rest| rest.split_once(' ')) {
            text = rest;
        }
        text = text.strip_prefix("mut ").unwrap_or(text);
    }
    if text.starts_with(['[', '(', '*']) || text.starts_with("fn(") {
        return text.to_owned();
    }
    let parts = segments(text);
    parts.iter().map(|part| bare(part)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("::")
}

fn last(path: &str) -> String {
    if path.starts_with(['[', '(', '*']) || path.starts_with("fn(") {
        return path.to_owned();
    }
    let (prefix, path) = path.strip_prefix("dyn ").map_or(("", path), |path| ("dyn ", path));
    format!("{prefix}{}", path.rsplit("::").next().unwrap_or(path))
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
        ] {
            let got = names(marker);
            assert_eq!((got.short.as_str(), got.full.as_str()), (short, full), "{marker}");
        }
    }

    #[test]
    fn odd_paths_give_some_name() {
        for marker in ["", "F", "::", "<", "<<>>::x::F", "a::<impl b>::F"] {
            let _ = names(marker);
        }
    }
}
