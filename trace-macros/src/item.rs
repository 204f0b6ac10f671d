//! The code under an attribute, parsed no further than needed: function bodies stay as they are,
//! so that half-typed code still expands.

use crate::body::with_braces;
use crate::field::{self, Field};
use crate::report::Report;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::buffer::Cursor;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, Signature, Token, Visibility};

/// An item of a file, or of an `impl`, `trait` or module.
pub(crate) enum Item {
    Function(Box<Function>),
    Block(Box<Block>),
    /// Anything else.
    Other(Other),
}

pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    /// Visibility and `default`.
    pub(crate) before: TokenStream,
    /// Without the `#[field]` attributes of its parameters.
    pub(crate) sig: Signature,
    /// The same as tokens: as it was written, if it had none.
    pub(crate) head: TokenStream,
    /// What those say, and what is wrong with them.
    pub(crate) fields: Vec<Field>,
    pub(crate) field_mistakes: Option<syn::Error>,
    pub(crate) body: Option<Group>,
    /// Instead of a body.
    pub(crate) semi: Option<Token![;]>,
}

/// Something with items in braces.
pub(crate) struct Block {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) kind: BlockKind,
    /// Everything before the braces.
    pub(crate) header: TokenStream,
    pub(crate) braces: Group,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockKind {
    Impl,
    /// `impl Trait for Type`
    TraitImpl,
    Trait,
    Module,
}

pub(crate) struct Other {
    pub(crate) kind: OtherKind,
    /// All of it, attributes included.
    pub(crate) tokens: TokenStream,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum OtherKind {
    FileModule,
    Macro,
    Extern,
    /// Begins with this word.
    Item(String),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let begin = input.cursor();
        let attrs = input.call(Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;
        let mut before = vis.into_token_stream();
        if input.peek(Token![default]) && !input.peek2(Token![!]) {
            input.parse::<Token![default]>()?.to_tokens(&mut before);
        }
        if is_function(input) {
            let begin = input.cursor();
            let mut sig = input.parse()?;
            let written = between(begin, input.cursor());
            let mut report = Report::default();
            let fields = field::of_parameters(&mut sig, &mut report);
            let is_as_written = fields.is_empty() && report.is_empty();
            let head = if is_as_written { written } else { sig.to_token_stream() };
            let field_mistakes = report.into_error();
            let semi: Option<Token![;]> = input.parse()?;
            let body = if semi.is_some() { None } else { Some(group(input)?) };
            let function = Function { attrs, before, sig, head, fields, field_mistakes, body, semi };
            return Ok(Self::Function(Box::new(function)));
        }
        let keyword = keyword(input);
        let is_extern_crate = input.peek(Token![extern]) && input.peek2(Token![crate]);
        let kind = match keyword.as_deref() {
            Some("impl") => Some(BlockKind::Impl),
            Some("trait") => Some(BlockKind::Trait),
            Some("mod") => Some(BlockKind::Module),
            _ => None,
        };
        if let Some(kind) = kind {
            let mut header = before;
            if let Some(braces) = header_and_braces(input, &mut header)? {
                let of_trait = kind == BlockKind::Impl && names_trait(&header);
                let kind = if of_trait { BlockKind::TraitImpl } else { kind };
                return Ok(Self::Block(Box::new(Block { attrs, kind, header, braces })));
            }
        } else {
            skip(input, keyword.as_deref())?;
        }
        let kind = match keyword.as_deref() {
            Some("mod") => OtherKind::FileModule,
            Some("extern") if !is_extern_crate => OtherKind::Extern,
            Some("!") => OtherKind::Macro,
            word => OtherKind::Item(word.unwrap_or_default().to_owned()),
        };
        Ok(Self::Other(Other { kind, tokens: between(begin, input.cursor()) }))
    }
}

impl Item {
    /// Parses what is under an attribute, without a look into its last braces: those are most of it.
    pub(crate) fn of(tokens: &TokenStream) -> syn::Result<Self> {
        let mut shallow: Vec<TokenTree> = tokens.clone().into_iter().collect();
        if let Some(TokenTree::Group(last)) = shallow.last_mut().filter(|last| is_braces(last)) {
            let braces = std::mem::replace(last, with_braces(last, TokenStream::new()));
            match syn::parse2(shallow.into_iter().collect())? {
                Self::Function(mut function) if function.body.is_some() => {
                    function.body = Some(braces);
                    return Ok(Self::Function(function));
                }
                Self::Block(block) => return Ok(Self::Block(Box::new(Block { braces, ..*block }))),
                _ => {}
            }
        }
        syn::parse2(tokens.clone())
    }

    pub(crate) fn attrs(&self) -> &[Attribute] {
        match self {
            Self::Function(function) => &function.attrs,
            Self::Block(block) => &block.attrs,
            Self::Other(_) => &[],
        }
    }

