//! Everything that is said about mistakes. Each message says what to write instead.

pub(crate) const OPTIONS: [&str; 6] = ["name", "kind", "root", "fields", "skip", "crate"];
pub(crate) const KINDS: [(&str, &str); 5] = [
    ("internal", "Internal"),
    ("server", "Server"),
    ("client", "Client"),
    ("producer", "Producer"),
    ("consumer", "Consumer"),
];

pub(crate) const CONST_FN: &str =
    "a `const fn` cannot be traced: spans start at run time; remove `const` or this attribute";
pub(crate) const NO_BODY: &str = "this function has no body to trace; put the attribute on its implementations";
pub(crate) const FILE_MODULE: &str = "a module in another file cannot be traced: its code is not visible here; put the attribute on its items, or write `mod name { .. }`";
pub(crate) const MACRO: &str = "a macro call cannot be traced; put the attribute on the functions inside the macro";
pub(crate) const EXTERN: &str =
    "foreign functions cannot be traced; wrap them in a function of your own and trace that";
pub(crate) const ALREADY: &str = "this is traced already; keep one of the attributes";
pub(crate) const EMPTY_NAME: &str = "a span needs a name; leave `name` out to get the function's";
pub(crate) const OTHER_ITEM: &str =
    "only functions, `impl` blocks, `trait` definitions and inline modules can be traced";
pub(crate) const FN_ONLY: &str = "`#[trace_fn]` goes on a function; use `#[trace]` here";
pub(crate) const IMPL_ONLY: &str = "`#[trace_type]` goes on an `impl` block; use `#[trace]` here";
pub(crate) const NAME_ON_BLOCK: &str = "`name` is for one function; write it on the functions of this block";
pub(crate) const FIELDS_ON_BLOCK: &str = "`fields` is for one function; write it on the functions of this block";
pub(crate) const SKIP_ALONE: &str = "`skip` means no span, so the other options have no effect; remove them or `skip`";
pub(crate) const NAME_VALUE: &str = "expected `name = \"...\"`";
pub(crate) const KIND_VALUE: &str = "expected `kind = internal`, `server`, `client`, `producer` or `consumer`";
pub(crate) const CRATE_VALUE: &str = "expected `crate = path::to::trace_runtime`";
pub(crate) const FIELDS_VALUE: &str = "expected `fields(key = expression, argument)`";
pub(crate) const FIELD: &str =
    "expected a field: `key = expression`, `dotted.key = expression` or the name of an argument";
pub(crate) const FIELD_EXPRESSION: &str = "expected an expression after this `=`";
pub(crate) const EMPTY_KEY: &str = "an attribute key must not be empty";

pub(crate) fn bare_literal(literal: &str) -> String {
    format!("options have names; for the span's name write `name = {literal}`")
}

pub(crate) fn unknown_option(word: &str) -> String {
    unknown("option", word, &OPTIONS)
}

pub(crate) fn unknown_kind(word: &str) -> String {
    unknown("kind", word, &KINDS.map(|(word, _)| word))
}

pub(crate) fn twice(option: &str) -> String {
    format!("`{option}` is given twice; keep one")
}

pub(crate) fn field_twice(key: &str) -> String {
    format!("the field `{key}` is given twice; keep one")
}

pub(crate) fn no_value(option: &str) -> String {
    format!("`{option}` takes no value; write just `{option}`")
}

fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|known| (distance(word, known), known)).min();
    let list = known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
    match nearest {
        Some((far, near)) if far <= 1 + word.len() / 3 => {
            format!("unknown {what} `{word}`; did you mean `{near}`? (known: {list})")
        }
        _ => format!("unknown {what} `{word}`; known: {list}"),
    }
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_offered() {
        assert!(unknown_option("nmae").contains("did you mean `name`?"));
        assert!(unknown_kind("sever").contains("did you mean `server`?"));
        assert!(!unknown_option("zzzzzz").contains("did you mean"));
    }
}
