//! Which callsites are on, as one line of text.

use crate::callsite::Callsite;
use crate::id::Kind;
use crate::name::segments;
use std::fmt;
use std::str::FromStr;

const FORM: &str = "`on`, `off`, `PATTERN=on` or `PATTERN=off`";
const STATE: &str = "`on` or `off` behind `=`";
const KINDS: &str = "`internal`, `server`, `client`, `producer` or `consumer` behind `kind:`";
const PATH: &str = "a path of crate, modules, type and function with `::` between, where `*` stands for any text in a part \
                    and `**` for any parts";

/// Which traced functions are on.
///
/// A list of directives with commas between: the last one that matches a function decides, and where none does it is on. Each is
/// - `on` or `off`, for all functions;
/// - `PATH=on` or `PATH=off`, for functions whose path begins with `PATH`: `shop`, `shop::orders`, `shop::orders::Order`,
///   `shop::orders::Order::price`. `*` stands for any text within a part (`shop::*::get_*`), `**` for any number of parts. Methods
///   of a trait's `impl` are found by the path of the type and by that of the trait. Spans that come through the OpenTelemetry API
///   are found by the name of their instrumentation scope.
/// - `kind:server=on` or `=off`, for functions whose attribute says this kind; `internal` are those that say none.
///
/// ```
/// use trace_runtime::control::{Filter, set_filter};
/// let filter: Filter = "off, shop::orders=on, **::Order::price=off".parse()?;
/// set_filter(filter);
///
/// let error = "shop=on, kind:web=off".parse::<Filter>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`kind:web=off` (character 10 of the filter) has no meaning; accepted: `internal`, `server`, `client`, `producer` or \
///      `consumer` behind `kind:`",
/// );
/// # set_filter(Filter::default());
/// # Ok::<(), trace_runtime::control::FilterError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    directives: Vec<Directive>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Directive {
    pattern: Pattern,
    on: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    All,
    Kind(Kind),
    Path(Vec<String>),
}

/// What is wrong with the text of a [`Filter`]. None of it is used then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// The directive that is wrong.
    pub directive: String,
    /// Where it begins in the text, in characters from 1.
    pub at: usize,
    /// What is accepted there.
    pub expected: &'static str,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { directive, at, expected } = self;
        write!(f, "`{directive}` (character {at} of the filter) has no meaning; accepted: {expected}")
    }
}

impl std::error::Error for FilterError {}

impl FromStr for Filter {
    type Err = FilterError;

    /// Empty text, or nothing between two commas, says nothing.
    fn from_str(text: &str) -> Result<Self, FilterError> {
        let mut directives = Vec::new();
        let mut before = 0;
        for part in split_at_commas(text) {
            let directive = part.trim();
            if !directive.is_empty() {
                let at = 1 + before + part.chars().take_while(|char| char.is_whitespace()).count();
                let parsed = Directive::parse(directive);
                directives.push(parsed.map_err(|expected| FilterError {
                    directive: directive.into(),
                    at,
                    expected,
                })?);
            }
            before += part.chars().count() + 1;
        }
        Ok(Self { directives })
    }
}

/// Types may have commas of their own: `<(A, B) as C>::f`.
fn split_at_commas(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0usize);
    for (at, char) in text.char_indices() {
        match char {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

impl Directive {
    fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(on) = state(text) {
            return Ok(Self { pattern: Pattern::All, on });
        }
        let (pattern, on) = text.rsplit_once('=').ok_or(FORM)?;
        let on = state(on.trim()).ok_or(STATE)?;
        Ok(Self { pattern: Pattern::parse(pattern.trim())?, on })
    }
}

fn state(text: &str) -> Option<bool> {
    let is = |word| text.eq_ignore_ascii_case(word);
    if is("on") { Some(true) } else { is("off").then_some(false) }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(kind) = text.strip_prefix("kind:") {
            let known = [Kind::Internal, Kind::Server, Kind::Client, Kind::Producer, Kind::Consumer];
            let named = |known: &Kind| format!("{known:?}").eq_ignore_ascii_case(kind.trim());
            return known.into_iter().find(named).map(Self::Kind).ok_or(KINDS);
        }
        let mut parts = segments(text);
        let is_part = |part: &String| !part.is_empty() && !part.contains([':', '=']) || part.starts_with('<');
        let is_balanced = text.matches('<').count() == text.replace("->", "").matches('>').count();
        if !parts.iter().all(is_part) || !is_balanced {
            return Err(PATH);
        }
        // Several in a row say no more than one, but there are many ways to match them.
        parts.dedup_by(|next, before| next == "**" && before == "**");
        Ok(Self::Path(parts))
    }

    fn matches(&self, callsite: &'static Callsite) -> bool {
        match self {
            Self::All => true,
            Self::Kind(kind) => callsite.kind() == *kind,
            Self::Path(pattern) => paths(callsite).iter().any(|path| begins_with(path, pattern)),
        }
    }
}

