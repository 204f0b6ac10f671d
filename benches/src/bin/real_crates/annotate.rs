//! Writes attributes into source text, and changes nothing else, not even the number of lines.

use quote::ToTokens;
use std::ops::Range;
use syn::token::Brace;
use syn::visit::{self, Visit};
use syn::{AttrStyle, Attribute, ImplItem, ImplItemFn, ItemFn, ItemImpl, ItemTrait, Signature, TraitItem, TraitItemFn};

/// What gets the attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// Each function with a body.
    Functions,
    /// Each `impl` and `trait` that has such a function.
    Blocks,
}

/// Something that gets the attribute.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) name: String,
    /// Where the attribute goes.
    pub(crate) at: usize,
    /// The item without the attributes in front of it.
    pub(crate) item: Range<usize>,
}

/// The places of a file, outermost first.
///
/// # Errors
/// If it is not a file of Rust.
pub(crate) fn places(source: &str, mode: Mode) -> syn::Result<Vec<Place>> {
    let file = syn::parse_file(source)?;
    let mut finder = Finder { mode, places: Vec::new() };
    finder.visit_file(&file);
    finder.places.sort_by_key(|place| place.at);
    Ok(finder.places)
}

/// The file with the attribute at each of the places, and where each place's item is now.
pub(crate) fn annotate(source: &str, places: &[Place], attribute: &str) -> (String, Vec<Range<usize>>) {
    let mut text = String::with_capacity(source.len() * 2);
    let mut done = 0;
    for place in places {
        text.push_str(&source[done..place.at]);
        text.push_str(attribute);
        done = place.at;
    }
    text.push_str(&source[done..]);
    let moved = |offset: usize| offset + attribute.len() * places.iter().filter(|place| place.at < offset).count();
    let items = places.iter().map(|place| moved(place.at)..moved(place.item.end)).collect();
    (text, items)
}

struct Finder {
    mode: Mode,
    places: Vec<Place>,
}

impl Finder {
    fn function(&mut self, attrs: &[Attribute], item: &dyn ToTokens, sig: &Signature, body: &Brace) {
        if self.mode == Mode::Functions && sig.constness.is_none() && !is_test(attrs) {
            // An attribute is two tokens: `#` and `[..]`.
            let outer = attrs.iter().filter(|attr| matches!(attr.style, AttrStyle::Outer)).count() * 2;
            self.add(sig.ident.to_string(), item, outer, body);
        }
    }

    /// In front of the other attributes, where functions have it behind them.
    fn block(&mut self, name: String, item: &dyn ToTokens, braces: &Brace) {
        if self.mode == Mode::Blocks {
            self.add(name, item, 0, braces);
        }
    }

    fn add(&mut self, name: String, item: &dyn ToTokens, skip: usize, braces: &Brace) {
        let first = item.to_token_stream().into_iter().nth(skip);
        let at = first.map_or(0, |token| token.span().byte_range().start);
        self.places.push(Place { name, at, item: at..braces.span.close().byte_range().end });
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.attrs, item, &item.sig, &item.block.brace_token);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.attrs, item, &item.sig, &item.block.brace_token);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(body) = &item.default {
            self.function(&item.attrs, item, &item.sig, &body.brace_token);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let is_function = |item: &ImplItem| matches!(item, ImplItem::Fn(inner) if inner.sig.constness.is_none());
        if item.items.iter().any(is_function) {
            self.block(item.self_ty.to_token_stream().to_string(), item, &item.brace_token);
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        let is_function = |item: &TraitItem| matches!(item, TraitItem::Fn(inner) if inner.default.is_some());
        if item.items.iter().any(is_function) {
            self.block(item.ident.to_string(), item, &item.brace_token);
        }
        visit::visit_item_trait(self, item);
    }
}

/// `#[test]`, `#[tokio::test]`, `#[bench]`, and what is made into one by another macro.
fn is_test(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let last = attr.path().segments.last().map(|segment| segment.ident.to_string());
        last.is_some_and(|name| name.ends_with("test") || name == "bench" || name == "quickcheck")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "/// Text.\n#[inline]\npub(crate) unsafe fn a() { fn inner() {} }\nconst fn b() {}\n#[tokio::test]\nasync fn c() {}\n\
                          /// Type.\nimpl é { #[doc(hidden)]\nfn d(&self) {} }\ntrait T { fn e(); fn f() {} }\nimpl T for u8 { const X: u8 = 1; }\n";

    fn annotated(mode: Mode) -> syn::Result<String> {
        Ok(annotate(SOURCE, &places(SOURCE, mode)?, "@ ").0)
    }

    #[test]
    fn every_function_that_can_be_traced_is_found_and_nothing_else() -> syn::Result<()> {
        let names: Vec<String> = places(SOURCE, Mode::Functions)?.into_iter().map(|place| place.name).collect();
        assert_eq!(names, ["a", "inner", "d", "f"]);
        let names: Vec<String> = places(SOURCE, Mode::Blocks)?.into_iter().map(|place| place.name).collect();
        assert_eq!(names, ["é", "T"]);
        Ok(())
    }

    #[test]
    fn attributes_are_put_in_and_the_rest_stays() -> syn::Result<()> {
        for mode in [Mode::Functions, Mode::Blocks] {
            assert_eq!(annotated(mode)?.replace("@ ", ""), SOURCE);
        }
        assert!(annotated(Mode::Functions)?.contains("#[inline]\n@ pub(crate) unsafe fn a() { @ fn inner"));
        assert!(annotated(Mode::Blocks)?.contains("@ /// Type.\nimpl"));
        Ok(())
    }

    #[test]
    fn annotated_items_are_where_the_ranges_say() -> syn::Result<()> {
        let (text, items) = annotate(SOURCE, &places(SOURCE, Mode::Functions)?, "@ ");
        let items: Vec<&str> = items.into_iter().map(|range| &text[range]).collect();
        assert_eq!(items[1..], ["@ fn inner() {}", "@ fn d(&self) {}", "@ fn f() {}"]);
        Ok(())
    }
}
