//! The parameters of a function.

use crate::body::any_token;
use crate::returns;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Attribute, FnArg, Pat, PatIdent, ReceiverKind, Signature};

/// All names that the parameters bind, `self` included.
pub(crate) fn names(sig: &Signature) -> Vec<Ident> {
    let mut names = Vec::new();
    for input in &sig.inputs {
        match input {
            FnArg::Receiver(receiver) => names.push(Ident::new("self", receiver.self_token.span)),
            FnArg::Typed(typed) => bindings(&typed.pat, &mut names),
        }
    }
    names
}

/// What the inner block of an `async fn` does with the parameters.
pub(crate) struct Taken {
    pub(crate) sig: TokenStream,
    pub(crate) statements: TokenStream,
}

/// An `async move` block owns what it mentions, and drops it in the order of the first mention after what it declares.
/// So the parameters are mentioned first, the last one first. One that the body does not name is declared anew, and with
/// it all that follow: it keeps its warning and its turn. What has nothing to drop needs none of this.
///
/// `used` is what the attribute's expressions mention.
pub(crate) fn taken(sig: &Signature, code: &TokenStream, used: &TokenStream) -> Taken {
    let Ok(mut sig) = syn::parse2::<Signature>(sig.to_token_stream()) else {
        return Taken { sig: sig.to_token_stream(), statements: TokenStream::new() };
    };
    let mut mentioned = Vec::new();
    let mut anew = TokenStream::new();
    let mut declares = false;
    for input in &mut sig.inputs {
        match input {
            FnArg::Receiver(receiver) if matches!(receiver.kind, ReceiverKind::Reference(..)) => {}
            FnArg::Typed(typed) if returns::never_drops(&typed.ty) && !is_mutable(&typed.pat) => {}
            FnArg::Receiver(receiver) => {
                let this = Ident::new("self", receiver.self_token.span);
                mentioned.extend(mentions(code, &this).then(|| code!(let _ = &#this;)));
            }
            FnArg::Typed(typed) => {
                let cfg: Vec<&Attribute> = typed.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
                let is_plain = cfg.len() == typed.attrs.len();
                match &mut *typed.pat {
                    Pat::Ident(binding) if binding.by_ref.is_none() && binding.subpat.is_none() && is_plain => {
                        let name = binding.ident.clone();
                        let is_used =
                            name.to_string().starts_with('_') || mentions(code, &name) || mentions(used, &name);
                        declares |= !is_used;
                        if declares {
                            let mutability = binding.mutability.take();
                            anew.extend(code!(#(#cfg)* let #mutability #name = #name;));
                        }
                        mentioned.push(mention(&name, &cfg));
                    }
                    pattern => {
                        let mut names = Vec::new();
                        bindings(pattern, &mut names);
                        names.retain(|name| name.to_string().starts_with('_') || mentions(code, name));
                        mentioned.extend(names.iter().map(|name| mention(name, &cfg)));
                    }
                }
            }
        }
    }
    mentioned.reverse();
    Taken { statements: code!(#(#mentioned)* #anew), sig: sig.into_token_stream() }
}

fn mention(name: &Ident, cfg: &[&Attribute]) -> TokenStream {
    let quiet = name.to_string().starts_with('_').then(|| code!(#[allow(clippy::used_underscore_binding)]));
    code!(#(#cfg)* #quiet let _ = &#name;)
}

/// A statement that is never run and moves the `mut` arguments into a closure. The closure could otherwise only borrow
/// them, and then not return what they hold; and nobody would see that what is assigned to them is not read.
pub(crate) fn taken_by_closure(sig: &Signature, code: &TokenStream, rt: &TokenStream) -> Option<TokenStream> {
    let mut names = Vec::new();
    for input in &sig.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                if receiver.mutability.is_some() && matches!(receiver.kind, ReceiverKind::Value) {
                    names.push(Ident::new("self", receiver.self_token.span));
                }
            }
            FnArg::Typed(typed) if returns::owns_all(&typed.ty) || !typed.attrs.is_empty() => {}
            FnArg::Typed(typed) => each_binding(&typed.pat, &mut |binding| {
                if binding.mutability.is_some() && binding.by_ref.is_none() {
                    names.push(binding.ident.clone());
                }
            }),
        }
    }
    names.retain(|name| mentions(code, name));
    (!names.is_empty()).then(|| code!(if false { return #rt::taken((#(#names,)*)); }))
}

fn is_mutable(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Ident(binding) if binding.mutability.is_some())
}

fn bindings(pattern: &Pat, names: &mut Vec<Ident>) {
    each_binding(pattern, &mut |binding| names.push(binding.ident.clone()));
}

fn each_binding(pattern: &Pat, found: &mut dyn FnMut(&PatIdent)) {
    match pattern {
        Pat::Ident(binding) => {
            found(binding);
            if let Some((_, inner)) = &binding.subpat {
                each_binding(inner, found);
            }
        }
        Pat::Paren(inner) => each_binding(&inner.pat, found),
        Pat::Reference(inner) => each_binding(&inner.pat, found),
        Pat::Type(inner) => each_binding(&inner.pat, found),
        Pat::Slice(inner) => inner.elems.iter().for_each(|inner| each_binding(inner, found)),
        Pat::Tuple(inner) => inner.elems.iter().for_each(|inner| each_binding(inner, found)),
        Pat::TupleStruct(inner) => inner.elems.iter().for_each(|inner| each_binding(inner, found)),
        Pat::Struct(inner) => inner.fields.iter().for_each(|field| each_binding(&field.pat, found)),
        // All alternatives bind the same names.
        Pat::Or(inner) => inner.cases.iter().take(1).for_each(|inner| each_binding(inner, found)),
        _ => {}
    }
}

fn mentions(code: &TokenStream, name: &Ident) -> bool {
    let text = name.to_string();
    any_token(code.clone(), &|token| match token {
        TokenTree::Ident(ident) => ident == name,
        // `format!("{name}")`
        TokenTree::Literal(literal) => literal.to_string().contains(&text),
        _ => false,
    })
}
