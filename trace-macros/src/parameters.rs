//! The parameters of a function.

use crate::body::each_token;
use crate::item::Function;
use crate::model::Runtime;
use crate::returns;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use std::cell::LazyCell;
use std::collections::HashSet;
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
    /// The signature.
    pub(crate) head: TokenStream,
    pub(crate) statements: TokenStream,
}

/// An `async move` block owns what it mentions, and drops it in the order of the first mention after what it declares.
/// So the parameters are mentioned first, the last one first. One that the body does not name is declared anew, and with
/// it all that follow: it keeps its warning and its turn. What has nothing to drop needs none of this.
///
/// `used` gives the attribute's expressions.
pub(crate) fn taken(function: &Function, code: &TokenStream, used: impl FnOnce() -> TokenStream) -> Taken {
    let (code, used) = (LazyCell::new(|| Words::of(code.clone())), LazyCell::new(|| Words::of(used())));
    let (mut mentioned, mut anew, mut declares) = (Vec::new(), TokenStream::new(), false);
    let mut without_mut = Vec::new();
    for (nth, input) in function.sig.inputs.iter().enumerate() {
        match input {
            FnArg::Receiver(receiver) if matches!(receiver.kind, ReceiverKind::Reference(..)) => {}
            FnArg::Typed(typed) if returns::never_drops(&typed.ty) && !is_mutable(&typed.pat) => {}
            FnArg::Receiver(receiver) => {
                let this = Ident::new("self", receiver.self_token.span);
                mentioned.extend(code.mention(&this).then(|| code!(let _ = &#this;)));
            }
            FnArg::Typed(typed) => {
                let cfg: Vec<&Attribute> = typed.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
                let is_plain = cfg.len() == typed.attrs.len();
                match &*typed.pat {
                    Pat::Ident(binding) if binding.by_ref.is_none() && binding.subpat.is_none() && is_plain => {
                        let name = binding.ident.clone();
                        let is_used = name.to_string().starts_with('_') || code.mention(&name) || used.mention(&name);
                        declares |= !is_used;
                        if declares {
                            let mutability = &binding.mutability;
                            without_mut.extend(mutability.is_some().then_some(nth));
                            anew.extend(code!(#(#cfg)* let #mutability #name = #name;));
                        }
                        mentioned.push(mention(&name, &cfg));
                    }
                    pattern => {
                        let mut names = Vec::new();
                        bindings(pattern, &mut names);
                        names.retain(|name| name.to_string().starts_with('_') || code.mention(name));
                        mentioned.extend(names.iter().map(|name| mention(name, &cfg)));
                    }
                }
            }
        }
    }
    mentioned.reverse();
    let head = if without_mut.is_empty() { None } else { head_without_mut(&function.head, &without_mut) };
    Taken { statements: code!(#(#mentioned)* #anew), head: head.unwrap_or_else(|| function.head.clone()) }
}

/// The signature without the `mut` of some parameters.
fn head_without_mut(head: &TokenStream, parameters: &[usize]) -> Option<TokenStream> {
    let mut sig: Signature = syn::parse2(head.clone()).ok()?;
    for nth in parameters {
        if let Some(FnArg::Typed(typed)) = sig.inputs.iter_mut().nth(*nth) {
            if let Pat::Ident(binding) = &mut *typed.pat {
                binding.mutability = None;
            }
        }
    }
    Some(sig.into_token_stream())
}

fn mention(name: &Ident, cfg: &[&Attribute]) -> TokenStream {
    let quiet = name.to_string().starts_with('_').then(|| code!(#[allow(clippy::used_underscore_binding)]));
    code!(#(#cfg)* #quiet let _ = &#name;)
}

/// A statement that is never run and moves the `mut` arguments into a closure. The closure could otherwise only borrow
/// them, and then not return what they hold; and nobody would see that what is assigned to them is not read.
pub(crate) fn taken_by_closure(sig: &Signature, code: &TokenStream, rt: &Runtime) -> Option<TokenStream> {
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
    let code = LazyCell::new(|| Words::of(code.clone()));
    names.retain(|name| code.mention(name));
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

/// The words of some code.
struct Words {
    names: HashSet<String>,
    /// Literals may mention names: `format!("{name}")`
    literals: Vec<String>,
}

impl Words {
    fn of(code: TokenStream) -> Self {
        let mut words = Self { names: HashSet::new(), literals: Vec::new() };
        each_token(code, &mut |token| match token {
            TokenTree::Ident(name) => _ = words.names.insert(name.to_string()),
            TokenTree::Literal(literal) => words.literals.push(literal.to_string()),
            _ => {}
        });
        words
    }

    fn mention(&self, name: &Ident) -> bool {
        let name = name.to_string();
        self.names.contains(&name) || self.literals.iter().any(|literal| literal.contains(&name))
    }
}