impl Filter {
    /// Whether this callsite is on, as far as the filter is concerned.
    pub fn allows(&self, callsite: &'static Callsite) -> bool {
        let last = self.directives.iter().rev().find(|directive| directive.pattern.matches(callsite));
        last.is_none_or(|directive| directive.on)
    }
}

/// The ways to say where a callsite is: its path, for a trait's `impl` those of type and trait, and its crate.
fn paths(callsite: &'static Callsite) -> Vec<Vec<String>> {
    let whole = segments(callsite.path());
    let mut paths = vec![vec![callsite.scope_name().replace('-', "_")], vec![callsite.scope_name().to_owned()]];
    if let Some((first, rest)) = whole.split_first() {
        let inner = first.strip_prefix('<').and_then(|inner| inner.strip_suffix('>'));
        for path in inner.iter().flat_map(|inner| inner.splitn(2, " as ")) {
            paths.push(segments(path).into_iter().chain(rest.iter().cloned()).collect());
        }
    }
    paths.push(whole);
    paths
}

fn begins_with(path: &[String], pattern: &[String]) -> bool {
    match (path, pattern) {
        (_, []) => true,
        (_, [any, rest @ ..]) if any == "**" => (0..=path.len()).any(|skipped| begins_with(&path[skipped..], rest)),
        ([part, path @ ..], [first, rest @ ..]) => is_like(part, first) && begins_with(path, rest),
        ([], _) => false,
    }
}

/// `*` stands for any text.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<_> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_meaning_is_an_error_that_points_at_it() {
        for (filter, directive, at, expected) in [
            ("nothing", "nothing", 1, FORM),
            ("a=on,,b", "b", 7, FORM),
            ("a=maybe", "a=maybe", 1, STATE),
            ("a=", "a=", 1, STATE),
            ("é=on, a==on", "a==on", 7, PATH),
            ("=off", "=off", 1, PATH),
            ("a::=off", "a::=off", 1, PATH),
            ("::a=off", "::a=off", 1, PATH),
            ("a:b=off", "a:b=off", 1, PATH),
            ("<a as b=off", "<a as b=off", 1, PATH),
            ("kind:=on", "kind:=on", 1, KINDS),
            ("off,kind:servers=on", "kind:servers=on", 5, KINDS),
        ] {
            let error = filter.parse::<Filter>().expect_err(filter);
            assert_eq!(error, FilterError { directive: directive.into(), at, expected }, "{filter}");
        }
    }

    #[test]
    fn a_pattern_matches_from_the_start_part_by_part() {
        let split = |text: &str| segments(text);
        for (path, pattern, is) in [
            ("a::b::f", "a", true),
            ("a::b::f", "a::b::f", true),
            ("a::b::f", "b", false),
            ("ab::f", "a", false),
            ("a::b::f", "a::*::f", true),
            ("a::b::c::f", "a::*::f", false),
            ("a::b::c::f", "a::**::f", true),
            ("a::f", "a::**::f", true),
            ("a::b::get_one", "**::get_*", true),
            ("a::b::get_one", "**::*_one", true),
            ("a::b::get_one", "**::g*t*n*", true),
            ("a::b::get_one", "**::g*two", false),
            ("a", "a::b", false),
            ("", "**", true),
        ] {
            assert_eq!(begins_with(&split(path), &split(pattern)), is, "{pattern} on {path}");
        }
    }

    #[test]
    fn many_wildcards_match_as_quickly_as_one() {
        let path = vec!["part".to_owned(); 40];
        let Ok(Pattern::Path(pattern)) = Pattern::parse(&["**"; 40].join("::").replace("**", "**::**")) else {
            panic!("a pattern")
        };
        let pattern: Vec<_> = pattern.into_iter().chain(["none".to_owned()]).collect();
        assert_eq!(pattern.len(), 2);
        assert!(!begins_with(&path, &pattern));
    }

    #[test]
    fn odd_filters_do_not_panic() {
        for text in [
            "",
            ",",
            "**=on",
            "*=off",
            "<>=on",
            "<=on",
            ">=on",
            "'=on",
            "a'<'=on",
            "<a as b>::c=on",
            "é::ß=on",
            "=,=,=",
        ] {
            let _ = text.parse::<Filter>();
        }
    }
}
