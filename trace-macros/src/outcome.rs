//! Looking at what a call returned.

use crate::args::{Err, is_on};
use crate::callsite::{at, first_span};
use crate::field::Form;
use crate::model::Call;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

/// Where the outcome goes, and how code says it.
pub(crate) enum To {
    /// To the span of `__guard`, from `__value`.
    Guard,
    /// To `__end`, from a reference `__value`.
    End,
}

/// Statements that pass a failure, success and the value on; nothing if nothing is to be looked at.
pub(crate) fn look(call: &Call<'_>, may_fail: bool, is_nothing: bool, to: &To) -> TokenStream {
    let Call { rt, args, .. } = call;
    let (end, value, outcome) = match to {
        To::Guard => (code!(#rt::Ending::Sync(&__guard)), code!(&__value), code!((&__guard).outcome(&__value))),
        To::End => (code!(__end), code!(__value), code!(__end.outcome(__value))),
    };
    let failed = match args.err.as_ref().map(|err| &err.value) {
        Some(Err::Off) => None,
        Some(Err::Classifier(classifier)) => {
            let there = first_span(classifier);
            let (classify, end, value) =
                (at(there, code!(#rt::Ending::classify)), at(there, end.clone()), at(there, value));
            Some(quote_spanned!(there=> #classify(#end, #value, #classifier)))
        }
        Some(Err::Debug) => {
            let method = method("trace_runtime_look_debug", args.err.as_ref().map(|err| &err.key));
            may_fail.then(|| code!(#outcome.#method()))
        }
        Some(Err::Text) | None => may_fail.then(|| code!(#outcome.trace_runtime_look())),
    };
    let failed = match (failed, is_on(args.ok.as_ref())) {
        (Some(failed), true) => code!(#rt::Ending::ok(#end, #failed);),
        (None, true) => code!(#rt::Ending::ok(#end, false);),
        (Some(failed), false) => code!(#failed;),
        (None, false) => TokenStream::new(),
    };
    let form = args.ret.as_ref().and_then(|ret| ret.value).filter(|_| !is_nothing);
    let returned = form.map(|form| {
        let method = match form {
            Form::Value => "trace_runtime_return",
            Form::Display => "trace_runtime_return_display",
            Form::Debug => "trace_runtime_return_debug",
        };
        let method = self::method(method, args.ret.as_ref().map(|ret| &ret.key));
        code!(#outcome.#method();)
    });
    code!(#failed #returned)
}

/// A method about which the compiler complains at the option that asks for it.
fn method(name: &str, option: Option<&Ident>) -> Ident {
    let there = option.map_or_else(Span::mixed_site, Ident::span);
    Ident::new(name, Span::mixed_site().located_at(there))
}