    pub(crate) fn attrs_mut(&mut self) -> Option<&mut Vec<Attribute>> {
        match self {
            Self::Function(function) => Some(&mut function.attrs),
            Self::Block(block) => Some(&mut block.attrs),
            Self::Other(_) => None,
        }
    }
}

fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// The tokens from one place of the input to another.
pub(crate) fn between(mut at: Cursor<'_>, end: Cursor<'_>) -> TokenStream {
    let mut tokens = Vec::new();
    while at != end {
        let Some((token, next)) = at.token_tree() else { break };
        tokens.push(token);
        at = next;
    }
    tokens.into_iter().collect()
}

/// The items inside braces, after their inner attributes.
pub(crate) struct Items {
    pub(crate) inner: TokenStream,
    pub(crate) items: Vec<Member>,
}

/// One of them, and how it was written.
pub(crate) struct Member {
    pub(crate) item: Item,
    pub(crate) raw: TokenStream,
}

impl Parse for Items {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let inner = input.call(Attribute::parse_inner)?;
        let mut items = Vec::new();
        while !input.is_empty() {
            match input.cursor().token_tree() {
                // An `$item:item` of `macro_rules!` comes in a group without delimiters.
                Some((TokenTree::Group(group), _)) if group.delimiter() == Delimiter::None => {
                    input.parse::<TokenTree>()?;
                    items.extend(syn::parse2::<Self>(group.stream())?.items);
                }
                _ => {
                    let begin = input.cursor();
                    let item = input.parse()?;
                    items.push(Member { item, raw: between(begin, input.cursor()) });
                }
            }
        }
        Ok(Self { inner: quote!(#(#inner)*), items })
    }
}

/// Whether `fn` follows after its qualifiers.
fn is_function(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    loop {
        if ahead.peek(Token![fn]) {
            return true;
        }
        if ahead.peek(Token![extern]) {
            let _ = ahead.parse::<Token![extern]>();
            let _ = ahead.parse::<Option<syn::LitStr>>();
        } else if ahead.peek(Token![const]) || ahead.peek(Token![async]) || ahead.peek(Token![unsafe]) {
            let _ = ahead.call(<Ident as syn::ext::IdentExt>::parse_any);
        } else {
            return false;
        }
    }
}

/// The word that says what the item is; `!` for a macro call.
fn keyword(input: ParseStream<'_>) -> Option<String> {
    let ahead = input.fork();
    loop {
        if let Ok(word) = ahead.call(<Ident as syn::ext::IdentExt>::parse_any) {
            match word.to_string().as_str() {
                "unsafe" | "auto" => {}
                _ if ahead.peek(Token![!]) || ahead.peek(Token![::]) => return Some("!".into()),
                word => return Some(word.to_owned()),
            }
        } else if ahead.peek(Token![::]) {
            return Some("!".into());
        } else {
            return None;
        }
    }
}

fn group(input: ParseStream<'_>) -> syn::Result<Group> {
    let mut token: TokenTree = input.parse()?;
    loop {
        match token {
            // A `$body:block` of `macro_rules!` comes in a group without delimiters.
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => token = syn::parse2(group.stream())?,
            TokenTree::Group(group) => return Ok(group),
            other => return Err(syn::Error::new_spanned(other, "expected braces")),
        }
    }
}

/// Moves tokens up to the braces into `header`; `None` if a `;` ends the item first.
/// Braces inside `<..>` are const generic arguments.
fn header_and_braces(input: ParseStream<'_>, header: &mut TokenStream) -> syn::Result<Option<Group>> {
    let mut depth = 0usize;
    let mut previous = ' ';
    loop {
        let token: TokenTree = input.parse()?;
        match &token {
            TokenTree::Group(group) if depth == 0 && group.delimiter() == Delimiter::Brace => {
                return Ok(Some(group.clone()));
            }
            TokenTree::Punct(punct) => {
                match punct.as_char() {
                    '<' => depth += 1,
                    '>' if previous != '-' && previous != '=' => depth = depth.saturating_sub(1),
                    ';' => return Ok(None),
                    _ => {}
                }
                previous = punct.as_char();
            }
            _ => previous = ' ',
        }
        header.extend([token]);
    }
}

/// Whether the header of an `impl` has a `for` that is not one of `for<'a>`.
fn names_trait(header: &TokenStream) -> bool {
    let mut tokens = header.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_for = matches!(&token, TokenTree::Ident(word) if word == "for");
        if is_for && !matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '<') {
            return true;
        }
    }
    false
}

/// Moves past an item that has no functions of its own to trace.
fn skip(input: ParseStream<'_>, keyword: Option<&str>) -> syn::Result<()> {
    // These end with `;` whatever braces they hold; the others end with the first braces or `;`.
    let to_semicolon = matches!(keyword, Some("const" | "static" | "use" | "type"));
    while !input.is_empty() {
        let token: TokenTree = input.parse()?;
        let ends = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => !to_semicolon && group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        if ends {
            return Ok(());
        }
    }
    Ok(())
}
