//! The code of an asynchronous body.

use crate::expand::Target;
use crate::{parameters, returns};
use proc_macro2::{Group, TokenStream};

/// ```text
/// { body }   =>   { start the span; fields; span.run(async move { body }, outcome).await }
/// ```
///
/// The span starts when this code is first polled. `output` is the type of the body's value, if it is known.
pub(crate) fn body(
    target: &Target<'_>,
    code: &TokenStream,
    braces: &Group,
    output: Option<&TokenStream>,
    may_fail: bool,
) -> TokenStream {
    let Target { rt, .. } = target;
    let start = target.callsite_call(if target.args.root.is_some() { "start_root" } else { "start" });
    let fields = target.fields();
    let borrowed = parameters::borrowed(&target.function.sig, code);
    // The block's value is coerced, and `?` converts, as the function's type says.
    let typed = output.map(|output| code!(if false { return #rt::never::<#output>(); }));
    let outcome = match output {
        Some(output) if may_fail => code! {
            |value: &#output| {
                use #rt::probe::*;
                (&&&#rt::Probe(value)).failure()
            }
        },
        _ => code!(|_| #rt::None),
    };
    let mut block = Group::new(braces.delimiter(), code!(#borrowed #typed #code));
    block.set_span(braces.span());
    code! {
        let guard = #start;
        #fields
        guard.run(async move #block, #outcome).await
    }
}

/// The type of an `async fn`'s value, where it may be written. `!` may not.
pub(crate) fn output(output: &syn::ReturnType) -> Option<TokenStream> {
    (!returns::is_never(output)).then(|| returns::inferable(output))
}
