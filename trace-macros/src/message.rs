//! Everything that is said about mistakes. Each message says what to write instead.

pub(crate) const KINDS: [(&str, &str); 5] = [
    ("internal", "Internal"),
    ("server", "Server"),
    ("client", "Client"),
    ("producer", "Producer"),
    ("consumer", "Consumer"),
];

// Places.
pub(crate) const CONST_FN: &str =
    "a `const fn` cannot be traced: spans start at run time; remove `const` or this attribute";
pub(crate) const NO_BODY: &str = "this function has no body to trace; put the attribute on its implementations";
pub(crate) const FILE_MODULE: &str = "a module in another file cannot be traced: its code is not visible here; put the attribute on its items, or write `mod name { .. }`";
pub(crate) const MACRO: &str = "a macro call cannot be traced; put the attribute on the functions inside the macro";
pub(crate) const EXTERN: &str =
    "foreign functions cannot be traced; wrap them in a function of your own and trace that";
pub(crate) const ALREADY: &str = "this is traced already; keep one of the attributes";
pub(crate) const FN_ONLY: &str = "`#[trace_fn]` goes on a function; use `#[trace]` here";
pub(crate) const IMPL_ONLY: &str = "`#[trace_type]` goes on an `impl` block; use `#[trace]` here";

// Options that do not fit the place.
pub(crate) const NAME_ON_BLOCK: &str =
    "every function of this block would get this name; write `{fn}` where the function's own name is to stand";
pub(crate) const TEMPLATE_ON_BLOCK: &str =
    "the functions of a block have different arguments; only `{fn}` can stand in the name here";
pub(crate) const ONLY_ON_FN: &str = "`only(pub)` chooses among the functions of a block; remove it here";
pub(crate) const ONLY_ON_TRAIT: &str = "the functions of a trait have no visibility of their own; remove `only(pub)`";
pub(crate) const SKIP_LIST_ON_FN: &str = "no argument is recorded unless it is asked for, so there is nothing to skip; remove this (`skip(..)` on a block lists functions to leave alone)";
pub(crate) const SKIP_ALONE: &str = "`skip` means no span, so the other options have no effect; remove them or `skip`";
pub(crate) const TRACK_CALLER: &str = "on a `#[track_caller]` function that leaves early (`return`, `?`, or a macro that may) the result cannot be looked at without changing the caller's location; remove this option or `#[track_caller]`";
pub(crate) const FIELD_OF_SELF: &str =
    "`self` as a whole cannot be an attribute; write `fields(self.part)` in the function's attribute";
pub(crate) const FIELD_OF_PATTERN: &str =
    "this parameter has no name; write `fields(key = expression)` in the function's attribute";
pub(crate) const FIELD_UNTRACED: &str = "this function has no span to put the field on; remove `#[field]`";

// Values.
pub(crate) const EMPTY_NAME: &str = "a span needs a name; leave `name` out to get the function's";
pub(crate) const NAME_VALUE: &str = "expected `name = \"...\"`";
pub(crate) const KIND_VALUE: &str = "expected `kind = internal`, `server`, `client`, `producer` or `consumer`";
pub(crate) const PARENT_VALUE: &str =
    "expected `parent = expression`, of a `Snapshot`, a `SpanContext`, an `Extracted`, or an `Option` of one";
pub(crate) const LINKS_VALUE: &str =
    "expected `links = expression`, of a `SpanContext` or `Snapshot`, or an array, `Vec` or `Option` of them";
pub(crate) const TARGET_VALUE: &str = "expected `target = \"...\"`, a constant";
pub(crate) const CRATE_VALUE: &str = "expected `crate = path::to::trace_runtime`";
pub(crate) const FIELDS_VALUE: &str = "expected `fields(key = expression, argument)`";
pub(crate) const ERR_VALUE: &str = "expected `err`, `err(off)`, `err(debug)` or `err = classifier`";
pub(crate) const RET_VALUE: &str = "expected `ret`, `ret(display)`, `ret(debug)` or `ret(off)`";
pub(crate) const ONLY_VALUE: &str = "expected `only(pub)`";
pub(crate) const SKIP_VALUE: &str = "expected `skip`, or on a block `skip(function, function)`";
pub(crate) const FIELD: &str =
    "expected a field: `key = expression`, `dotted.key = expression` or the name of an argument";
