//! What a return type says: whether a failure may be in it, and how to write it where a type may be inferred.

use crate::body::{any_token, each_token, has_word, with_braces};
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericArgument, PathArguments, ReturnType, Type, TypeParamBound};

/// Types without anything to drop.
const NUMBERS: &[&str] = &[
    "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
    "f64",
];
/// Names whose values are never failures either, whatever is in them.
const HARMLESS: &[&str] = &[
    "str",
    "String",
    "Vec",
    "Box",
    "Rc",
    "Arc",
    "Cow",
    "HashMap",
    "HashSet",
    "BTreeMap",
    "BTreeSet",
    "VecDeque",
    "PathBuf",
    "Duration",
    "Instant",
    "SystemTime",
    "Self",
    "Ordering",
    "ControlFlow",
    "Pin",
];
/// Names whose values are failures only if what is in them is.
const WRAPPERS: &[&str] = &["Option", "Poll"];

/// Whether a value of this type may be a failure: a `Result`, or a name that may be an alias of one.
pub(crate) fn may_fail(output: &ReturnType) -> bool {
    match output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => type_may_fail(ty),
    }
}

fn type_may_fail(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => type_may_fail(&group.elem),
        Type::Paren(paren) => type_may_fail(&paren.elem),
        Type::Macro(_) => true,
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return true };
            let name = last.ident.to_string();
            if NUMBERS.iter().chain(HARMLESS).any(|harmless| name == *harmless) && path.qself.is_none() {
                return false;
            }
            if !WRAPPERS.contains(&name.as_str()) {
                return true;
            }
            match &last.arguments {
                PathArguments::AngleBracketed(arguments) => arguments.args.iter().any(|argument| match argument {
                    GenericArgument::Type(inner) => type_may_fail(inner),
                    _ => false,
                }),
                _ => false,
            }
        }
        _ => false,
    }
}

/// What a returned `impl Trait` is, if it can be put under a span without anyone noticing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lazy {
    Future,
    /// `Pin<Box<dyn Future>>`, or what may be an alias of it: a name that ends in `Future` or `Fut`.
    BoxedFuture,
    Iterator,
    Stream,
}

/// The kind of lazy value that is returned. `None` also if it has a bound that would be lost.
pub(crate) fn lazy(output: &ReturnType) -> Option<Lazy> {
    let ReturnType::Type(_, ty) = output else { return None };
    let Type::ImplTrait(opaque) = unwrapped(ty) else {
        return (pinned_future(ty) || names_future(ty)).then_some(Lazy::BoxedFuture);
    };
    let mut found = None;
    for bound in &opaque.bounds {
        let TypeParamBound::Trait(bound) = bound else { continue };
        let name = bound.path.segments.last().map(|last| last.ident.to_string());
        let lazy = match name.as_deref()? {
            "Future" => Lazy::Future,
            "Stream" => Lazy::Stream,
            "Iterator" | "DoubleEndedIterator" | "ExactSizeIterator" | "FusedIterator" => Lazy::Iterator,
            "Send" | "Sync" | "Unpin" | "Sized" => continue,
            _ => return None,
        };
        if found.is_some_and(|found| found != lazy) {
            return None;
        }
        found = Some(lazy);
    }
    found
}

/// Without the groups and parentheses around it.
fn unwrapped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => unwrapped(&group.elem),
        Type::Paren(paren) => unwrapped(&paren.elem),
        ty => ty,
    }
}

/// `BoxFuture<..>`, `Self::Future`, `Fut<'_>`
fn names_future(ty: &Type) -> bool {
    let Type::Path(path) = unwrapped(ty) else { return false };
    let name = path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
    name.ends_with("Future") || name.ends_with("Fut")
}

/// `Pin<Box<dyn Future<..> ..>>`
fn pinned_future(ty: &Type) -> bool {
    let object = inside(ty, "Pin").and_then(|boxed| inside(boxed, "Box")).map(unwrapped);
    let Some(Type::TraitObject(object)) = object else { return false };
    object.bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| last.ident == "Future"),
        _ => false,
    })
}

/// The `T` of `name<T>`.
fn inside<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = unwrapped(ty) else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

/// Whether the value says nothing: `()` or `!`.
pub(crate) fn is_nothing(output: &ReturnType) -> bool {
    match output {
        ReturnType::Default => true,
        ReturnType::Type(_, ty) => match unwrapped(ty) {
            Type::Tuple(tuple) => tuple.elems.is_empty(),
            ty => matches!(ty, Type::Never(_)),
        },
    }
}

