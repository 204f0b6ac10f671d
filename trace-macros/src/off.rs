//! The feature `off`: functions stay as they are.

use crate::args::Err;
use crate::model::Call;
use crate::returns;
use proc_macro2::TokenStream;
use syn::Lit;

/// Code that never runs and keeps in use what only the attribute uses, so that the program has the same warnings as ever.
pub(crate) fn kept(call: &Call<'_>) -> TokenStream {
    let Call { rt, args, sig, .. } = call;
    let name = args.name.as_ref().map(|name| name.value.tokens());
    let expressions = call.expressions();
    let target = args.target.as_ref().map(|target| target.value.clone());
    let constants = name.iter().chain(&target).filter(|constant| syn::parse2::<Lit>((*constant).clone()).is_err());
    let values = expressions.iter().chain(constants).map(|value| code!(let _ = &(#value);));
    let classifier = match args.err.as_ref().map(|err| &err.value) {
        Some(Err::Classifier(classifier)) if !returns::has_inferred(&sig.output) && !returns::is_never(&sig.output) => {
            let ty = returns::inferable(&sig.output);
            code!(#rt::kept(&#rt::never::<#ty>(), #classifier);)
        }
        _ => TokenStream::new(),
    };
    let all: TokenStream = values.chain([classifier]).collect();
    if all.is_empty() { all } else { code!(if false { #all }) }
}
