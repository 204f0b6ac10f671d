//! What becomes of a function: decided here, written in `expand`.

use crate::args::{Args, Err, is_on};
use crate::body::{self, Body, has_word};
use crate::field::Field;
use crate::future_body::FutureBody;
use crate::item::Function;
use crate::returns::{self, Lazy};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Signature};

/// A function to be traced, and how.
pub(crate) struct Call<'a> {
    pub(crate) sig: &'a Signature,
    pub(crate) args: &'a Args,
    pub(crate) fields: Vec<Field>,
    pub(crate) place: Place,
    pub(crate) shape: Shape,
    pub(crate) rt: Runtime,
}

/// The path of the runtime's private module. As single tokens: a stream that goes into another goes through the compiler.
pub(crate) struct Runtime(Vec<TokenTree>);

impl Runtime {
    fn new(krate: Option<&TokenStream>) -> Self {
        let krate = krate.map_or_else(|| code!(::trace_runtime), Clone::clone);
        let path = code!(#krate::__private);
        Self(path.into_iter().collect())
    }

    /// The same, written there.
    pub(crate) fn at(&self, place: Span) -> Self {
        let at = |token: &TokenTree| {
            let mut token = token.clone();
            token.set_span(place);
            token
        };
        Self(self.0.iter().map(at).collect())
    }
}

impl ToTokens for Runtime {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.iter().cloned());
    }
}

/// Where the span belongs.
#[derive(Clone)]
pub(crate) enum Place {
    Child,
    Root,
    Detached,
    Under(TokenStream),
    /// There is none; the caller's is added to.
    Nowhere,
}

/// What the body becomes.
pub(crate) enum Shape {
    /// A guard, then the body.
    Guarded,
    /// The body's value is looked at; `in_closure` if the body may leave early.
    Looked { in_closure: bool },
    /// `async fn`
    Async,
    /// The body is nothing but a future.
    Future(FutureBody),
    /// The body ends in a lazy value, after other work.
    Lazy(Lazy),
}

impl<'a> Call<'a> {
    pub(crate) fn new(function: &'a Function, body: &Body, args: &'a Args) -> Self {
        let rt = Runtime::new(args.krate.as_ref().map(|krate| &krate.value));
        let sig = &function.sig;
        let shape = shape(function, &body.tokens, args);
        Self { sig, args, fields: fields(function, args), place: Place::new(args), shape, rt }
    }
}

impl Call<'_> {
    /// The attribute's expressions that arguments may stand in.
    pub(crate) fn expressions(&self) -> Vec<TokenStream> {
        let rt = &self.rt;
        let name = self.args.name.as_ref().and_then(|name| name.value.format(&self.sig.ident));
        let name = name.map(|format| code!(#rt::format_args!(#format)));
        let parent = if let Place::Under(parent) = &self.place { Some(parent.clone()) } else { None };
        let links = self.args.links.as_ref().map(|links| links.value.clone());
        let fields = self.fields.iter().filter(|field| field.cfg.is_empty()).map(|field| field.value.clone());
        name.into_iter().chain(parent).chain(links).chain(fields).collect()
    }
}

impl Place {
    fn new(args: &Args) -> Self {
        match &args.parent {
            // Of no type in particular.
            Some(parent) if parent.value.to_string() == "None" => Self::Root,
            Some(parent) => Self::Under(parent.value.clone()),
            None if is_on(args.root.as_ref()) => Self::Root,
            None if is_on(args.detached.as_ref()) => Self::Detached,
            None if is_on(args.current.as_ref()) => Self::Nowhere,
            None => Self::Child,
        }
    }
}

/// Those of the parameters, then those of the attribute.
fn fields(function: &Function, args: &Args) -> Vec<Field> {
    let mut fields = function.fields.clone();
    for field in args.fields.iter().flat_map(|fields| &fields.value) {
        if fields.iter().all(|other| other.key != field.key) {
            fields.push(field.clone());
        }
    }
    fields
}

fn shape(function: &Function, tokens: &[TokenTree], args: &Args) -> Shape {
    let output = &function.sig.output;
    // An async body that never waits runs in one poll, like a synchronous one.
    if function.sig.asyncness.is_some() && body::may_wait(tokens) {
        return Shape::Async;
    }
    if function.sig.asyncness.is_none() {
        if let Some(found) = FutureBody::of(tokens) {
            return Shape::Future(found);
        }
        if let Some(lazy) = returns::lazy(output).filter(|_| !looks_at_value(function, args)) {
            return Shape::Lazy(lazy);
        }
    }
    if !is_looked_at(function, tokens, args) {
        return Shape::Guarded;
    }
    let leaves = body::may_leave_early(tokens);
    if leaves && tracks_caller(function) {
        return Shape::Guarded;
    }
    Shape::Looked { in_closure: leaves || returns::has_inferred(output) || body::never_ends(tokens) }
}

/// Whether an option asks for the value itself, rather than for what a future makes of it.
fn looks_at_value(function: &Function, args: &Args) -> bool {
    let is_future = matches!(returns::lazy(&function.sig.output), Some(Lazy::Future | Lazy::BoxedFuture));
    !is_future && (records_return(args) || matches!(&args.err, Some(err) if matches!(err.value, Err::Classifier(_))))
}

pub(crate) fn records_return(args: &Args) -> bool {
    matches!(&args.ret, Some(ret) if ret.value.is_some())
}

/// Whether the value that the call gives may matter to the span.
fn is_looked_at(function: &Function, tokens: &[TokenTree], args: &Args) -> bool {
    let output = &function.sig.output;
    if returns::is_never(output) {
        return false;
    }
    if is_on(args.ok.as_ref()) || records_return(args) && !returns::is_nothing(output) {
        return true;
    }
    match args.err.as_ref().map(|err| &err.value) {
        Some(Err::Off) => false,
        Some(Err::Classifier(_)) => true,
        Some(Err::Text | Err::Debug) | None => returns::may_fail(output) && !body::is_plainly_ok(tokens),
    }
}

/// Also behind a `cfg_attr`, whose condition is not known here.
pub(crate) fn tracks_caller(function: &Function) -> bool {
    let named = |attr: &Attribute| attr.path().is_ident("track_caller");
    let perhaps =
        |attr: &Attribute| attr.path().is_ident("cfg_attr") && has_word(attr.meta.to_token_stream(), &["track_caller"]);
    function.attrs.iter().any(|attr| named(attr) || perhaps(attr))
}
