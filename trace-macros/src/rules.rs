//! Whether an attribute fits the code under it. All of it is decided before any code is written.

use crate::args::{Args, Report};
use crate::item::{BlockKind, Function, Item, OtherKind};
use crate::message;
use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Meta};

/// What the attribute's own name allows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Any,
    Function,
    Impl,
}

/// Checks an attribute against the item that it was put on directly.
pub(crate) fn check(place: Place, args: &Args, item: &Item, report: &mut Report) {
    let attrs: &[Attribute] = match item {
        Item::Function(function) => &function.attrs,
        Item::Block(block) => &block.attrs,
        Item::Other(_) => &[],
    };
    for attr in attrs.iter().filter(|attr| is_ours(attr)) {
        report.at(attr, message::ALREADY);
    }
    match item {
        Item::Function(function) => {
            if place == Place::Impl {
                report.at(&function.sig.ident, message::IMPL_ONLY);
            }
            check_function(args, function, report);
        }
        Item::Block(block) => {
            match place {
                Place::Function => report.at(&block.header, message::FN_ONLY),
                Place::Impl if block.kind != BlockKind::Impl => report.at(&block.header, message::IMPL_ONLY),
                _ => {}
            }
            if let Some((key, _)) = &args.name {
                report.at(key, message::NAME_ON_BLOCK);
            }
            if let Some((key, _)) = &args.fields {
                report.at(key, message::FIELDS_ON_BLOCK);
            }
        }
        Item::Other(other) => report.at(
            &other.tokens,
            match other.kind {
                OtherKind::FileModule => message::FILE_MODULE,
                OtherKind::Macro => message::MACRO,
                OtherKind::Extern => message::EXTERN,
                OtherKind::Item => message::OTHER_ITEM,
            },
        ),
    }
    check_skip(args, report);
}

fn check_function(args: &Args, function: &Function, report: &mut Report) {
    if args.skip.is_some() {
        return;
    }
    if let Some(constness) = &function.sig.constness {
        report.at(constness, message::CONST_FN);
    }
    if function.body.is_none() {
        report.at(&function.sig.ident, message::NO_BODY);
    }
}

fn check_skip(args: &Args, report: &mut Report) {
    let others = [
        args.name.as_ref().map(|option| &option.0),
        args.kind.as_ref().map(|option| &option.0),
        args.root.as_ref(),
        args.fields.as_ref().map(|option| &option.0),
    ];
    if args.skip.is_some() {
        for other in others.into_iter().flatten() {
            report.at(other, message::SKIP_ALONE);
        }
    }
}

/// Whether a function of a block is traced by the block's attribute.
pub(crate) fn is_traced_in_block(function: &Function) -> bool {
    function.sig.constness.is_none() && function.body.is_some() && !is_left_alone(&function.attrs)
}

/// Whether this is one of our attributes. A path to another crate's `trace` is not.
fn is_ours(attr: &Attribute) -> bool {
    let mut segments = attr.path().segments.iter();
    let last = segments.next_back().is_some_and(|last| OURS.iter().any(|ours| last.ident == ours));
    last && segments.next().is_none_or(|first| first.ident == "trace_runtime")
}

const OURS: [&str; 3] = ["trace", "trace_fn", "trace_type"];

/// Whether an item has an attribute of ours already, or is a test or only compiled for tests.
pub(crate) fn is_left_alone(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let last = attr.path().segments.last().map(|segment| segment.ident.to_string());
        match last.as_deref() {
            Some("trace" | "trace_fn" | "trace_type" | "bench" | "naked" | "panic_handler") => true,
            // `#[tokio::test]`, `#[wasm_bindgen_test]`, `#[rstest]`
            Some(name) if name.ends_with("test") => true,
            Some("cfg_attr") => mentions(&attr.meta, &OURS),
            Some("cfg") => mentions(&attr.meta, &["test"]) && !mentions(&attr.meta, &["not"]),
            _ => false,
        }
    })
}

fn mentions(meta: &Meta, words: &[&str]) -> bool {
    fn any(tokens: TokenStream, words: &[&str]) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => words.iter().any(|word| ident == word),
            TokenTree::Group(group) => any(group.stream(), words),
            _ => false,
        })
    }
    matches!(meta, Meta::List(list) if any(list.tokens.clone(), words))
}
