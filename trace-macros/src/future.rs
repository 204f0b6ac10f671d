//! The code of an asynchronous body.

use crate::body::{Body, users_own, with_braces};
use crate::model::Call;
use crate::{callsite, outcome, returns};
use proc_macro2::{Group, TokenStream};
use quote::quote_spanned;
use syn::ReturnType;

/// ```text
/// async fn f(..) { body }   =>   async fn f(..) { start; fields; span.run(async move { take the arguments; body }, outcome).await }
/// ```
///
/// The span starts when this code is first polled.
pub(crate) fn body(call: &Call<'_>, taken: &TokenStream, body: &Body, braces: &Group) -> TokenStream {
    let fields = callsite::fields(call, &code!(&__guard));
    let output = (!returns::is_never(&call.sig.output)).then(|| returns::inferable(&call.sig.output));
    let typed = typed(call, output.as_ref());
    let (items, code) = body.split_items();
    let block = with_braces(braces, code!(#items #taken #typed #code));
    let here = users_own(braces.span());
    let future = quote_spanned!(here=> async move #block);
    // In a block of its own: what is borrowed would keep its room beside the future.
    let span = if fields.is_empty() {
        callsite::first(call)
    } else {
        let start = callsite::start(call);
        code!({ let __guard = #start; #fields __guard })
    };
    let returned = &call.sig.output;
    let look = look(call, returns::may_fail(returned), returns::is_nothing(returned));
    let run = run(call, &span, &future, output.as_ref(), look);
    code!(#run.await)
}

/// A future under its span.
pub(crate) fn run(
    call: &Call<'_>,
    span: &TokenStream,
    future: &TokenStream,
    output: Option<&TokenStream>,
    look: Option<TokenStream>,
) -> TokenStream {
    let rt = &call.rt;
    match (look, output) {
        (None, _) => code!(#rt::AsyncSpan::run(#span, #future, #rt::ignore)),
        (Some(look), Some(output)) => code!(#rt::AsyncSpan::run(#span, #future, |__value: &#output, __end| { #look })),
        (Some(look), None) => code!(#rt::AsyncSpan::run(#span, #future, |__value, __end| { #look })),
    }
}

/// What looks at the value of a future that a function returns: of this type, if that is known.
pub(crate) fn look_at(call: &Call<'_>, output: Option<&TokenStream>) -> Option<TokenStream> {
    let ty: Option<ReturnType> = output.and_then(|output| syn::parse2(code!(-> #output)).ok());
    let says = |what: fn(&ReturnType) -> bool| ty.as_ref().is_some_and(what);
    look(call, says(returns::may_fail), says(returns::is_nothing))
}

/// What looks at the value of a future.
pub(crate) fn look(call: &Call<'_>, may_fail: bool, is_nothing: bool) -> Option<TokenStream> {
    Some(outcome::look(call, may_fail, is_nothing, &outcome::To::End)).filter(|look| !look.is_empty())
}

/// A statement that tells a block's type: its value is coerced, and `?` converts, as the function's type says.
pub(crate) fn typed(call: &Call<'_>, output: Option<&TokenStream>) -> Option<TokenStream> {
    let rt = &call.rt;
    output.map(|output| code!(if false { return #rt::never::<#output>(); }))
}

/// The type of the value of the future that a function returns, as far as it can be written. `!` may not.
pub(crate) fn returned_output(call: &Call<'_>) -> Option<TokenStream> {
    let (rt, returned) = (&call.rt, &call.sig.output);
    let output = returns::future_output(returned).map(returns::written_again);
    let output = output.filter(|output| output.to_string() != "!");
    // Behind an alias the compiler knows it.
    output.or_else(|| {
        let ty = returns::is_named(returned).then(|| returns::inferable(returned))?;
        Some(code!(<#ty as #rt::Future>::Output))
    })
}