/// Whether a type is one of the standard library's that own what they hold and free it, and holds no reference.
pub(crate) fn owns_all(ty: &Type) -> bool {
    const OWNERS: [&str; 8] = ["String", "Vec", "VecDeque", "HashMap", "HashSet", "BTreeMap", "BTreeSet", "PathBuf"];
    let Type::Path(path) = unwrapped(ty) else { return false };
    let owns = path.path.segments.last().is_some_and(|last| OWNERS.iter().any(|owner| last.ident == owner));
    owns && !ty.to_token_stream().to_string().contains(['&', '\''])
}

/// Whether values of this type plainly have nothing to drop.
pub(crate) fn never_drops(ty: &Type) -> bool {
    match unwrapped(ty) {
        Type::Reference(_) | Type::Ptr(_) => true,
        Type::Path(path) => NUMBERS.iter().any(|number| path.path.is_ident(number)),
        _ => false,
    }
}

/// Whether the function never returns.
pub(crate) fn is_never(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)))
}

/// The type, for a place where parts may be inferred: `impl Trait` becomes `_`.
pub(crate) fn inferable(output: &ReturnType) -> TokenStream {
    match output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, ty) => written_again(ty.to_token_stream()),
    }
}

/// A type for generated code. A lifetime that a second place names would seem to need its name.
pub(crate) fn written_again(ty: TokenStream) -> TokenStream {
    let (mut has_lifetime, mut has_impl) = (false, false);
    each_token(ty.clone(), &mut |token| match token {
        TokenTree::Punct(punct) => has_lifetime |= punct.as_char() == '\'',
        TokenTree::Ident(word) => has_impl |= word == "impl",
        _ => {}
    });
    // In `Fn(&'a T)` and `for<'a>` another lifetime would mean something else.
    let ty = if !has_lifetime || binds_lifetimes(&ty) { ty } else { with_elided_lifetimes(ty) };
    if has_impl { without_impl(ty) } else { ty }
}

fn binds_lifetimes(ty: &TokenStream) -> bool {
    any_token(ty.clone(), &mut |token| match token {
        TokenTree::Ident(word) => {
            let word = word.to_string();
            word == "for" || word == "fn" || word.starts_with("Fn") || word.starts_with("AsyncFn")
        }
        _ => false,
    })
}

fn with_elided_lifetimes(ty: TokenStream) -> TokenStream {
    let mut is_lifetime = false;
    let elided = ty.into_iter().map(|token| match token {
        TokenTree::Group(group) => TokenTree::Group(with_braces(&group, with_elided_lifetimes(group.stream()))),
        TokenTree::Ident(name) if std::mem::take(&mut is_lifetime) && name != "static" => {
            TokenTree::Ident(Ident::new("_", name.span()))
        }
        TokenTree::Punct(punct) => {
            is_lifetime = punct.as_char() == '\'';
            TokenTree::Punct(punct)
        }
        other => other,
    });
    elided.collect()
}

/// Whether `impl` occurs in the type.
pub(crate) fn has_inferred(output: &ReturnType) -> bool {
    has_word(output.to_token_stream(), &["impl"])
}

/// The type's tokens with `_` for each `impl Trait`.
fn without_impl(tokens: TokenStream) -> TokenStream {
    let mut result = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(mut token) = tokens.next() {
        match &mut token {
            TokenTree::Ident(ident) if ident == "impl" => {
                skip_bounds(&mut tokens);
                result.extend(quote!(_));
                continue;
            }
            TokenTree::Group(group) => {
                token = TokenTree::Group(with_braces(group, without_impl(group.stream())));
            }
            _ => {}
        }
        result.extend([token]);
    }
    result
}

/// Moves past the bounds of an `impl Trait`: up to a `,` or `>` on its own level.
fn skip_bounds(tokens: &mut std::iter::Peekable<proc_macro2::token_stream::IntoIter>) {
    let mut depth = 0usize;
    let mut arrow = false;
    while let Some(token) = tokens.peek() {
        if let TokenTree::Punct(punct) = token {
            match punct.as_char() {
                '<' => depth += 1,
                '>' if arrow => {}
                '>' | ',' if depth == 0 => return,
                '>' => depth -= 1,
                _ => {}
            }
            arrow = punct.as_char() == '-';
        } else {
            arrow = false;
        }
        tokens.next();
    }
}

