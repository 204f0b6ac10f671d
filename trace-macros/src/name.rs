//! The operation name: a constant, or a template with arguments in it.

use crate::report::Report;
use crate::{message, parameters};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::{Expr, ExprLit, Lit, LitStr, Member, Signature};

#[derive(Clone)]
pub(crate) enum Name {
    Constant(TokenStream),
    Template(Template),
}

/// `"load {id} of {self.store}"`
#[derive(Clone)]
pub(crate) struct Template {
    literal: Literal,
    pieces: Vec<Piece>,
}

#[derive(Clone)]
enum Piece {
    Text(String),
    /// `{fn}`
    Function,
    /// The first word, the whole path, and what follows the colon.
    Argument {
        first: Ident,
        path: TokenStream,
        format: String,
    },
}

impl Name {
    pub(crate) fn parse(value: &Expr) -> syn::Result<Self> {
        match value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().is_empty() => {
                Err(syn::Error::new_spanned(text, message::EMPTY_NAME))
            }
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().contains(['{', '}']) => {
                Ok(Self::Template(Template { literal: text.token(), pieces: pieces(text)? }))
            }
            Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => Ok(Self::Constant(value.to_token_stream())),
            Expr::Lit(other) => Err(syn::Error::new_spanned(other, message::NAME_VALUE)),
            _ => Ok(Self::Constant(value.to_token_stream())),
        }
    }

    /// Where it was written.
    pub(crate) fn tokens(&self) -> TokenStream {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Template(template) => template.literal.to_token_stream(),
        }
    }

    /// What is wrong with it as the default of a block's functions.
    pub(crate) fn check_for_block(&self) -> Option<&'static str> {
        let Self::Template(template) = self else { return Some(message::NAME_ON_BLOCK) };
        if template.pieces.iter().any(|piece| matches!(piece, Piece::Argument { .. })) {
            return Some(message::TEMPLATE_ON_BLOCK);
        }
        let has_function = template.pieces.iter().any(|piece| matches!(piece, Piece::Function));
        (!has_function).then_some(message::NAME_ON_BLOCK)
    }

    /// Whether each argument in it is one of the function's.
    pub(crate) fn check_arguments(&self, sig: &Signature, report: &mut Report) {
        let Self::Template(template) = self else { return };
        let names = parameters::names(sig);
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        for piece in &template.pieces {
            if let Piece::Argument { first, .. } = piece {
                let word = first.to_string();
                let is_static = word.chars().all(|sign| !sign.is_lowercase());
                if !is_static && !known.contains(&word.as_str()) {
                    report.at(&template.literal, message::unknown_argument(&word, &known));
                }
            }
        }
    }

    /// The name that the callsite has.
    pub(crate) fn constant(&self, function: &Ident) -> TokenStream {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Template(template) => {
                let mut name = Literal::string(&template.text(function));
                name.set_span(template.literal.span());
                name.to_token_stream()
            }
        }
    }

    /// The arguments of `format_args!` for the name of each span, if it differs from call to call.
    pub(crate) fn format(&self, function: &Ident) -> Option<TokenStream> {
        let Self::Template(template) = self else { return None };
        let mut format = String::new();
        let mut paths = Vec::new();
        for piece in &template.pieces {
            match piece {
                Piece::Text(text) => format.push_str(&text.replace('{', "{{").replace('}', "}}")),
                Piece::Function => format.push_str(&function.unraw().to_string()),
                Piece::Argument { path, format: how, .. } => {
                    let colon = if how.is_empty() { "" } else { ":" };
                    format.extend(["{", colon, how, "}"]);
                    paths.push(path);
                }
            }
        }
        let mut format = Literal::string(&format);
        format.set_span(template.literal.span());
        (!paths.is_empty()).then(|| quote!(#format #(, #paths)*))
    }
}

impl Template {
    /// The name with its placeholders: of few different values, as a name should be.
    fn text(&self, function: &Ident) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Function => function.unraw().to_string(),
            Piece::Argument { path, .. } => format!("{{{}}}", path.to_string().replace(' ', "")),
        };
        self.pieces.iter().map(piece).collect()
    }
}

