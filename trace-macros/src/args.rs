//! The words inside an attribute.

use crate::message;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Expr, ExprLit, Lit, LitStr, Path, Token, token};

/// What an attribute says. Each option remembers its key, so that rules can point at it.
#[derive(Default, Clone)]
pub(crate) struct Args {
    pub(crate) name: Option<(Ident, TokenStream)>,
    pub(crate) kind: Option<(Ident, Ident)>,
    pub(crate) root: Option<Ident>,
    pub(crate) fields: Option<(Ident, Vec<Field>)>,
    pub(crate) skip: Option<Ident>,
    pub(crate) krate: Option<(Ident, TokenStream)>,
}

/// An attribute of the span.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) key: String,
    pub(crate) form: Form,
    pub(crate) value: TokenStream,
}

/// How a field's value becomes an attribute value.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Value,
    Display,
    Debug,
}

/// Mistakes found so far. All are reported together.
#[derive(Default)]
pub(crate) struct Report(Option<syn::Error>);

impl Report {
    pub(crate) fn at(&mut self, place: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(place, message));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The mistakes as code, or `None` if there are none.
    pub(crate) fn into_tokens(self) -> Option<TokenStream> {
        self.0.map(|error| error.to_compile_error())
    }
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
        let key = Ident::parse_any(input)?;
        let word = key.to_string();
        let known = message::OPTIONS.contains(&word.as_str());
        if !known {
            let _: TokenStream = input.parse()?;
            report.at(&key, message::unknown_option(&word));
            return Ok(());
        }
        if self.has(&word) {
            let _: TokenStream = input.parse()?;
            report.at(&key, message::twice(&word));
            return Ok(());
        }
        match word.as_str() {
            "name" => {
                value_follows(input, &key, message::NAME_VALUE)?;
                let value: Expr = input.parse().map_err(|_| syn::Error::new_spanned(&key, message::NAME_VALUE))?;
                match &value {
                    Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().is_empty() => {
                        report.at(text, message::EMPTY_NAME);
                    }
                    Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => {}
                    Expr::Lit(other) => report.at(other, message::NAME_VALUE),
                    _ => {}
                }
                self.name = Some((key, value.into_token_stream()));
            }
            "kind" => {
                value_follows(input, &key, message::KIND_VALUE)?;
                let kind = kind(input)?;
                self.kind = Some((key, kind));
            }
            "crate" => {
                value_follows(input, &key, message::CRATE_VALUE)?;
                let path = input.call(Path::parse_mod_style);
                let path = path.map_err(|error| syn::Error::new(error.span(), message::CRATE_VALUE))?;
                self.krate = Some((key, path.into_token_stream()));
            }
            "fields" => {
                if !input.peek(token::Paren) {
                    return Err(syn::Error::new_spanned(&key, message::FIELDS_VALUE));
                }
                let content;
                syn::parenthesized!(content in input);
                let fields = fields(&content.parse::<TokenStream>()?, report);
                self.fields = Some((key, fields));
            }
            flag => {
                if !input.is_empty() {
                    let rest: TokenStream = input.parse()?;
                    return Err(syn::Error::new_spanned(rest, message::no_value(flag)));
                }
                let place = if flag == "root" { &mut self.root } else { &mut self.skip };
                *place = Some(key);
            }
        }
        if !input.is_empty() {
            let rest: TokenStream = input.parse()?;
            return Err(syn::Error::new_spanned(rest, "expected `,` before this"));
        }
        Ok(())
    }

    fn has(&self, option: &str) -> bool {
        match option {
            "name" => self.name.is_some(),
            "kind" => self.kind.is_some(),
            "root" => self.root.is_some(),
            "fields" => self.fields.is_some(),
            "skip" => self.skip.is_some(),
            _ => self.krate.is_some(),
        }
    }

    /// What a block's attribute says about each of its functions.
    pub(crate) fn for_member(&self) -> Self {
        Self { kind: self.kind.clone(), root: self.root.clone(), krate: self.krate.clone(), ..Self::default() }
    }
}

fn value_follows(input: ParseStream<'_>, key: &Ident, message: &str) -> syn::Result<()> {
    match input.parse::<Token![=]>() {
        Ok(_) if !input.is_empty() => Ok(()),
        _ => Err(syn::Error::new_spanned(key, message)),
    }
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

fn fields(tokens: &TokenStream, report: &mut Report) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for part in split_at_commas(tokens.clone()) {
        match syn::parse2::<Field>(part.clone()) {
            Ok(field) if fields.iter().any(|other| other.key == field.key) => {
                report.at(part, message::field_twice(&field.key));
            }
            Ok(field) => fields.push(field),
            Err(error) => report.push(error),
        }
    }
    fields
}

impl Parse for Field {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let short = form(input)?;
        let start = input.cursor();
        let key = key(input)?;
        if input.is_empty() {
            // The name of an argument stands for its value; keep its tokens, `self.x` included.
            return Ok(Self { key, form: short, value: start.token_stream() });
        }
        let equals = input.parse::<Token![=]>().map_err(|error| syn::Error::new(error.span(), message::FIELD))?;
        let form = form(input)?;
        if input.is_empty() {
            return Err(syn::Error::new_spanned(equals, message::FIELD_EXPRESSION));
        }
        let value: Expr = input.parse()?;
        if !input.is_empty() {
            return Err(input.error("expected `,` before this"));
        }
        Ok(Self { key, form, value: value.into_token_stream() })
    }
}

fn form(input: ParseStream<'_>) -> syn::Result<Form> {
    if input.peek(Token![%]) {
        input.parse::<Token![%]>()?;
        return Ok(Form::Display);
    }
    if input.peek(Token![?]) {
        input.parse::<Token![?]>()?;
        return Ok(Form::Debug);
    }
    Ok(Form::Value)
}

/// `word.word` or a string.
fn key(input: ParseStream<'_>) -> syn::Result<String> {
    if input.peek(LitStr) {
        let literal: LitStr = input.parse()?;
        if literal.value().is_empty() {
            return Err(syn::Error::new(literal.span(), message::EMPTY_KEY));
        }
        return Ok(literal.value());
    }
    let mut key = String::new();
    loop {
        let part = Ident::parse_any(input).map_err(|error| syn::Error::new(error.span(), message::FIELD))?;
        key.push_str(&part.unraw().to_string());
        if !input.peek(Token![.]) {
            return Ok(key.strip_prefix("self.").unwrap_or(&key).to_owned());
        }
        input.parse::<Token![.]>()?;
        key.push('.');
    }
}

/// The options or fields, each parsed by itself, so that one mistake does not hide the next.
fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    // A turbofish may hold commas.
    let mut depth = 0usize;
    for token in tokens {
        if let TokenTree::Punct(punct) = &token {
            match punct.as_char() {
                ',' if depth == 0 => {
                    parts.push(TokenStream::new());
                    continue;
                }
                '<' if after_colons(parts.last()) => depth += 1,
                '<' if depth > 0 => depth += 1,
                '>' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if let Some(part) = parts.last_mut() {
            part.extend([token]);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn after_colons(part: Option<&TokenStream>) -> bool {
    let last = part.and_then(|part| part.clone().into_iter().last());
    matches!(last, Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
}