pub(crate) const FIELD_EXPRESSION: &str = "expected an expression after `=`";
pub(crate) const FIELD_ATTRIBUTE: &str =
    "expected `#[field]`, `#[field(\"key\")]`, `#[field(%)]`, `#[field(?)]` or `#[field(\"key\", %)]`";
pub(crate) const EMPTY_KEY: &str = "an attribute key must not be empty";
pub(crate) const NAME_OF_ARGUMENT: &str =
    "the name of a span is a constant; for an argument in it write `name = \"{argument}\"`";
pub(crate) const TARGET_OF_ARGUMENT: &str = "the target is a constant; it cannot be an argument";
pub(crate) const COMMA: &str = "expected `,` before this";
pub(crate) const BRACE_OPEN: &str = "this `{` is not closed; write `{{` for a brace in the name";
pub(crate) const BRACE_CLOSE: &str = "this `}` closes nothing; write `}}` for a brace in the name";
pub(crate) const PLACEHOLDER_EMPTY: &str =
    "`{}` says nothing; write the argument's name in it, as `{id}`, or `{fn}` for the function's";
pub(crate) const PLACEHOLDER: &str = "only an argument or a part of one can stand here, as `{id}` or `{self.id}`; for anything else set the name in the function with `current().set_name(..)`";

pub(crate) fn not_code(what: &str) -> String {
    match what {
        "struct" | "enum" | "union" => {
            let article = if what == "enum" { "an" } else { "a" };
            format!("{article} `{what}` has no code to trace; put the attribute on its `impl` blocks")
        }
        _ => "only functions, `impl` blocks, `trait` definitions and inline modules can be traced".into(),
    }
}

pub(crate) fn bare_literal(literal: &str) -> String {
    if literal.starts_with('"') {
        return format!("options have names; for the span's name write `name = {literal}`");
    }
    "options have names, as in `name = \"...\"`".into()
}

pub(crate) fn not_an_option(known: &[&str]) -> String {
    format!("expected an option: {}", listed(known))
}

pub(crate) fn unknown_option(word: &str, known: &[&str]) -> String {
    let other = match word {
        kind if KINDS.iter().any(|(known, _)| *known == kind) => return format!("write `kind = {kind}`"),
        "skip_all" => "no argument is recorded unless it is asked for, so there is nothing to skip; remove `skip_all`",
        "level" => "spans have no level; remove `level`",
        "follows_from" => "write `links = [context]` instead of `follows_from`",
        "enter_on_poll" => "each poll is inside the one span of the call; remove `enter_on_poll`",
        "short_name" => "names are short; remove `short_name`",
        "properties" => "write `fields(key = expression)` instead of `properties`",
        _ => return unknown("option", word, known),
    };
    other.into()
}

pub(crate) fn unknown_kind(word: &str) -> String {
    unknown("kind", word, &KINDS.map(|(word, _)| word))
}

pub(crate) fn unknown_function(word: &str, known: &[&str]) -> String {
    unknown("function", word, known)
}

pub(crate) fn unknown_argument(word: &str, known: &[&str]) -> String {
    unknown("argument", word, known)
}

pub(crate) fn twice(option: &str) -> String {
    format!("`{option}` is given twice; keep one")
}

pub(crate) fn field_twice(key: &str) -> String {
    format!("the field `{key}` is given twice; keep one")
}

pub(crate) fn no_value(option: &str) -> String {
    format!("`{option}` takes no value; write just `{option}`, or `{option} = false` to undo a block's")
}

pub(crate) fn contradiction(one: &str, other: &str) -> String {
    format!("`{one}` and `{other}` contradict each other; keep one")
}

pub(crate) fn no_span(option: &str) -> String {
    format!("with `current` there is no span of this call, so `{option}` has no effect; remove one of them")
}

fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|known| (distance(word, known), known)).min();
    let list = listed(known);
    match nearest {
        Some((far, near)) if far <= 1 + word.len() / 3 => {
            format!("unknown {what} `{word}`; did you mean `{near}`? (known: {list})")
        }
        Some(_) => format!("unknown {what} `{word}`; known: {list}"),
        None => format!("unknown {what} `{word}`; there is none"),
    }
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
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
        assert!(unknown_option("nmae", &["kind", "name"]).contains("did you mean `name`?"));
        assert!(unknown_kind("sever").contains("did you mean `server`?"));
        assert!(!unknown_option("zzzzzz", &["name"]).contains("did you mean"));
    }
}
