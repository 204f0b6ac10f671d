//! Starting the span: the static, and what is put on the span before the body runs.

use crate::field::Form;
use crate::model::{Call, Place};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

/// Enters the span of a synchronous call.
pub(crate) fn enter(call: &Call<'_>) -> TokenStream {
    let (statics, begin) = begin(call, "enter");
    if statics.is_empty() { begin } else { code!({ #statics #begin }) }
}

/// Starts the span of a future, iterator or stream.
pub(crate) fn start(call: &Call<'_>) -> TokenStream {
    let (statics, begin) = begin(call, "start");
    if statics.is_empty() { begin } else { code!({ #statics #begin }) }
}

/// Prepares the span of an asynchronous function whose body is about to be polled.
pub(crate) fn first(call: &Call<'_>) -> TokenStream {
    if !matches!(call.place, Place::Child) {
        return start(call);
    }
    let (statics, begin) = begin(call, "first");
    code!({ #statics #begin })
}

/// Prepares the span of a future, which starts at its first poll: items, and the span.
pub(crate) fn later(call: &Call<'_>) -> (TokenStream, TokenStream) {
    begin(call, "later")
}

fn begin(call: &Call<'_>, verb: &str) -> (TokenStream, TokenStream) {
    let rt = &call.rt;
    let place = match &call.place {
        Place::Child => "",
        Place::Root => "_root",
        Place::Detached => "_detached",
        Place::Under(_) => "_parent",
        Place::Nowhere => "_current",
    };
    let entry = Ident::new(&format!("{verb}{place}"), Span::mixed_site());
    if matches!(call.place, Place::Nowhere) {
        return (TokenStream::new(), code!(#rt::#entry()));
    }
    let parent = match &call.place {
        Place::Under(parent) => {
            let there = first_span(parent);
            let function = at(there, code!(#rt::parent));
            let parent = quote_spanned!(there=> #function(&(#parent)));
            code!(, if #rt::Callsite::is_on(&__CALLSITE) { #parent } else { #rt::None })
        }
        _ => TokenStream::new(),
    };
    let callsite = callsite(call);
    let statics = code! {
        enum __Marker {}
        static __CALLSITE: #rt::Callsite = #callsite;
    };
    (statics, code!(#rt::#entry(&__CALLSITE #parent)))
}

fn callsite(call: &Call<'_>) -> TokenStream {
    let Call { rt, args, sig, .. } = call;
    let scope = scope(call);
    let name = args.name.as_ref().map(|name| name.value.constant(&sig.ident)).map(|name| code!(.named(#name)));
    let kind = args.kind.as_ref().map(|kind| &kind.value).map(|kind| code!(.with_kind(#rt::Kind::#kind)));
    // The place that the callsite reports is the place of these tokens: where the user wrote the function's name.
    let here = sig.ident.span();
    let there = rt.at(here);
    let callsite = quote_spanned!(here=> #there::Callsite::of::<__Marker>(#scope));
    code!(#callsite #name #kind)
}

/// The instrumentation scope: the crate being compiled, or what `target` says.
fn scope(call: &Call<'_>) -> TokenStream {
    let Call { rt, args, .. } = call;
    let (name, version) = (std::env::var("CARGO_PKG_NAME"), std::env::var("CARGO_PKG_VERSION"));
    match (&args.target, name, version) {
        (Some(target), _, version) => {
            let (target, version) = (&target.value, version.unwrap_or_default());
            quote!(#target, #version)
        }
        (None, Ok(name), Ok(version)) => code!(#name, #version),
        (None, ..) => code!(#rt::scope!().0, #rt::scope!().1),
    }
}

/// Sets name, fields and links of `span`, a reference to a guard, if it is recorded.
pub(crate) fn fields(call: &Call<'_>, span: &TokenStream) -> TokenStream {
    with_fields(call, &code!((#span).fields()))
}

/// The same inside of the future whose span was prepared with [`later`].
pub(crate) fn fields_inside(call: &Call<'_>) -> TokenStream {
    let rt = &call.rt;
    match call.place {
        Place::Nowhere => with_fields(call, &code!((&#rt::enter_current()).fields())),
        _ => with_fields(call, &code!(#rt::fields_of(&__CALLSITE))),
    }
}

fn with_fields(call: &Call<'_>, fields: &TokenStream) -> TokenStream {
    let Call { rt, args, sig, .. } = call;
    let name = args.name.as_ref().and_then(|name| name.value.format(&sig.ident));
    let name = name.map(|format| {
        let there = first_span(&format);
        let format_args = at(there, code!(#rt::format_args));
        let text = quote_spanned!(there=> #format_args!(#format));
        code!((&__fields).name(&#text);)
    });
    let sets = call.fields.iter().map(|field| {
        let key = Literal::string(&field.key);
        let value = &field.value;
        // What the compiler says about the value is said at the value.
        let there = first_span(value);
        let value = match field.form {
            Form::Value => quote_spanned!(there=> &(#value)),
            Form::Display => {
                let display = at(there, code!(#rt::display));
                quote_spanned!(there=> &#display(&(#value)))
            }
            Form::Debug => {
                let debug = at(there, code!(#rt::debug));
                quote_spanned!(there=> &#debug(&(#value)))
            }
        };
        let cfg = &field.cfg;
        code!(#cfg { (&__fields).set(#key, #value); })
    });
    let links = args.links.as_ref().map(|links| {
        let links = &links.value;
        let there = first_span(links);
        let set = quote_spanned!(there=> links(&(#links)));
        code!((&__fields).#set;)
    });
    let all: TokenStream = name.into_iter().chain(sets).chain(links).collect();
    if all.is_empty() { all } else { code!(if let #rt::Some(__fields) = #fields { #all }) }
}

/// The scope of generated code at the place of the user's.
pub(crate) fn first_span(tokens: &TokenStream) -> Span {
    let first = tokens.clone().into_iter().next().map_or_else(Span::mixed_site, |token| token.span());
    Span::mixed_site().located_at(first)
}

/// The same tokens at another place.
pub(crate) fn at(place: Span, tokens: TokenStream) -> TokenStream {
    let moved = tokens.into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    moved.collect()
}
