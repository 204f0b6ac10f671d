//! Looking into a function's body, token by token.

use crate::item::{Item, between};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use std::sync::OnceLock;
use syn::buffer::Cursor;
use syn::parse::{ParseStream, Parser as _};

/// Macros known not to leave the function they are called in.
const STAYING: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "include_str",
    "line",
    "matches",
    "module_path",
    "panic",
    "print",
    "println",
    "stringify",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// A group with another content, where the user's was: lints and coverage go by them.
pub(crate) fn with_braces(braces: &Group, content: TokenStream) -> Group {
    let mut group = Group::new(braces.delimiter(), content);
    group.set_span(braces.span());
    group
}

/// The body as a block that gives a value. Around a single expression, braces of the user's would seem too many.
pub(crate) fn as_value(braces: &Group, code: &TokenStream) -> Group {
    let mut group = Group::new(braces.delimiter(), code.clone());
    group.set_span(Span::mixed_site().located_at(braces.span()));
    group
}

/// A place of the user's with which generated tokens count as the user's own for lints. In editions before 2021 closures
/// take in whole variables, so there the place stays that of a macro.
pub(crate) fn users_own(place: Span) -> Span {
    if edition_is_before_2021() { Span::mixed_site().located_at(place) } else { place }
}

/// Read from the compiler's arguments, for want of another way.
fn edition_is_before_2021() -> bool {
    static BEFORE: OnceLock<bool> = OnceLock::new();
    *BEFORE.get_or_init(|| {
        let mut is_next = false;
        let mut arguments = std::env::args();
        arguments.any(|argument| {
            let edition = argument.strip_prefix("--edition=").map(str::to_owned);
            let edition = edition.or_else(|| is_next.then(|| argument.clone()));
            is_next = argument == "--edition";
            edition.is_some_and(|edition| edition == "2015" || edition == "2018")
        })
    })
}

/// Where the value of a body is written: its last token.
pub(crate) fn place_of_value(tokens: &[TokenTree]) -> Span {
    Span::mixed_site().located_at(tokens.last().map_or_else(Span::mixed_site, TokenTree::span))
}

/// Looks at each token, on any level.
pub(crate) fn each_token(tokens: TokenStream, look: &mut dyn FnMut(&TokenTree)) {
    any_token(tokens, &mut |token| {
        look(token);
        false
    });
}

/// Whether a token, on any level, is what is looked for.
pub(crate) fn any_token(tokens: TokenStream, wanted: &mut dyn FnMut(&TokenTree) -> bool) -> bool {
    tokens.into_iter().any(|token| match &token {
        TokenTree::Group(group) => any_token(group.stream(), wanted),
        token => wanted(token),
    })
}

/// Whether one of these words occurs.
pub(crate) fn has_word(tokens: TokenStream, words: &[&str]) -> bool {
    any_token(tokens, &mut |token| is_word_of(token, words))
}

/// Whether the token is one of these words. To compare it with each would go through the compiler each time.
fn is_word_of(token: &TokenTree, words: &[&str]) -> bool {
    matches!(token, TokenTree::Ident(word) if words.contains(&word.to_string().as_str()))
}

/// A function's body. Its tokens are asked for once: each time goes through the compiler.
pub(crate) struct Body {
    /// `#![..]`
    pub(crate) inner: TokenStream,
    /// What follows those.
    pub(crate) code: TokenStream,
    /// The same, one by one.
    pub(crate) tokens: Vec<TokenTree>,
}

impl Body {
    pub(crate) fn new(braces: &Group) -> Self {
        let (inner, tokens) = split_inner_attributes(braces);
        let code = if inner.is_empty() { braces.stream() } else { tokens.iter().cloned().collect() };
        Self { inner, code, tokens }
    }

    /// The items at the start, and the rest. Generated statements go between: items come first.
    pub(crate) fn split_items(&self) -> (TokenStream, TokenStream) {
        let Self { code, tokens, .. } = self;
        let parse = |input: ParseStream<'_>| {
            let begin = input.cursor();
            while starts_with_item(input.cursor()) {
                input.parse::<Item>()?;
            }
            Ok((between(begin, input.cursor()), input.parse()?))
        };
        let none = || (TokenStream::new(), code.clone());
        let perhaps = match tokens.first() {
            Some(first @ TokenTree::Ident(_)) => is_word_of(first, &ITEMS) || is_word_of(first, &QUALIFIERS),
            Some(TokenTree::Punct(punct)) => punct.as_char() == '#',
            _ => false,
        };
        if perhaps { parse.parse2(code.clone()).unwrap_or_else(|_| none()) } else { none() }
    }
}

