//! From a checked attribute and its item to code.

use crate::args::{Args, is_on};
use crate::body::{self, Body, with_braces};
use crate::future_body::FutureBody;
use crate::item::{Block, Function, Item, Items, Member};
use crate::model::{Call, Shape};
use crate::report::Report;
use crate::returns::{self, Lazy};
use crate::rules::{self, Place};
use crate::{block, callsite, future, off, outcome, parameters};
use proc_macro2::{Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};

/// The feature that compiles tracing out.
const OFF: bool = cfg!(feature = "off");

/// One attribute. The user's item is in the output whatever is wrong.
pub(crate) fn attribute(place: Place, args: TokenStream, tokens: TokenStream) -> TokenStream {
    let mut report = Report::default();
    let args = Args::parse(args, &mut report);
    let item = match Item::of(&tokens) {
        Ok(item) => item,
        Err(error) => {
            report.push(error);
            let errors = report.into_tokens();
            return code!(#errors #tokens);
        }
    };
    rules::check(place, &args, &item, &mut report);
    if let Item::Function(function) = &item {
        function.field_mistakes.iter().for_each(|mistake| report.push(mistake.clone()));
    }
    let is_skipped = args.skip.as_ref().is_some_and(|skip| skip.value.is_empty());
    if is_skipped || !report.is_empty() {
        // One message at a time: what the attribute names would seem unused.
        let quiet = (!report.is_empty() && !matches!(item, Item::Other(_))).then(|| code!(#[allow(unused)]));
        let (errors, item) = (report.into_tokens(), plain(&item));
        return code!(#errors #quiet #item);
    }
    match &item {
        Item::Function(traced) => function(traced, &args),
        Item::Block(traced) => block::block(traced, &args),
        Item::Other(_) => tokens,
    }
}

/// An item as it is, less the attributes of parameters.
pub(crate) fn plain(item: &Item) -> TokenStream {
    match item {
        Item::Function(function) => {
            let Function { attrs, before, head, body, semi, .. } = &**function;
            code!(#(#attrs)* #before #head #body #semi)
        }
        Item::Block(block) => {
            let Block { attrs, header, braces, .. } = &**block;
            let Ok(Items { inner, items }) = syn::parse2::<Items>(braces.stream()) else {
                return code!(#(#attrs)* #header #braces);
            };
            let items = items.iter().map(
                |Member { item, raw }| {
                    if rules::is_left_alone(item.attrs()) { raw.clone() } else { plain(item) }
                },
            );
            let braces = with_braces(braces, code!(#inner #(#items)*));
            code!(#(#attrs)* #header #braces)
        }
        Item::Other(other) => other.tokens.clone(),
    }
}

/// A function under its span.
pub(crate) fn function(function: &Function, args: &Args) -> TokenStream {
    let Function { attrs, before, head, body: Some(body), .. } = function else {
        return TokenStream::new();
    };
    let parts = Body::new(body);
    if body::is_unfinished(&parts) {
        return code!(#(#attrs)* #before #head #body);
    }
    let call = Call::new(function, &parts, args);
    let mut head = head.clone();
    let content = match &call.shape {
        _ if OFF => {
            let (kept, (items, code)) = (off::kept(&call), parts.split_items());
            code!(#items #kept #code)
        }
        Shape::Guarded => guarded(&call, &parts),
        Shape::Looked { in_closure } => looked(&call, &parts, body, *in_closure),
        Shape::Async => {
            let taken = parameters::taken(function, &parts.code, || call.expressions().into_iter().collect());
            head = taken.head;
            future::body(&call, &taken.statements, &parts, body)
        }
        Shape::Future(found) => returned_future(&call, found),
        Shape::Lazy(lazy) => lazy_value(&call, &parts, body, *lazy),
    };
    let body = with_braces(body, content);
    let inner = inner_as_outer(parts.inner);
    code!(#(#attrs)* #inner #before #head #body)
}

/// `#![allow(..)]` in a body becomes `#[allow(..)]` on the function: generated statements come before the user's.
fn inner_as_outer(inner: TokenStream) -> TokenStream {
    inner.into_iter().filter(|token| token.to_string() != "!").collect()
}

/// ```text
/// { items; body }   =>   { items; enter; fields; body }
/// ```
fn guarded(call: &Call<'_>, body: &Body) -> TokenStream {
    let (enter, fields) = (callsite::enter(call), callsite::fields(call, &code!(&__guard)));
    let (items, code) = body.split_items();
    code!(#items let __guard = #enter; #fields #code)
}

/// ```text
/// { body }   =>   { enter; fields; let value: R; value = { body }; look; value }
///            =>   { enter; fields; let value = call(|| -> R { body }); look; value }
/// ```
fn looked(call: &Call<'_>, body: &Body, braces: &Group, in_closure: bool) -> TokenStream {
    let Body { code, tokens, .. } = body;
    let (enter, fields) = (callsite::enter(call), callsite::fields(call, &code!(&__guard)));
    let output = &call.sig.output;
    let value = if in_closure {
        let value = in_a_closure(call, code, braces);
        code!(#[allow(clippy::result_large_err)] let __value = #value;)
    } else {
        let (ty, block) = (returns::inferable(output), body::as_value(braces, code));
        // Assigned, since the initial value of a `let` would keep its temporaries.
        code!(let __value: #ty; __value = #block;)
    };
    let result = Ident::new("__value", body::place_of_value(tokens));
    let result = code!(#result);
    let look = outcome::look(call, returns::may_fail(output), returns::is_nothing(output), &outcome::To::Guard);
    // Where the body never ends, what follows is never reached. A closure hides that.
    let quiet = (!in_closure).then(|| code!(#[allow(unreachable_code)]));
    code! {
        let __guard = #enter;
        #fields
        #value
        #quiet
        #look
        #result
    }
}

/// The body in a closure that is called at once. The closure is the user's as far as lints go.
fn in_a_closure(call: &Call<'_>, code: &TokenStream, braces: &Group) -> TokenStream {
    let rt = &call.rt;
    let ty = returns::inferable(&call.sig.output);
    let taken = parameters::taken_by_closure(call.sig, code, rt);
    let block = with_braces(braces, code!(#taken #code));
    let here = body::users_own(braces.span());
    let bars = quote_spanned!(here=> ||);
    code!(#rt::call(#bars -> #ty #block))
}

/// A function that returns `async move { .. }`, boxed or not: the future is the call. Its span starts at the first poll.
///
/// ```text
/// { Box::pin(async move { body }) }   =>   { Box::pin({ prepare; span.run(async move { fields; body }, outcome) }) }
/// ```
fn returned_future(call: &Call<'_>, found: &FutureBody) -> TokenStream {
    let FutureBody { before, boxed, keywords, block } = found;
    let output = future::returned_output(call);
    let (prepare, later) = callsite::later(call);
    let fields = callsite::fields_inside(call);
    let typed = future::typed(call, output.as_ref());
    let body = Body::new(block);
    let (inner, (items, code)) = (&body.inner, body.split_items());
    let block = with_braces(block, code!(#inner #items #fields #typed #code));
    let look = future::look_at(call, output.as_ref());
    let run = future::run(call, &later, &code!(#keywords #block), output.as_ref(), look);
    let Some(parens) = boxed else { return code!(#prepare #run) };
    let boxed = with_braces(parens, code!({ #prepare #run }));
    code!(#before #boxed)
}

/// ```text
/// { body }   =>   { start; fields; let value = { make it current; { body } }; put value under the span }
/// ```
fn lazy_value(call: &Call<'_>, body: &Body, braces: &Group, lazy: Lazy) -> TokenStream {
    let Body { code, tokens, .. } = body;
    let (start, fields) = (callsite::start(call), callsite::fields(call, &code!(&__guard)));
    let rt = &call.rt;
    let ty = returns::inferable(&call.sig.output);
    let block = if body::may_leave_early(tokens) || body::never_ends(tokens) {
        in_a_closure(call, code, braces)
    } else {
        body::as_value(braces, code).to_token_stream()
    };
    let ok = is_on(call.args.ok.as_ref());
    let result = Ident::new("__traced", body::place_of_value(tokens));
    let method = match lazy {
        Lazy::Future => "trace_runtime_future",
        Lazy::BoxedFuture => "trace_runtime_boxed_future",
        Lazy::Iterator => "trace_runtime_iterator",
        Lazy::Stream => "trace_runtime_stream",
    };
    let method = Ident::new(method, Span::mixed_site());
    let last = match lazy {
        Lazy::Iterator | Lazy::Stream => code!(#ok),
        // Its type is that of what was found, so the closure leaves it open.
        Lazy::Future | Lazy::BoxedFuture => {
            let look = future::look(call, true, false).map(|look| code!(|__value, __end| { #look }));
            look.unwrap_or_else(|| code!(#rt::ignore))
        }
    };
    code! {
        let __guard = #start;
        #fields
        let __value: #ty = {
            let __current = #rt::AsyncSpan::enter(&__guard);
            let __value: #ty;
            __value = #block;
            __value
        };
        #[allow(unreachable_code)]
        let __traced = {
            use #rt::items::*;
            (&mut #rt::Items::new(__value)).#method(__guard, #last)
        };
        #result
    }
}
