//! The words inside an attribute.

use crate::body::has_word;
use crate::field::{self, Field, Form};
use crate::message;
use crate::name::Name;
use crate::report::Report;
use proc_macro2::{Ident, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Lit, LitBool, LitStr, Path, Token, token};

/// An option as it was written. Rules point at its key.
#[derive(Clone)]
pub(crate) struct Given<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

/// `err`, in its forms.
#[derive(Clone)]
pub(crate) enum Err {
    Text,
    Off,
    Debug,
    Classifier(TokenStream),
}

macro_rules! options {
    ($($(#[doc = $doc:literal])* $word:literal $option:ident: $ty:ty = $parse:expr;)*) => {
        /// What an attribute says.
        #[derive(Default, Clone)]
        pub(crate) struct Args {
            $($(#[doc = $doc])* pub(crate) $option: Option<Given<$ty>>,)*
        }

        /// The words that begin an option.
        pub(crate) const OPTIONS: &[&str] = &[$($word),*];

        impl Args {
            fn set(&mut self, key: Ident, input: ParseStream<'_>, report: &mut Report) -> syn::Result<()> {
                match key.to_string().as_str() {
                    $($word if self.$option.is_some() => {
                        let _: TokenStream = input.parse()?;
                        report.at(&key, message::twice($word));
                    })*
                    $($word => {
                        let parse: fn(&Ident, ParseStream<'_>, &mut Report) -> syn::Result<$ty> = $parse;
                        let value = parse(&key, input, report)?;
                        self.$option = Some(Given { key, value });
                    })*
                    unknown => {
                        let _: TokenStream = input.parse()?;
                        report.at(&key, message::unknown_option(unknown, OPTIONS));
                    }
                }
                Ok(())
            }

            /// These options, and for those that are not given the others.
            fn or(self, others: &Self) -> Self {
                Self { $($option: self.$option.or_else(|| others.$option.clone()),)* }
            }
        }
    };
}

options! {
    "name" name: Name = |key, input, _| {
        let value: Expr = value(key, input, message::NAME_VALUE)?;
        Name::parse(&value)
    };
    "kind" kind: Ident = |key, input, _| { equals(key, input, message::KIND_VALUE)?; kind(input) };
    "root" root: bool = flag;
    "parent" parent: TokenStream = |key, input, _| expression(key, input, message::PARENT_VALUE);
    "detached" detached: bool = flag;
    "current" current: bool = flag;
    "links" links: TokenStream = |key, input, _| expression(key, input, message::LINKS_VALUE);
    "fields" fields: Vec<Field> = |key, input, report| {
        let content = parenthesized(key, input, message::FIELDS_VALUE)?;
        Ok(field::list(&content, report))
    };
    "err" err: Err = err;
    /// `None` for `ret(off)`.
    "ret" ret: Option<Form> = ret;
    "ok" ok: bool = flag;
    "target" target: TokenStream = |key, input, _| expression(key, input, message::TARGET_VALUE);
    /// Empty for the item itself.
    "skip" skip: Vec<Ident> = skip;
    "only" only: () = |key, input, _| {
        let content = parenthesized(key, input, message::ONLY_VALUE)?;
        let is_pub = content.to_string() == "pub";
        if is_pub { Ok(()) } else { Err(syn::Error::new_spanned(content, message::ONLY_VALUE)) }
    };
    "crate" krate: TokenStream = |key, input, _| {
        equals(key, input, message::CRATE_VALUE)?;
        let path = input.call(Path::parse_mod_style);
        path.map(Path::into_token_stream).map_err(|error| syn::Error::new(error.span(), message::CRATE_VALUE))
    };
}

impl Args {
    pub(crate) fn parse(tokens: TokenStream, report: &mut Report) -> Self {
        let mut args = Self::default();
        for option in split_at_commas(tokens) {
            let parser = |input: ParseStream<'_>| args.parse_option(input, report);
            if let Err(error) = parser.parse2(option) {
                report.push(error);
            }
        }
        args
    }

    fn parse_option(&mut self, input: ParseStream<'_>, report: &mut Report) -> syn::Result<()> {
        if let Ok(literal) = input.fork().parse::<Lit>() {
            let all: TokenStream = input.parse()?;
            return Err(syn::Error::new_spanned(all, message::bare_literal(&literal.to_token_stream().to_string())));
        }
        let all = input.cursor().token_stream();
        let key = Ident::parse_any(input).map_err(|_| syn::Error::new_spanned(all, message::not_an_option(OPTIONS)))?;
        self.set(key, input, report)?;
        if !input.is_empty() {
            let rest: TokenStream = input.parse()?;
            return Err(syn::Error::new_spanned(rest, message::COMMA));
        }
        Ok(())
    }

    /// Where the span belongs, if something is said about it.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Ident> {
        let flags = [&self.root, &self.detached, &self.current];
        let flags = flags.into_iter().flatten().filter(|flag| flag.value).map(|flag| &flag.key);
        flags.chain(self.parent.as_ref().map(|parent| &parent.key))
    }

    /// What a function's own attribute says, and for the rest what its block's does.
    pub(crate) fn with_defaults(mut self, block: &Self) -> Self {
        let own_place = self.places().next().is_some();
        let mut block = block.clone();
        if own_place {
            (block.root, block.detached, block.current, block.parent) = (None, None, None, None);
        }
        if let (Some(own), Some(others)) = (&mut self.fields, &block.fields) {
            let others = others.value.iter().filter(|other| !own.value.iter().any(|field| field.key == other.key));
            let others: Vec<Field> = others.cloned().collect();
            own.value.splice(0..0, others);
        }
        self.or(&block)
    }

    /// What a block's attribute says about its functions: about those without `self`, nothing that mentions it.
    pub(crate) fn for_members(&self) -> Self {
        Self { skip: None, only: None, ..self.clone() }
    }

    /// The same for a function that has no `self`.
    pub(crate) fn without_self(&self) -> Self {
        let without = |option: &Option<Given<TokenStream>>| option.clone().filter(|given| !names_self(&given.value));
        let mut args = Self { parent: without(&self.parent), links: without(&self.links), ..self.clone() };
        if let Some(fields) = &mut args.fields {
            fields.value.retain(|field| !names_self(&field.value));
        }
        args
    }
}

pub(crate) fn is_on(flag: Option<&Given<bool>>) -> bool {
    flag.is_some_and(|flag| flag.value)
}

fn names_self(tokens: &TokenStream) -> bool {
    has_word(tokens.clone(), &["self"])
}

fn equals(key: &Ident, input: ParseStream<'_>, message: &str) -> syn::Result<()> {
    match input.parse::<Token![=]>() {
        Ok(_) if !input.is_empty() => Ok(()),
        _ => Err(syn::Error::new_spanned(key, message)),
    }
}

fn value(key: &Ident, input: ParseStream<'_>, message: &str) -> syn::Result<Expr> {
    equals(key, input, message)?;
    input.parse().map_err(|_| syn::Error::new_spanned(key, message))
}

fn expression(key: &Ident, input: ParseStream<'_>, message: &str) -> syn::Result<TokenStream> {
    value(key, input, message).map(Expr::into_token_stream)
}

fn parenthesized(key: &Ident, input: ParseStream<'_>, message: &str) -> syn::Result<TokenStream> {
    if input.peek(Ident::peek_any) {
        return Err(input.error(message::COMMA));
    }
    if !input.peek(token::Paren) {
        return Err(syn::Error::new_spanned(key, message));
    }
    let content;
    syn::parenthesized!(content in input);
    content.parse()
}

/// `root`, `root = true`, `root = false`
fn flag(key: &Ident, input: ParseStream<'_>, _: &mut Report) -> syn::Result<bool> {
    if input.is_empty() {
        return Ok(true);
    }
    let rest = input.cursor().token_stream();
    if !input.peek(Token![=]) && !input.peek(token::Paren) {
        return Err(syn::Error::new_spanned(rest, message::COMMA));
    }
    let value = input.parse::<Token![=]>().and_then(|_| input.parse::<LitBool>());
    value.map(|value| value.value).map_err(|_| syn::Error::new_spanned(rest, message::no_value(&key.to_string())))
}

/// `err`, `err(off)`, `err(debug)`, `err = classifier`
fn err(key: &Ident, input: ParseStream<'_>, _: &mut Report) -> syn::Result<Err> {
    if input.is_empty() {
        return Ok(Err::Text);
    }
    if input.peek(Token![=]) {
        let classifier = expression(key, input, message::ERR_VALUE)?;
        return Ok(match classifier.to_string().as_str() {
            "false" | "off" => Err::Off,
            "true" => Err::Text,
            "debug" => Err::Debug,
            _ => Err::Classifier(classifier),
        });
    }
    let form = parenthesized(key, input, message::ERR_VALUE)?;
    match form.to_string().as_str() {
        "off" => Ok(Err::Off),
        "debug" | "Debug" => Ok(Err::Debug),
        "display" | "Display" => Ok(Err::Text),
        _ => Err(syn::Error::new_spanned(key, message::ERR_VALUE)),
    }
}

/// `ret`, `ret(display)`, `ret(debug)`, `ret(off)`
fn ret(key: &Ident, input: ParseStream<'_>, _: &mut Report) -> syn::Result<Option<Form>> {
    if input.is_empty() {
        return Ok(Some(Form::Value));
    }
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        let on = input.parse::<LitBool>().map_err(|_| syn::Error::new_spanned(key, message::RET_VALUE))?;
        return Ok(on.value.then_some(Form::Value));
    }
    let form = parenthesized(key, input, message::RET_VALUE)?;
    match form.to_string().as_str() {
        "off" => Ok(None),
        "debug" | "Debug" | "?" => Ok(Some(Form::Debug)),
        "display" | "Display" | "%" => Ok(Some(Form::Display)),
        _ => Err(syn::Error::new_spanned(key, message::RET_VALUE)),
    }
}

/// `skip`, `skip(function, function)`
fn skip(key: &Ident, input: ParseStream<'_>, _: &mut Report) -> syn::Result<Vec<Ident>> {
    if input.is_empty() {
        return Ok(Vec::new());
    }
    let mistake = || syn::Error::new_spanned(key, message::SKIP_VALUE);
    let content = parenthesized(key, input, message::SKIP_VALUE)?;
    let names = split_at_commas(content).into_iter().map(|part| syn::parse2::<Ident>(part).map_err(|_| mistake()));
    names.collect::<syn::Result<Vec<_>>>().and_then(|names| if names.is_empty() { Err(mistake()) } else { Ok(names) })
}

/// `server` or `"server"`.
fn kind(input: ParseStream<'_>) -> syn::Result<Ident> {
    let (word, span): (String, Span) = if input.peek(LitStr) {
        let literal: LitStr = input.parse()?;
        (literal.value(), literal.span())
    } else {
        let ident = Ident::parse_any(input).map_err(|error| syn::Error::new(error.span(), message::KIND_VALUE))?;
        (ident.to_string(), ident.span())
    };
    let known = message::KINDS.iter().find(|(known, _)| *known == word);
    match known {
        Some((_, variant)) => Ok(Ident::new(variant, Span::mixed_site())),
        None => Err(syn::Error::new(span, message::unknown_kind(&word))),
    }
}

/// The options or fields, each parsed by itself, so that one mistake does not hide the next.
pub(crate) fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    // A turbofish may hold commas, as may the parameters of a closure.
    let (mut depth, mut closure, mut previous) = (0usize, false, ' ');
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let mut sign = ' ';
        if let TokenTree::Punct(punct) = &token {
            sign = punct.as_char();
            let is_pair =
                previous != '|' && matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '|');
            match sign {
                ',' if depth == 0 && !closure => {
                    parts.push(TokenStream::new());
                    previous = sign;
                    continue;
                }
                // `||` is an operator or a closure without parameters.
                '|' if punct.spacing() == Spacing::Joint && is_pair && !closure => {
                    if let (Some(part), Some(second)) = (parts.last_mut(), tokens.next()) {
                        part.extend([token, second]);
                    }
                    previous = ' ';
                    continue;
                }
                '|' => closure = !closure && begins_closure(parts.last()),
                '<' if matches!(previous, ':' | '=') || depth > 0 || closure => depth += 1,
                '>' if previous != '-' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        previous = sign;
        if let Some(part) = parts.last_mut() {
            part.extend([token]);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// A `|` after `=`, `move` or a sign begins a closure; after a value it is an operator.
fn begins_closure(part: Option<&TokenStream>) -> bool {
    match last(part) {
        None => true,
        Some(TokenTree::Punct(punct)) => punct.as_char() != '?',
        Some(TokenTree::Ident(word)) => word == "move" || word == "async",
        Some(_) => false,
    }
}

fn last(part: Option<&TokenStream>) -> Option<TokenTree> {
    part.and_then(|part| part.clone().into_iter().last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_inside_expressions_do_not_separate_options() {
        let parts = |text: &str| split_at_commas(text.parse().unwrap_or_default()).len();
        assert_eq!(parts("a, b = c || d, e = 1"), 3);
        assert_eq!(parts("a = |x, y| x || y, b"), 2);
        assert_eq!(parts("a = || f(), b"), 2);
        assert_eq!(parts("a = g::<fn(u8) -> u8, u8>(), b"), 2);
        assert_eq!(parts("a = <[u8; 2] as T<u8, u8>>::x(), b"), 2);
        assert_eq!(parts("a = x < y, b = x > y"), 2);
    }
}