fn pieces(literal: &LitStr) -> syn::Result<Vec<Piece>> {
    let mistake = |message| syn::Error::new_spanned(literal, message);
    let text = literal.value();
    let mut rest = text.as_str();
    let mut pieces = Vec::new();
    while let Some(at) = rest.find(['{', '}']) {
        let brace = &rest[at..];
        let doubled = brace.starts_with("{{") || brace.starts_with("}}");
        let kept = if doubled { at + 1 } else { at };
        if kept > 0 {
            pieces.push(Piece::Text(rest[..kept].to_owned()));
        }
        if doubled {
            rest = &brace[2..];
            continue;
        }
        let inside = brace.strip_prefix('{').ok_or_else(|| mistake(message::BRACE_CLOSE))?;
        let (inside, after) = inside.split_once('}').ok_or_else(|| mistake(message::BRACE_OPEN))?;
        pieces.push(placeholder(literal, inside)?);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

fn placeholder(literal: &LitStr, inside: &str) -> syn::Result<Piece> {
    let mistake = |message| syn::Error::new_spanned(literal, message);
    let (path, format) = inside.split_once(':').unwrap_or((inside, ""));
    match path.trim() {
        "" => return Err(mistake(message::PLACEHOLDER_EMPTY)),
        "fn" if format.is_empty() => return Ok(Piece::Function),
        _ => {}
    }
    // Tokens with the place and the scope of the literal.
    let part = |part: &str| LitStr::new(part.trim(), literal.span()).parse::<Member>();
    let mut parts = path.split('.').map(|text| part(text).map_err(|_| mistake(message::PLACEHOLDER)));
    let first = match path.split('.').next().unwrap_or_default().trim() {
        "self" => Ident::new("self", literal.span()),
        _ => match parts.next().transpose()? {
            Some(Member::Named(first)) => first,
            _ => return Err(mistake(message::PLACEHOLDER)),
        },
    };
    let rest = parts.skip(usize::from(first == "self")).collect::<syn::Result<Vec<_>>>()?;
    Ok(Piece::Argument { path: quote!(#first #(.#rest)*), first, format: format.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Span;

    fn name(text: &str) -> Result<(String, Option<String>), String> {
        let literal: Expr = syn::parse_str(&format!("{text:?}")).map_err(|error| error.to_string())?;
        let name = Name::parse(&literal).map_err(|error| error.to_string())?;
        let function = Ident::new("load", Span::call_site());
        Ok((name.constant(&function).to_string(), name.format(&function).map(|tokens| tokens.to_string())))
    }

    #[test]
    fn placeholders_become_arguments_of_a_format() {
        assert_eq!(name("plain"), Ok(("\"plain\"".into(), None)));
        assert_eq!(name("db.{fn}"), Ok(("\"db.load\"".into(), None)));
        assert_eq!(name("{{x}}"), Ok(("\"{x}\"".into(), None)));
        let expected = (r#""get {id} {self.a}""#.into(), Some(r#""get {:03} {}" , id , self . a"#.into()));
        assert_eq!(name("get {id:03} {self.a}"), Ok(expected));
        assert_eq!(name("{t.0.1}").map(|name| name.1), Ok(Some(r#""{}" , t . 0 . 1"#.into())));
    }

    #[test]
    fn wrong_placeholders_are_refused() {
        assert_eq!(name("a {"), Err(message::BRACE_OPEN.into()));
        assert_eq!(name("a }"), Err(message::BRACE_CLOSE.into()));
        assert_eq!(name("a {}"), Err(message::PLACEHOLDER_EMPTY.into()));
        assert_eq!(name("a {x + 1}"), Err(message::PLACEHOLDER.into()));
        assert_eq!(name("{fn:?}"), Err(message::PLACEHOLDER.into()));
        assert_eq!(name(""), Err(message::EMPTY_NAME.into()));
    }
}
