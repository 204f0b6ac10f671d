//! From a checked attribute and its item to code.

use crate::args::{Args, Form, Report};
use crate::body::{self, FutureBody};
use crate::item::{Block, Function, Item, Items};
use crate::rules::{self, Place, is_left_alone, is_traced_in_block};
use crate::{future, returns};
use proc_macro2::{Group, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote_spanned};

/// One attribute. The user's item is in the output whatever is wrong.
pub(crate) fn attribute(place: Place, args: TokenStream, tokens: TokenStream) -> TokenStream {
    let mut report = Report::default();
    let args = Args::parse(args, &mut report);
    let item = match syn::parse2::<Item>(tokens.clone()) {
        Ok(item) => item,
        Err(error) => {
            report.push(error);
            let errors = report.into_tokens();
            return code!(#errors #tokens);
        }
    };
    rules::check(place, &args, &item, &mut report);
    if let Some(errors) = report.into_tokens() {
        return code!(#errors #tokens);
    }
    if args.skip.is_some() {
        return tokens;
    }
    match &item {
        Item::Function(traced) => function(traced, &args),
        Item::Block(traced) => block(traced, &args),
        Item::Other(_) => tokens,
    }
}

/// Every function inside, each as if it had the attribute itself.
fn block(block: &Block, args: &Args) -> TokenStream {
    let Block { attrs, header, braces, .. } = block;
    let args = args.for_member();
    let content = match syn::parse2::<Items>(braces.stream()) {
        Ok(Items { inner, items }) => {
            let items = items.iter().map(|item| member(item, &args));
            code!(#inner #(#items)*)
        }
        // The compiler says it better.
        Err(_) => braces.stream(),
    };
    let braces = with_braces(braces, content);
    code!(#(#attrs)* #header #braces)
}

fn member(item: &Item, args: &Args) -> TokenStream {
    match item {
        Item::Function(inner) if is_traced_in_block(inner) => function(inner, args),
        Item::Function(inner) => {
            let Function { attrs, before, sig, body } = &**inner;
            let end = body.as_ref().map_or_else(|| code!(;), ToTokens::to_token_stream);
            code!(#(#attrs)* #before #sig #end)
        }
        Item::Block(inner) if is_left_alone(&inner.attrs) => {
            let Block { attrs, header, braces, .. } = &**inner;
            code!(#(#attrs)* #header #braces)
        }
        Item::Block(inner) => block(inner, args),
        Item::Other(other) => other.tokens.clone(),
    }
}

/// Braces with another content, where the user's were: lints and coverage go by them.
fn with_braces(braces: &Group, content: TokenStream) -> Group {
    let mut group = Group::new(braces.delimiter(), content);
    group.set_span(braces.span());
    group
}

fn function(function: &Function, args: &Args) -> TokenStream {
    let Function { attrs, before, sig, body } = function;
    let Some(body) = body else { return code!(#(#attrs)* #before #sig;) };
    let (inner, code) = body::split_inner_attributes(body);
    let target = Target::new(function, args);
    // An async body that never waits runs in one poll, like a synchronous one.
    let body = if sig.asyncness.is_some() && body::may_wait(&code) {
        let output = future::output(&sig.output);
        let may_fail = returns::may_fail(&sig.output);
        with_braces(body, future::body(&target, &code, body, output.as_ref(), may_fail))
    } else if let Some(found) = body::future_body(&code).filter(|_| sig.asyncness.is_none()) {
        with_braces(body, returned_future(&target, &found))
    } else {
        with_braces(body, target.synchronous(&code, body))
    };
    let inner = inner_as_outer(inner);
    // The user's items come after a statement of ours.
    let items = body::starts_with_item(&code).then(|| code!(#[allow(clippy::items_after_statements)]));
    code!(#(#attrs)* #inner #items #before #sig #body)
}

/// `#![allow(..)]` in a body becomes `#[allow(..)]` on the function: generated statements come before the user's.
fn inner_as_outer(inner: TokenStream) -> TokenStream {
    inner.into_iter().filter(|token| token.to_string() != "!").collect()
}

/// A function that returns `async move { .. }`, boxed or not: the future is the call.
fn returned_future(target: &Target<'_>, found: &FutureBody) -> TokenStream {
    let FutureBody { before, boxed, keywords, block } = found;
    let output = returns::future_output(&target.function.sig.output).map(returns::without_impl);
    let may_fail = output
        .as_ref()
        .is_some_and(|output| syn::parse2(code!(-> #output)).is_ok_and(|output| returns::may_fail(&output)));
    let never = output.as_ref().is_some_and(|output| output.to_string() == "!");
    let output = output.filter(|_| !never);
    let inner = future::body(target, &block.stream(), block, output.as_ref(), may_fail);
    let inner = with_braces(block, inner);
    let future = code!(#keywords #inner);
    match boxed {
        Some(parens) => {
            let call = with_braces(parens, future);
            code!(#before #call)
        }
        None => future,
    }
}

/// A function to be traced, and how.
pub(crate) struct Target<'a> {
    pub(crate) function: &'a Function,
    pub(crate) args: &'a Args,
    /// Path of the runtime's private module.
    pub(crate) rt: TokenStream,
}

impl<'a> Target<'a> {
    fn new(function: &'a Function, args: &'a Args) -> Self {
        let rt =
            if let Some((_, path)) = &args.krate { code!(#path::__private) } else { code!(::trace_runtime::__private) };
        Self { function, args, rt }
    }

    /// A call of one of the runtime's entry functions with this function's callsite.
    pub(crate) fn callsite_call(&self, entry: &str) -> TokenStream {
        let Self { rt, args, .. } = self;
        let entry = Ident::new(entry, Span::mixed_site());
        let name = if let Some((_, name)) = &args.name { code!(#rt::Some(#name)) } else { code!(#rt::None) };
        let internal = Ident::new("Internal", Span::mixed_site());
        let kind = args.kind.as_ref().map_or(&internal, |(_, kind)| kind);
        let scope = scope(rt);
        // The place that the callsite reports is the place of these tokens: where the user wrote the name.
        let here = self.function.sig.ident.span();
        let callsite = at(here, code!(#rt::Callsite));
        let new = quote_spanned!(here=> #callsite::new(#name, #rt::type_name::<Marker>, #rt::Kind::#kind, #scope));
        code! {{
            enum Marker {}
            static CALLSITE: #rt::Callsite = #new;
            #rt::#entry(&CALLSITE)
        }}
    }

    /// Sets the fields, if the span is recorded. The span is in `guard`.
    pub(crate) fn fields(&self) -> TokenStream {
        let Self { rt, args, .. } = self;
        let Some((_, fields)) = &args.fields else { return TokenStream::new() };
        let sets = fields.iter().map(|field| {
            let key = Literal::byte_string(&encoded_key(&field.key));
            let value = &field.value;
            // What the compiler says about the value is said at the value.
            let there = value.clone().into_iter().next().map_or_else(Span::mixed_site, |token| token.span());
            let there = Span::mixed_site().located_at(there);
            let value = match field.form {
                Form::Value => quote_spanned!(there=> &(#value)),
                Form::Display => quote_spanned!(there=> &#rt::display(&(#value))),
                Form::Debug => quote_spanned!(there=> &#rt::debug(&(#value))),
            };
            code!(fields.set(#key, #value);)
        });
        code!(if let #rt::Some(fields) = guard.fields() { #(#sets)* })
    }

    /// ```text
    /// { body }   =>   { enter; fields; body }                          nothing can fail
    ///            =>   { enter; fields; let value: R = { body }; look; value }
    ///            =>   { enter; fields; let value = call(|| -> R { body }); look; value }
    /// ```
    fn synchronous(&self, code: &TokenStream, braces: &Group) -> TokenStream {
        let Self { rt, args, function } = self;
        let enter = self.callsite_call(if args.root.is_some() { "enter_root" } else { "enter" });
        let fields = self.fields();
        let output = &function.sig.output;
        let leaves = body::may_leave_early(code);
        if !returns::may_fail(output) || leaves && self.tracks_caller() {
            return code!(let guard = #enter; #fields #code);
        }
        let ty = returns::inferable(output);
        let block = with_braces(braces, code.clone());
        let value = if leaves || has_inferred(output) {
            code!(#[allow(clippy::type_complexity)] let value = #rt::call(|| -> #ty #block);)
        } else {
            code!(#[allow(clippy::type_complexity)] let value: #ty = #block;)
        };
        code! {
            let guard = #enter;
            #fields
            #value
            {
                use #rt::probe::*;
                #rt::fail(&guard, (&&&#rt::Probe(&value)).failure());
            }
            value
        }
    }

    fn tracks_caller(&self) -> bool {
        self.function.attrs.iter().any(|attr| attr.path().is_ident("track_caller"))
    }
}

/// Whether `impl` occurs in the type.
fn has_inferred(output: &syn::ReturnType) -> bool {
    matches!(output, syn::ReturnType::Type(_, ty) if returns::inferable(output).to_string() != ty.to_token_stream().to_string())
}

/// The same tokens at another place.
fn at(place: Span, tokens: TokenStream) -> TokenStream {
    let moved = tokens.into_iter().map(|mut token| {
        token.set_span(place);
        token
    });
    moved.collect()
}

/// The crate being compiled.
fn scope(rt: &TokenStream) -> TokenStream {
    if let (Ok(name), Ok(version)) = (std::env::var("CARGO_PKG_NAME"), std::env::var("CARGO_PKG_VERSION")) {
        code!((#name, #version))
    } else {
        code!(#rt::scope!())
    }
}

/// `KeyValue.key` in OTLP's wire form.
fn encoded_key(key: &str) -> Vec<u8> {
    let mut bytes = vec![0x0a];
    let mut len = key.len();
    while len >= 0x80 {
        bytes.push(len as u8 | 0x80);
        len >>= 7;
    }
    bytes.push(len as u8);
    bytes.extend_from_slice(key.as_bytes());
    bytes
}
