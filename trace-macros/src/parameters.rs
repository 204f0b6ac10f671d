//! The parameters of a function.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{FnArg, Pat, Signature};

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

/// Statements that borrow the parameters, the last one first: an `async move` block owns what it mentions, and drops it
/// in the order of the first mention. A parameter that the body does not name stays outside and keeps its warning.
pub(crate) fn borrowed(sig: &Signature, code: &TokenStream) -> TokenStream {
    let names = names(sig);
    let borrows = names.iter().rev().filter_map(|name| {
        if name.to_string().starts_with('_') {
            return Some(code!(#[allow(clippy::used_underscore_binding)] let _ = &#name;));
        }
        mentions(code, name).then(|| code!(let _ = &#name;))
    });
    borrows.collect()
}

fn bindings(pattern: &Pat, names: &mut Vec<Ident>) {
    match pattern {
        Pat::Ident(binding) => {
            names.push(binding.ident.clone());
            if let Some((_, inner)) = &binding.subpat {
                bindings(inner, names);
            }
        }
        Pat::Paren(inner) => bindings(&inner.pat, names),
        Pat::Reference(inner) => bindings(&inner.pat, names),
        Pat::Type(inner) => bindings(&inner.pat, names),
        Pat::Slice(inner) => inner.elems.iter().for_each(|inner| bindings(inner, names)),
        Pat::Tuple(inner) => inner.elems.iter().for_each(|inner| bindings(inner, names)),
        Pat::TupleStruct(inner) => inner.elems.iter().for_each(|inner| bindings(inner, names)),
        Pat::Struct(inner) => inner.fields.iter().for_each(|field| bindings(&field.pat, names)),
        _ => {}
    }
}

pub(crate) fn mentions(code: &TokenStream, name: &Ident) -> bool {
    code.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        // `format!("{name}")`
        TokenTree::Literal(literal) => literal.to_string().contains(&name.to_string()),
        TokenTree::Punct(_) => false,
    })
}
