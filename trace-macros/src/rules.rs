//! Whether an attribute fits the code under it. All of it is decided before any code is written.

use crate::args::{Args, Err, Given, is_on, split_at_commas};
use crate::body::{self, Body, has_word};
use crate::item::{Block, BlockKind, Function, Item, Items, OtherKind};
use crate::message;
use crate::model::tracks_caller;
use crate::parameters;
use crate::report::Report;
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Attribute, Meta};

/// What the attribute's own name allows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Any,
    Function,
    Impl,
}

/// Checks an attribute against the item that it was put on.
pub(crate) fn check(place: Place, args: &Args, item: &Item, report: &mut Report) {
    for attr in item.attrs().iter().filter(|attr| is_ours(attr, args.krate.as_ref())) {
        report.at(attr, message::ALREADY);
    }
    match item {
        Item::Function(function) => check_function(place, args, function, report),
        Item::Block(block) => check_block(place, args, block, report),
        Item::Other(other) => match &other.kind {
            OtherKind::FileModule => report.at(&other.tokens, message::FILE_MODULE),
            OtherKind::Macro => report.at(&other.tokens, message::MACRO),
            OtherKind::Extern => report.at(&other.tokens, message::EXTERN),
            OtherKind::Item(word) => report.at(&other.tokens, message::not_code(word)),
        },
    }
    check_skip(args, report);
    check_places(args, report);
}

pub(crate) fn check_function(place: Place, args: &Args, function: &Function, report: &mut Report) {
    if place == Place::Impl {
        report.at(&function.sig.ident, message::IMPL_ONLY);
    }
    if let Some(skip) = args.skip.as_ref().filter(|skip| !skip.value.is_empty()) {
        report.at(&skip.key, message::SKIP_LIST_ON_FN);
    }
    if let Some(only) = &args.only {
        report.at(&only.key, message::ONLY_ON_FN);
    }
    if let Some(name) = &args.name {
        name.value.check_arguments(&function.sig, report);
    }
    if args.skip.is_some() {
        check_untraced(function, report);
        return;
    }
    check_names(args, function, report);
    if let Some(constness) = &function.sig.constness {
        report.at(constness, message::CONST_FN);
    }
    match &function.body {
        None => report.at(&function.sig.ident, message::NO_BODY),
        Some(body) if tracks_caller(function) && body::may_leave_early(&Body::new(body).tokens) => {
            looking(args).for_each(|key| report.at(key, message::TRACK_CALLER));
        }
        Some(_) => {}
    }
}

/// The fields of a function that has no span.
pub(crate) fn check_untraced(function: &Function, report: &mut Report) {
    for field in &function.fields {
        report.at(&field.place, message::FIELD_UNTRACED);
    }
}

/// Arguments where constants must be, and fields that parameters have already.
fn check_names(args: &Args, function: &Function, report: &mut Report) {
    let names = parameters::names(&function.sig);
    let is_argument = |value: &TokenStream| names.iter().any(|name| *name == value.to_string());
    if let Some(name) = args.name.as_ref().map(|name| name.value.tokens()).filter(|name| is_argument(name)) {
        report.at(name, message::NAME_OF_ARGUMENT);
    }
    if let Some(target) = args.target.as_ref().filter(|target| is_argument(&target.value)) {
        report.at(&target.value, message::TARGET_OF_ARGUMENT);
    }
    for field in args.fields.iter().flat_map(|fields| &fields.value) {
        if function.fields.iter().any(|other| other.key == field.key) {
            report.at(&field.place, message::field_twice(&field.key));
        }
    }
}

/// The options for which the returned value is looked at.
fn looking(args: &Args) -> impl Iterator<Item = &Ident> {
    let err = args.err.as_ref().filter(|err| !matches!(err.value, Err::Off)).map(|err| &err.key);
    let ret = args.ret.as_ref().filter(|ret| ret.value.is_some()).map(|ret| &ret.key);
    let ok = args.ok.as_ref().filter(|ok| ok.value).map(|ok| &ok.key);
    [err, ret, ok].into_iter().flatten()
}

fn check_block(place: Place, args: &Args, block: &Block, report: &mut Report) {
    let is_impl = matches!(block.kind, BlockKind::Impl | BlockKind::TraitImpl);
    match place {
        Place::Function => report.at(&block.header, message::FN_ONLY),
        Place::Impl if !is_impl => report.at(&block.header, message::IMPL_ONLY),
        _ => {}
    }
    if let Some(name) = &args.name {
        if let Some(message) = name.value.check_for_block() {
            report.at(name.value.tokens(), message);
        }
    }
    if let Some(only) = args.only.as_ref().filter(|_| matches!(block.kind, BlockKind::Trait | BlockKind::TraitImpl)) {
        report.at(&only.key, message::ONLY_ON_TRAIT);
    }
    if let Some(skip) = &args.skip {
        let known = names_in(block);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        for name in skip.value.iter().filter(|name| !known.contains(&name.to_string().as_str())) {
            report.at(name, message::unknown_function(&name.to_string(), &known));
        }
    }
}

