//! From a checked attribute and its item to code.

use crate::args::{Args, is_on};
use crate::body::{self, FutureBody, with_braces};
use crate::item::{Block, BlockKind, Function, Item, Items};
use crate::model::{Call, Shape};
use crate::report::Report;
use crate::returns::{self, Lazy};
use crate::rules::{self, Place};
use crate::{callsite, future, off, outcome, parameters};
use proc_macro2::{Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Attribute, Meta};

/// The feature that compiles tracing out.
const OFF: bool = cfg!(feature = "off");

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
        Item::Block(traced) => block(traced, &args, &Filter::default().and(&args)),
        Item::Other(_) => tokens,
    }
}

/// An item as it is, less the attributes of parameters.
fn plain(item: &Item) -> TokenStream {
    match item {
        Item::Function(function) => {
            let Function { attrs, before, sig, body, semi, .. } = &**function;
            code!(#(#attrs)* #before #sig #body #semi)
        }
        Item::Block(block) => {
            let Block { attrs, header, braces, .. } = &**block;
            let Ok(Items { inner, items }) = syn::parse2::<Items>(braces.stream()) else {
                return code!(#(#attrs)* #header #braces);
            };
            let items =
                items.iter().map(|item| if rules::is_left_alone(item.attrs()) { item.raw() } else { plain(item) });
            let braces = with_braces(braces, code!(#inner #(#items)*));
            code!(#(#attrs)* #header #braces)
        }
        Item::Other(other) => other.tokens.clone(),
    }
}

/// Which functions of a block are traced.
#[derive(Default, Clone)]
struct Filter {
    only_pub: bool,
    skip: Vec<String>,
}

impl Filter {
    /// This one and that of an attribute.
    fn and(&self, args: &Args) -> Self {
        let mut skip = self.skip.clone();
        skip.extend(args.skip.iter().flat_map(|skip| &skip.value).map(ToString::to_string));
        Self { only_pub: self.only_pub || args.only.is_some(), skip }
    }

    fn admits(&self, function: &Function, kind: BlockKind) -> bool {
        let can_be_pub = matches!(kind, BlockKind::Impl | BlockKind::Module);
        let hidden = self.only_pub && !(can_be_pub && function.before.to_string() == "pub");
        !hidden && !self.skip.contains(&function.sig.ident.to_string())
    }
}

/// Every function inside, each as if it had the attribute itself.
fn block(block: &Block, args: &Args, filter: &Filter) -> TokenStream {
    let Block { attrs, header, braces, kind, .. } = block;
    let args = args.for_members();
    let content = match syn::parse2::<Items>(braces.stream()) {
        Ok(Items { inner, items }) => {
            let items = items.into_iter().map(|item| member(item, *kind, &args, filter));
            code!(#inner #(#items)*)
        }
        // The compiler says it better.
        Err(_) => braces.stream(),
    };
    let braces = with_braces(braces, content);
    code!(#(#attrs)* #header #braces)
}

fn member(mut item: Item, kind: BlockKind, defaults: &Args, filter: &Filter) -> TokenStream {
    let raw = item.raw();
    if matches!(item, Item::Other(_)) {
        return raw;
    }
    if let Some((at, attr)) = take_own(&mut item, defaults) {
        return asked_for(item, at, attr, defaults, filter).unwrap_or(raw);
    }
    if rules::is_left_alone(item.attrs()) {
        return raw;
    }
    match &item {
        Item::Function(inner) => {
            let can_be = inner.sig.constness.is_none() && inner.body.is_some();
            if can_be && filter.admits(inner, kind) {
                return with_field_mistakes(inner, &defaults_for(&item, defaults));
            }
            let mut report = Report::default();
            rules::check_untraced(inner, &mut report);
            let (errors, item) = (report.into_tokens(), plain(&item));
            code!(#errors #item)
        }
        Item::Block(inner) => block(inner, defaults, filter),
        Item::Other(_) => raw,
    }
}

/// What a block says about this member.
fn defaults_for(item: &Item, defaults: &Args) -> Args {
    match item {
        Item::Function(function) if function.sig.receiver().is_none() => defaults.without_self(),
        _ => defaults.clone(),
    }
}

/// A member with an attribute of its own. `None` if it is to stay as it is: skipped, or to say itself what is wrong.
fn asked_for(mut item: Item, at: usize, mut attr: Attribute, defaults: &Args, filter: &Filter) -> Option<TokenStream> {
    let (place, words) = words(&attr)?;
    let mut report = Report::default();
    let own = Args::parse(words, &mut report);
    rules::check(place, &own, &item, &mut report);
    let is_skipped = own.skip.as_ref().is_some_and(|skip| skip.value.is_empty());
    if !report.is_empty() || is_skipped || rules::is_left_alone(item.attrs()) {
        return None;
    }
    let filter = filter.and(&own);
    let merged = own.clone().with_defaults(&defaults_for(&item, defaults));
    rules::check_member(&own, &merged, &mut report);
    if let Some(errors) = report.into_tokens() {
        let item = plain(&item);
        return Some(code!(#errors #item));
    }
    // It keeps the attribute, without effect, so that its import stays in use.
    let path = attr.path();
    attr.meta = syn::parse2(code!(#path(skip))).ok()?;
    item.attrs_mut().insert(at, attr);
    match &item {
        Item::Function(traced) => Some(with_field_mistakes(traced, &merged)),
        Item::Block(inner) => Some(block(inner, &merged, &filter)),
        Item::Other(_) => None,
    }
}

fn with_field_mistakes(traced: &Function, args: &Args) -> TokenStream {
    let errors = traced.field_mistakes.as_ref().map(syn::Error::to_compile_error);
    let code = function(traced, args);
    code!(#errors #code)
}

/// Takes the attribute of ours off an item, if it has just one, and says where it was.
fn take_own(item: &mut Item, defaults: &Args) -> Option<(usize, Attribute)> {
    let attrs = item.attrs_mut();
    let is_ours = |attr: &Attribute| rules::is_ours(attr, defaults.krate.as_ref());
    let at = attrs.iter().position(is_ours)?;
    let only = attrs.iter().filter(|attr| is_ours(attr)).count() == 1;
    only.then(|| (at, attrs.remove(at)))
}

/// What an attribute of ours may go on, and its words.
fn words(attr: &Attribute) -> Option<(Place, TokenStream)> {
    let words = match &attr.meta {
        Meta::Path(_) => TokenStream::new(),
        Meta::List(list) => list.tokens.clone(),
        Meta::NameValue(_) => return None,
    };
    let place = match attr.path().segments.last().map(|last| last.ident.to_string()).as_deref() {
        Some("trace_fn") => Place::Function,
        Some("trace_type") => Place::Impl,
        _ => Place::Any,
    };
    Some((place, words))
}

fn function(function: &Function, args: &Args) -> TokenStream {
    let Function { attrs, before, sig, body: Some(body), .. } = function else {
        return TokenStream::new();
    };
    let (inner, code) = body::split_inner_attributes(body);
    if body::is_unfinished(&code) {
        return code!(#(#attrs)* #before #sig #body);
    }
    let call = Call::new(function, &code, args);
    let mut sig = sig.to_token_stream();
    let content = match &call.shape {
        _ if OFF => {
            let (kept, (items, code)) = (off::kept(&call), body::split_items(&code));
            code!(#items #kept #code)
        }
        Shape::Guarded => guarded(&call, &code),
        Shape::Looked { in_closure } => looked(&call, &code, body, *in_closure),
        Shape::Async => {
            let used = call.expressions().into_iter().collect();
            let taken = parameters::taken(&function.sig, &code, &used);
            sig = taken.sig;
            future::body(&call, &taken.statements, &code, body)
        }
        Shape::Future(found) => returned_future(&call, found),
        Shape::Lazy(lazy) => lazy_value(&call, &code, body, *lazy),
    };
    let body = with_braces(body, content);
    let inner = inner_as_outer(inner);
    code!(#(#attrs)* #inner #before #sig #body)
}

/// `#![allow(..)]` in a body becomes `#[allow(..)]` on the function: generated statements come before the user's.
fn inner_as_outer(inner: TokenStream) -> TokenStream {
    inner.into_iter().filter(|token| token.to_string() != "!").collect()
}

/// ```text
/// { items; body }   =>   { items; enter; fields; body }
/// ```
fn guarded(call: &Call<'_>, code: &TokenStream) -> TokenStream {
    let (enter, fields) = (callsite::enter(call), callsite::fields(call, &code!(&__guard)));
    let (items, code) = body::split_items(code);
    code!(#items let __guard = #enter; #fields #code)
}

/// ```text
/// { body }   =>   { enter; fields; let value: R = { body }; look; value }
///            =>   { enter; fields; let value = call(|| -> R { body }); look; value }
/// ```
fn looked(call: &Call<'_>, code: &TokenStream, braces: &Group, in_closure: bool) -> TokenStream {
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
    let result = Ident::new("__value", body::place_of_value(code));
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
    let (items, code) = body::split_items(&block.stream());
    let block = with_braces(block, code!(#items #fields #typed #code));
    let run = future::run(call, &later, &code!(#keywords #block), output.as_ref());
    let Some(parens) = boxed else { return code!(#prepare #run) };
    let boxed = with_braces(parens, code!({ #prepare #run }));
    code!(#before #boxed)
}

/// ```text
/// { body }   =>   { start; fields; let value = { make it current; { body } }; put value under the span }
/// ```
fn lazy_value(call: &Call<'_>, code: &TokenStream, braces: &Group, lazy: Lazy) -> TokenStream {
    let (start, fields) = (callsite::start(call), callsite::fields(call, &code!(&__guard)));
    let rt = &call.rt;
    let ty = returns::inferable(&call.sig.output);
    let block = if body::may_leave_early(code) || body::never_ends(code) {
        in_a_closure(call, code, braces)
    } else {
        body::as_value(braces, code).to_token_stream()
    };
    let ok = is_on(call.args.ok.as_ref());
    let result = Ident::new("__traced", body::place_of_value(code));
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
            let look = future::look(call, Some(&code!(Unknown))).map(|look| code!(|__value, __end| { #look }));
            look.unwrap_or_else(|| code!(|_, _| {}))
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
