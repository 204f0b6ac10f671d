//! Looking at what a call returned.

use crate::args::{Err, is_on};
use crate::field::Form;
use crate::model::Call;
use proc_macro2::{Ident, Span, TokenStream};

/// Statements that pass a failure, success and the value on to `__end`; nothing if nothing is to be looked at.
/// `value` is a reference to it.
pub(crate) fn look(call: &Call<'_>, may_fail: bool, is_nothing: bool, value: &TokenStream) -> TokenStream {
    let Call { rt, args, .. } = call;
    let failed = match args.err.as_ref().map(|err| &err.value) {
        Some(Err::Off) => None,
        Some(Err::Classifier(classifier)) => Some(code!(__end.classify(#value, #classifier))),
        Some(Err::Debug) => may_fail.then(|| code!((&&#rt::Probe(#value)).trace_runtime_look_debug(__end))),
        Some(Err::Text) | None => may_fail.then(|| code!((&&&#rt::Probe(#value)).trace_runtime_look(__end))),
    };
    let failed = match (failed, is_on(args.ok.as_ref())) {
        (Some(failed), true) => code!(__end.ok(#failed);),
        (None, true) => code!(__end.ok(false);),
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
        let method = Ident::new(method, Span::mixed_site());
        code!((&&#rt::Probe(#value)).#method(__end);)
    });
    let all = code!(#failed #returned);
    if all.is_empty() { all } else { code!(use #rt::probe::*; #all) }
}
