//! The code of an asynchronous body.

use crate::body::{users_own, with_braces};
use crate::model::Call;
use crate::{body, callsite, outcome, returns};
use proc_macro2::{Group, TokenStream};
use quote::quote_spanned;
use syn::Signature;

/// ```text
/// async fn f(..) { body }   =>   async fn f(..) { start; fields; span.run(async move { take the arguments; body }, outcome).await }
/// ```
///
/// The span starts when this code is first polled.
pub(crate) fn body(call: &Call<'_>, taken: &TokenStream, code: &TokenStream, braces: &Group) -> TokenStream {
    let (start, fields) = (callsite::start(call), callsite::fields(call, &code!(&__guard)));
    let output = (!returns::is_never(&call.sig.output)).then(|| returns::inferable(&call.sig.output));
    let typed = typed(call, output.as_ref());
    let (items, code) = body::split_items(code);
    let block = with_braces(braces, code!(#items #taken #typed #code));
    let here = users_own(braces.span());
    let future = quote_spanned!(here=> async move #block);
    if fields.is_empty() {
        let run = run(call, &start, &future, output.as_ref());
        return code!(#run.await);
    }
    let run = run(call, &code!(__guard), &future, output.as_ref());
    code! {
        let __guard = #start;
        #fields
        #run.await
    }
}

/// A future under its span.
pub(crate) fn run(
    call: &Call<'_>,
    span: &TokenStream,
    future: &TokenStream,
    output: Option<&TokenStream>,
) -> TokenStream {
    let rt = &call.rt;
    let ty = output.and_then(|output| syn::parse2(code!(-> #output)).ok());
    let (may_fail, is_nothing) =
        ty.as_ref().map_or((false, false), |ty| (returns::may_fail(ty), returns::is_nothing(ty)));
    let look = outcome::look(call, may_fail, is_nothing, &outcome::To::End);
    match output {
        _ if look.is_empty() => code!(#rt::AsyncSpan::run_through(#span, #future)),
        Some(output) => code!(#rt::AsyncSpan::run(#span, #future, |__value: &#output, __end| { #look })),
        None => code!(#rt::AsyncSpan::run(#span, #future, |__value, __end| { #look })),
    }
}

/// A statement that tells a block's type: its value is coerced, and `?` converts, as the function's type says.
pub(crate) fn typed(call: &Call<'_>, output: Option<&TokenStream>) -> Option<TokenStream> {
    let rt = &call.rt;
    output.map(|output| code!(if false { return #rt::never::<#output>(); }))
}

/// The type of the value of the future that a function returns. `!` may not be written.
pub(crate) fn returned_output(sig: &Signature) -> Option<TokenStream> {
    let output = returns::future_output(&sig.output).map(returns::written_again);
    output.filter(|output| output.to_string() != "!")
}
