//! Attributes on `impl`, `trait` and `mod`: what they say about each function inside.

use crate::args::Args;
use crate::body::with_braces;
use crate::expand::{function, plain};
use crate::item::{Block, BlockKind, Function, Item, Items, Member};
use crate::report::Report;
use crate::rules::{self, Place};
use proc_macro2::TokenStream;
use syn::{Attribute, Meta};

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
pub(crate) fn block(block: &Block, args: &Args) -> TokenStream {
    filtered(block, args, &Filter::default().and(args))
}

fn filtered(block: &Block, args: &Args, filter: &Filter) -> TokenStream {
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

fn member(Member { mut item, raw }: Member, kind: BlockKind, defaults: &Args, filter: &Filter) -> TokenStream {
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
        Item::Block(inner) => filtered(inner, defaults, filter),
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
    item.attrs_mut()?.insert(at, attr);
    match &item {
        Item::Function(traced) => Some(with_field_mistakes(traced, &merged)),
        Item::Block(inner) => Some(filtered(inner, &merged, &filter)),
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
    let attrs = item.attrs_mut()?;
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
