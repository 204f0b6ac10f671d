//! Attributes of the span: in `fields(..)`, or on a parameter as `#[field]`.

use crate::args::split_at_commas;
use crate::message;
use crate::report::Report;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Expr, FnArg, LitStr, Meta, Pat, Signature, Token};

#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) key: String,
    pub(crate) form: Form,
    pub(crate) value: TokenStream,
    /// Where it was written.
    pub(crate) place: TokenStream,
    /// The conditions under which a parameter exists.
    pub(crate) cfg: TokenStream,
}

/// How a value becomes an attribute value.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Value,
    Display,
    Debug,
}

/// What is inside `fields(..)`.
pub(crate) fn list(tokens: &TokenStream, report: &mut Report) -> Vec<Field> {
    let mut fields = Vec::new();
    for part in split_at_commas(tokens.clone()) {
        match syn::parse2::<Field>(part.clone()) {
            Ok(field) => push(&mut fields, Field { place: part, ..field }, report),
            // At the end of the input the compiler would point at the whole attribute.
            Err(error) if error.to_string().starts_with("unexpected end") => report.at(part, message::FIELD),
            Err(error) => report.push(error),
        }
    }
    fields
}

fn push(fields: &mut Vec<Field>, field: Field, report: &mut Report) {
    if fields.iter().any(|other| other.key == field.key) {
        report.at(&field.place, message::field_twice(&field.key));
    } else {
        fields.push(field);
    }
}

/// Takes the `#[field]` attributes out of a signature.
pub(crate) fn of_parameters(sig: &mut Signature, report: &mut Report) -> Vec<Field> {
    let mut fields = Vec::new();
    for input in &mut sig.inputs {
        let (attrs, name) = match input {
            FnArg::Receiver(receiver) => (&mut receiver.attrs, Err(message::FIELD_OF_SELF)),
            FnArg::Typed(typed) => match &*typed.pat {
                Pat::Ident(binding) => (&mut typed.attrs, Ok(binding.ident.clone())),
                _ => (&mut typed.attrs, Err(message::FIELD_OF_PATTERN)),
            },
        };
        let is_ours = |attr: &Attribute| attr.path().is_ident("field");
        let (ours, others) = std::mem::take(attrs).into_iter().partition::<Vec<_>, _>(is_ours);
        *attrs = others;
        let cfg: TokenStream =
            attrs.iter().filter(|attr| attr.path().is_ident("cfg")).map(ToTokens::to_token_stream).collect();
        for attr in ours {
            match name.clone().map_err(|message| syn::Error::new_spanned(&attr, message)) {
                Ok(name) => match of_parameter(&attr, &name) {
                    Ok(field) => push(&mut fields, Field { cfg: cfg.clone(), ..field }, report),
                    Err(error) => report.push(error),
                },
                Err(error) => report.push(error),
            }
        }
    }
    fields
}

/// `#[field]`, `#[field("key")]`, `#[field(key.word)]`, `#[field(%)]`, `#[field("key", ?)]`
fn of_parameter(attr: &Attribute, name: &Ident) -> syn::Result<Field> {
    let mistake = || syn::Error::new_spanned(attr, message::FIELD_ATTRIBUTE);
    let tokens = match &attr.meta {
        Meta::Path(_) => TokenStream::new(),
        Meta::List(list) => list.tokens.clone(),
        Meta::NameValue(_) => return Err(mistake()),
    };
    let parse = |input: ParseStream<'_>| {
        let mut found = name.unraw().to_string();
        if !input.is_empty() && !is_form(input) {
            found = key(input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let form = form(input)?;
        let _ = input.parse::<Option<Token![,]>>()?;
        let (value, place) = (quote!(#name), attr.to_token_stream());
        let field = Field { key: found, form, value, place, cfg: TokenStream::new() };
        if input.is_empty() { Ok(field) } else { Err(mistake()) }
    };
    parse.parse2(tokens).map_err(|error| if error.to_string() == message::EMPTY_KEY { error } else { mistake() })
}

impl Parse for Field {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let short = form(input)?;
        let start = input.cursor();
        let is_text = input.peek(LitStr);
        let key = key(input)?;
        let field = |form, value| Self { key, form, value, place: TokenStream::new(), cfg: TokenStream::new() };
        if input.is_empty() {
            // The name of an argument stands for its value; keep its tokens, `self.x` included.
            let argument = start.token_stream();
            return if is_text {
                Err(syn::Error::new_spanned(argument, message::FIELD))
            } else {
                Ok(field(short, argument))
            };
        }
        let equals = input.parse::<Token![=]>().map_err(|error| syn::Error::new(error.span(), message::FIELD))?;
        let form = form(input)?;
        if input.is_empty() {
            return Err(syn::Error::new_spanned(equals, message::FIELD_EXPRESSION));
        }
        let rest = input.cursor().token_stream();
        let value: Expr = input.parse().map_err(|_| syn::Error::new_spanned(rest, message::FIELD_EXPRESSION))?;
        if !input.is_empty() {
            return Err(input.error(message::COMMA));
        }
        Ok(field(form, value.into_token_stream()))
    }
}

fn is_form(input: ParseStream<'_>) -> bool {
    input.peek(Token![%]) || input.peek(Token![?])
}

fn form(input: ParseStream<'_>) -> syn::Result<Form> {
    if input.parse::<Option<Token![%]>>()?.is_some() {
        return Ok(Form::Display);
    }
    Ok(if input.parse::<Option<Token![?]>>()?.is_some() { Form::Debug } else { Form::Value })
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