/// The inner attributes at the start of a body, and the rest.
fn split_inner_attributes(body: &Group) -> (TokenStream, Vec<TokenTree>) {
    let mut inner: Vec<TokenTree> = body.stream().into_iter().collect();
    let is_inner = |tokens: &[TokenTree]| {
        matches!(tokens, [TokenTree::Punct(hash), TokenTree::Punct(bang), TokenTree::Group(group)]
            if hash.as_char() == '#' && bang.as_char() == '!' && group.delimiter() == Delimiter::Bracket)
    };
    let count = inner.chunks(3).take_while(|tokens| is_inner(tokens)).count();
    let rest = inner.split_off(3 * count);
    (inner.into_iter().collect(), rest)
}

const ITEMS: [&str; 11] = ["fn", "struct", "enum", "impl", "const", "static", "use", "mod", "trait", "type", "extern"];
const QUALIFIERS: [&str; 3] = ["async", "unsafe", "pub"];

fn starts_with_item(mut at: Cursor<'_>) -> bool {
    while let Some((sign, rest)) = at.punct().filter(|(sign, _)| sign.as_char() == '#') {
        let _ = sign;
        let Some((_, rest)) = rest.token_tree() else { return false };
        at = rest;
    }
    let Some((first, rest)) = at.ident() else { return false };
    let second = rest.token_tree().map(|(second, _)| second);
    // `const { .. }` is an expression.
    let is_block = matches!(&second, Some(TokenTree::Group(_)));
    let first_of = |word: &str| ITEMS.contains(&word);
    let first = first.to_string();
    let qualified = QUALIFIERS.contains(&first.as_str());
    first_of(&first) && !is_block || qualified && second.is_some_and(|second| first_of(&second.to_string()))
}

/// Whether what the code returns is an `Ok(..)` as it stands there, on every way out.
pub(crate) fn is_plainly_ok(tokens: &[TokenTree]) -> bool {
    let Some((before, tail)) = tokens.split_last_chunk::<2>() else { return false };
    let begins = match before.last() {
        None => true,
        Some(TokenTree::Punct(punct)) => punct.as_char() == ';',
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        Some(_) => false,
    };
    begins && is_ok_call(tail) && (!may_leave_early(tokens) || !contains(tokens, "", '?') && returns_are_ok(tokens))
}

/// `Ok(..)`
fn is_ok_call(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Ident(word), TokenTree::Group(group)]
        if word == "Ok" && group.delimiter() == Delimiter::Parenthesis)
}

fn returns_are_ok(tokens: &[TokenTree]) -> bool {
    tokens.iter().enumerate().all(|(at, token)| match token {
        TokenTree::Ident(word) if word == "return" => {
            let ends = match tokens.get(at + 3) {
                None => true,
                Some(TokenTree::Punct(punct)) => matches!(punct.as_char(), ';' | ','),
                Some(_) => false,
            };
            ends && tokens.get(at + 1..at + 3).is_some_and(is_ok_call)
        }
        TokenTree::Group(group) => returns_are_ok(&group.stream().into_iter().collect::<Vec<_>>()),
        _ => true,
    })
}

/// Whether the code plainly ends in something that does not return. As the value of a `let` that would be remarked on.
pub(crate) fn never_ends(tokens: &[TokenTree]) -> bool {
    let tokens = match tokens {
        [tokens @ .., TokenTree::Punct(punct)] if punct.as_char() == ';' => tokens,
        tokens => tokens,
    };
    let words = ["panic", "todo", "unimplemented", "unreachable", "loop", "exit", "abort"];
    let is_such = |token: &TokenTree| is_word_of(token, &words);
    match tokens {
        [.., word, TokenTree::Punct(sign), TokenTree::Group(_)] if sign.as_char() == '!' => is_such(word),
        // `match never {}`
        [.., _, TokenTree::Group(none)] if none.stream().is_empty() && none.delimiter() == Delimiter::Brace => {
            let is_end = |token: &&TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
            let mut statement = tokens.iter().rev().take_while(|token| !is_end(token));
            statement.any(|token| matches!(token, TokenTree::Ident(word) if word == "match"))
        }
        [.., word, TokenTree::Group(_)] => is_such(word),
        _ => false,
    }
}

/// Whether the code breaks off where something must follow. The compiler then points at the closing brace, and does so
/// rightly only in code that was not touched.
pub(crate) fn is_unfinished(Body { code, tokens, .. }: &Body) -> bool {
    let suspicious = match tokens.last() {
        Some(TokenTree::Punct(punct)) => !matches!(punct.as_char(), ';' | '?'),
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => false,
        Some(_) => {
            let is_end = |token: &&TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
            let statement = tokens.iter().rev().take_while(|token| !is_end(token));
            statement.into_iter().any(|token| matches!(token, TokenTree::Ident(word) if is_opening(&word.to_string())))
        }
        None => false,
    };
    suspicious && syn::Block::parse_within.parse2(code.clone()).is_err()
}