/// The functions of a block and of those inside.
fn names_in(block: &Block) -> Vec<String> {
    let items = syn::parse2::<Items>(block.braces.stream()).map(|items| items.items).unwrap_or_default();
    let names = items.iter().flat_map(|member| match &member.item {
        Item::Function(function) => vec![function.sig.ident.to_string()],
        Item::Block(block) => names_in(block),
        Item::Other(_) => Vec::new(),
    });
    names.collect()
}

fn key<T>(option: Option<&Given<T>>) -> Option<&Ident> {
    option.map(|option| &option.key)
}

fn check_skip(args: &Args, report: &mut Report) {
    if !args.skip.as_ref().is_some_and(|skip| skip.value.is_empty()) {
        return;
    }
    let others =
        [key(args.name.as_ref()), key(args.kind.as_ref()), key(args.links.as_ref()), key(args.fields.as_ref())];
    let more = [key(args.target.as_ref()), key(args.only.as_ref())];
    for other in others.into_iter().chain(more).flatten().chain(args.places()).chain(looking(args)) {
        report.at(other, message::SKIP_ALONE);
    }
}

/// What a member's own attribute says although its block's says `current`.
pub(crate) fn check_member(own: &Args, merged: &Args, report: &mut Report) {
    if is_on(merged.current.as_ref()) && !is_on(own.current.as_ref()) {
        no_span(own, report);
    }
}

fn no_span(args: &Args, report: &mut Report) {
    let ok = args.ok.as_ref().filter(|ok| ok.value).map(|ok| &ok.key);
    let others = [key(args.name.as_ref()), key(args.kind.as_ref()), key(args.target.as_ref()), ok];
    for other in others.into_iter().flatten() {
        report.at(other, message::no_span(&other.to_string()));
    }
}

/// At most one option says where the span belongs, and if there is none, nothing else is said about it.
fn check_places(args: &Args, report: &mut Report) {
    let mut places = args.places();
    if let Some(first) = places.next() {
        for other in places {
            report.at(other, message::contradiction(&first.to_string(), &other.to_string()));
        }
    }
    if is_on(args.current.as_ref()) {
        no_span(args, report);
    }
}

/// Whether this is one of our attributes. A path to another crate's `trace` is not.
pub(crate) fn is_ours(attr: &Attribute, krate: Option<&Given<TokenStream>>) -> bool {
    let mut segments = attr.path().segments.iter();
    let Some(last) = segments.next_back() else { return false };
    if !OURS.iter().any(|ours| last.ident == ours) {
        return false;
    }
    let first = segments.next().map(|first| first.ident.to_string());
    let renamed = krate.and_then(|krate| krate.value.clone().into_iter().find_map(word));
    let own = ["trace_runtime", "super", "self", "crate"];
    first.is_none_or(|first| own.contains(&first.as_str()) || Some(first) == renamed)
}

fn word(token: TokenTree) -> Option<String> {
    if let TokenTree::Ident(word) = token { Some(word.to_string()) } else { None }
}

const OURS: [&str; 3] = ["trace", "trace_fn", "trace_type"];

/// Whether a block's attribute leaves an item alone: a test, what is only compiled for tests, what must not call other
/// code, and what another attribute may or may not trace.
pub(crate) fn is_left_alone(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let last = attr.path().segments.last().map(|segment| segment.ident.to_string());
        match last.as_deref() {
            Some("trace" | "trace_fn" | "trace_type" | "bench" | "naked" | "panic_handler") => true,
            // `#[tokio::test]`, `#[wasm_bindgen_test]`, `#[rstest]`
            Some(name) if name.ends_with("test") => true,
            Some("unsafe") => mentions(&attr.meta, &["naked"]),
            Some("cfg_attr") => mentions(&attr.meta, &OURS),
            Some("cfg") => is_for_tests(&attr.meta),
            _ => false,
        }
    })
}

/// `cfg(test)`, `cfg(all(test, ..))`
fn is_for_tests(meta: &Meta) -> bool {
    let Meta::List(list) = meta else { return false };
    let tokens: Vec<TokenTree> = list.tokens.clone().into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(word)] => word == "test",
        [TokenTree::Ident(word), TokenTree::Group(all)] if word == "all" => {
            split_at_commas(all.stream()).iter().any(|condition| condition.to_string() == "test")
        }
        _ => false,
    }
}

fn mentions(meta: &Meta, words: &[&str]) -> bool {
    matches!(meta, Meta::List(list) if has_word(list.tokens.clone(), words))
}