/// The `R` of `Future<Output = R>`, if the type names one.
pub(crate) fn future_output(output: &ReturnType) -> Option<TokenStream> {
    fn find(tokens: TokenStream) -> Option<TokenStream> {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            if let TokenTree::Group(group) = token {
                if matches!(group.delimiter(), Delimiter::None | Delimiter::Parenthesis) {
                    if let Some(found) = find(group.stream()) {
                        return Some(found);
                    }
                }
            }
            let is_output = matches!(token, TokenTree::Ident(word) if word == "Output");
            let is_equal = matches!(tokens.get(at + 1), Some(TokenTree::Punct(punct)) if punct.as_char() == '=');
            if is_output && is_equal {
                return Some(up_to_close(&tokens[at + 2..]));
            }
        }
        None
    }
    match output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => find(ty.to_token_stream()),
    }
}

/// Whether the type can be named in code: nothing in it is `impl Trait`.
pub(crate) fn is_named(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, ty) if matches!(unwrapped(ty), Type::Path(_))) && !has_inferred(output)
}

/// The tokens before the `>` or `,` that closes the bracket we are in.
fn up_to_close(tokens: &[TokenTree]) -> TokenStream {
    let (mut depth, mut arrow) = (0usize, false);
    let end = tokens.iter().position(|token| {
        let TokenTree::Punct(punct) = token else {
            arrow = false;
            return false;
        };
        let closes = match punct.as_char() {
            '>' | ',' if depth == 0 && !arrow => true,
            '<' => {
                depth += 1;
                false
            }
            '>' if !arrow => {
                depth -= 1;
                false
            }
            _ => false,
        };
        arrow = punct.as_char() == '-';
        closes
    });
    tokens[..end.unwrap_or(tokens.len())].iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(text: &str) -> ReturnType {
        syn::parse_str(text).unwrap_or(ReturnType::Default)
    }

    #[test]
    fn only_types_that_may_hold_an_error_are_looked_at() {
        for (text, expected) in [
            ("", false),
            ("-> u32", false),
            ("-> &Result<u8, u8>", false),
            ("-> Option<u32>", false),
            ("-> Option<Result<u32, E>>", true),
            ("-> Result<u8, E>", true),
            ("-> io::Result<u8>", true),
            ("-> Alias", true),
            ("-> !", false),
            ("-> impl Iterator<Item = Result<u8, E>>", false),
        ] {
            assert_eq!(may_fail(&output(text)), expected, "{text}");
        }
    }

    #[test]
    fn impl_types_are_left_to_inference() {
        let text = inferable(&output("-> Result<impl Iterator<Item = (u8, impl Fn() -> u8)> + 'a, E>")).to_string();
        assert_eq!(text, quote!(Result<_, E>).to_string());
    }

    #[test]
    fn only_lazy_values_whose_bounds_are_kept_are_put_under_a_span() {
        for (text, expected) in [
            ("-> impl Iterator<Item = u8> + DoubleEndedIterator + Send + 'a + use<'a>", Some(Lazy::Iterator)),
            ("-> impl Iterator<Item = u8> + Clone", None),
            ("-> impl futures_core::Stream<Item = u8> + Unpin", Some(Lazy::Stream)),
            ("-> impl Stream<Item = u8> + FusedStream", None),
            ("-> (impl Future<Output = u8> + Send)", Some(Lazy::Future)),
            ("-> Pin<Box<dyn Future<Output = u8> + Send + '_>>", Some(Lazy::BoxedFuture)),
            ("-> BoxFuture<'_, u8>", Some(Lazy::BoxedFuture)),
            ("-> impl Send", None),
            ("-> Vec<u8>", None),
        ] {
            assert_eq!(lazy(&output(text)), expected, "{text}");
        }
    }

    #[test]
    fn the_output_of_a_future_is_found() {
        let found = |text| future_output(&output(text)).map(|tokens| tokens.to_string());
        let boxed = "-> Pin<Box<dyn Future<Output = Result<Vec<u8>, E>> + Send + 'a>>";
        assert_eq!(found(boxed), Some(quote!(Result<Vec<u8>, E>).to_string()));
        assert_eq!(found("-> impl Future<Output = ()>"), Some("()".into()));
        assert_eq!(found("-> Alias<'a>"), None);
    }
}