/// Whether this word begins something longer than an expression.
fn is_opening(word: &str) -> bool {
    const WORDS: [&str; 22] = [
        "let", "if", "match", "for", "while", "loop", "else", "fn", "use", "const", "static", "struct", "enum", "impl",
        "trait", "mod", "type", "unsafe", "async", "as", "mut", "in",
    ];
    WORDS.contains(&word)
}

/// Whether the code may leave by `return` or `?`, also through a macro.
pub(crate) fn may_leave_early(tokens: &[TokenTree]) -> bool {
    contains(tokens, "return", '?')
}

/// Whether the code may wait by `.await`, also through a macro.
pub(crate) fn may_wait(tokens: &[TokenTree]) -> bool {
    contains(tokens, "await", '\0')
}

/// Whether a word, a sign or an unknown macro occurs.
fn contains(tokens: &[TokenTree], word: &str, sign: char) -> bool {
    // The path before a `!`: where it begins, and its last word.
    let mut path: Option<(&Ident, &Ident)> = None;
    let mut previous = ' ';
    tokens.iter().any(|token| match token {
        TokenTree::Ident(ident) => {
            let root = path.filter(|_| previous == ':').map_or(ident, |(root, _)| root);
            path = Some((root, ident));
            previous = ' ';
            ident == word
        }
        TokenTree::Punct(punct) => {
            previous = punct.as_char();
            if previous != '!' && previous != ':' {
                path = None;
            }
            previous == sign
        }
        TokenTree::Group(group) => {
            let is_macro = previous == '!';
            previous = ' ';
            let unknown = path.take().is_some_and(|(root, last)| is_macro && last != "if" && !stays(root, last));
            unknown || contains(&group.stream().into_iter().collect::<Vec<_>>(), word, sign)
        }
        TokenTree::Literal(_) => false,
    })
}

/// Whether the macro of this path is known not to leave the function.
fn stays(root: &Ident, last: &Ident) -> bool {
    let last = last.to_string();
    STAYING.contains(&last.as_str()) && (*root == last || root == "std" || root == "core")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn tokens(code: &str) -> Vec<TokenTree> {
        code.parse::<TokenStream>().unwrap_or_default().into_iter().collect()
    }

    fn leaves(code: &str) -> bool {
        may_leave_early(&tokens(code))
    }

    #[test]
    fn early_exits_are_seen_also_inside_macros() {
        assert!(leaves("let x = f()?; x"));
        assert!(leaves("if b { return 1 } 2"));
        assert!(leaves("bail!(\"x\"); 2"));
        assert!(leaves("vec![f()?]"));
        assert!(!leaves("if !(a) { vec![1] } else { println!(\"?\"); vec![] }"));
        assert!(!leaves("a != (b)"));
        assert!(!leaves("std::assert!(a); b"));
        assert!(leaves("mine::assert!(a); b"));
    }

    #[test]
    fn a_body_that_never_ends_is_told() {
        let never = |code: &str| never_ends(&tokens(code));
        assert!(never("todo!()") && never("f(); panic!(\"x\");") && never("loop { f() }") && never("match never {}"));
        assert!(!never("match x { _ => 1 }") && !never("S {}") && !never("f()"));
    }

    #[test]
    fn a_body_that_only_succeeds_is_told() {
        let ok = |code: &str| is_plainly_ok(&tokens(code));
        assert!(ok("Ok(1)"));
        assert!(ok("if b { return Ok(1); } g(); Ok(2)"));
        assert!(!ok("let x = f()?; Ok(x)"));
        assert!(!ok("if b { return Err(1); } Ok(2)"));
        assert!(!ok("if b { return f(); } Ok(2)"));
        assert!(!ok("x.Ok(1)"));
        assert!(!ok("bail!(x); Ok(1)"));
        assert!(!ok("if b { Ok(1) } else { Err(2) }"));
    }

    #[test]
    fn items_at_the_start_are_told_from_statements() {
        let items = |code: &str| {
            let braces = Group::new(Delimiter::Brace, code.parse().unwrap_or_default());
            Body::new(&braces).split_items().0.to_string().replace(' ', "")
        };
        assert_eq!(
            items("use a::b; #[x] const A: [u8; 1] = { [1] }; fn f() {} f()"),
            "usea::b;#[x]constA:[u8;1]={[1]};fnf(){}"
        );
        assert_eq!(items("const { 1 }"), "");
        assert_eq!(items("let a = 1; fn f() {}"), "");
        assert_eq!(items("unsafe { f() }"), "");
    }
}
