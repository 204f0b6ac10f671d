//! The code of an asynchronous body.

use crate::expand::with_braces;
use crate::model::Call;
use crate::{body, callsite, outcome, parameters, returns};
use proc_macro2::{Group, TokenStream};
use syn::Signature;

/// ```text
/// { body }   =>   { start the span; fields; span.run(async move { body }, outcome).await }
/// ```
///
/// The span starts when this code is first polled. `output` is the type of the body's value, if it is known.
pub(crate) fn body(call: &Call<'_>, code: &TokenStream, braces: &Group, output: Option<&TokenStream>) -> TokenStream {
    let (start, fields) = (callsite::start(call), callsite::fields(call));
    let rt = &call.rt;
    let borrowed = parameters::borrowed(call.sig, code);
    // The block's value is coerced, and `?` converts, as the function's type says.
    let typed = output.map(|output| code!(if false { return #rt::never::<#output>(); }));
    let outcome = outcome(call, output);
    let (items, code) = body::split_items(code);
    let block = with_braces(braces, code!(#items #borrowed #typed #code));
    code! {
        let __guard = #start;
        #fields
        __guard.run(async move #block, #outcome).await
    }
}

/// A closure that looks at the future's value.
pub(crate) fn outcome(call: &Call<'_>, output: Option<&TokenStream>) -> TokenStream {
    let ty = output.and_then(|output| syn::parse2(code!(-> #output)).ok());
    let (may_fail, is_nothing) =
        ty.as_ref().map_or((false, false), |ty| (returns::may_fail(ty), returns::is_nothing(ty)));
    let look = outcome::look(call, may_fail, is_nothing, &code!(__value));
    match output {
        _ if look.is_empty() => code!(|_, _| {}),
        Some(output) => code!(|__value: &#output, __end| { #look }),
        None => code!(|__value, __end| { #look }),
    }
}

/// The type of an `async fn`'s value, where it may be written. `!` may not.
pub(crate) fn output(output: &syn::ReturnType) -> Option<TokenStream> {
    (!returns::is_never(output)).then(|| returns::inferable(output))
}

/// The type of the value of the future that a function returns.
pub(crate) fn returned_output(sig: &Signature) -> Option<TokenStream> {
    let output = returns::future_output(&sig.output).map(returns::without_impl);
    output.filter(|output| output.to_string() != "!")
}
