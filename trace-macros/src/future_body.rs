//! Functions whose whole body is a future.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A body that is nothing but `async move { .. }` or `Box::pin(async move { .. })`.
pub(crate) struct FutureBody {
    /// `Box::pin`
    pub(crate) before: TokenStream,
    /// The parentheses after it.
    pub(crate) boxed: Option<Group>,
    /// `async move`
    pub(crate) keywords: TokenStream,
    /// The braces.
    pub(crate) block: Group,
}

impl FutureBody {
    /// If the body of these tokens is one.
    pub(crate) fn of(tokens: &[TokenTree]) -> Option<Self> {
        if let Some((keywords, block)) = async_block(tokens) {
            return Some(Self { before: TokenStream::new(), boxed: None, keywords, block });
        }
        let (last, path) = tokens.split_last()?;
        let TokenTree::Group(parens) = last else { return None };
        if parens.delimiter() != Delimiter::Parenthesis || !is_box_pin(path) {
            return None;
        }
        let inner: Vec<TokenTree> = parens.stream().into_iter().collect();
        let (keywords, block) = async_block(&inner)?;
        Some(Self { before: path.iter().cloned().collect(), boxed: Some(parens.clone()), keywords, block })
    }
}

/// `async move {..}`, and nothing else.
fn async_block(tokens: &[TokenTree]) -> Option<(TokenStream, Group)> {
    let [TokenTree::Ident(first), TokenTree::Ident(second), TokenTree::Group(block)] = tokens else { return None };
    let fits = first == "async" && second == "move" && block.delimiter() == Delimiter::Brace;
    fits.then(|| (tokens[..2].iter().cloned().collect(), block.clone()))
}

/// A path that ends in `Box::pin`.
fn is_box_pin(tokens: &[TokenTree]) -> bool {
    let is_colon = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':');
    let [before @ .., TokenTree::Ident(boxed), first, second, TokenTree::Ident(pin)] = tokens else { return false };
    let is_path = before.iter().all(|token| is_colon(token) || matches!(token, TokenTree::Ident(_)));
    is_path
        && before.last().is_none_or(is_colon)
        && is_colon(first)
        && is_colon(second)
        && boxed == "Box"
        && pin == "pin"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::tests::tokens;

    #[test]
    fn a_body_that_is_one_future_is_recognised() {
        let found = |code: &str| FutureBody::of(&tokens(code)).is_some();
        assert!(found("async move { 1 }"));
        assert!(found("Box::pin(async move { 1 })"));
        assert!(found("::std::boxed::Box::pin(async move { 1 })"));
        assert!(!found("work(); Box::pin(async move { 1 })"));
        assert!(!found("MyBox::pin(async move { 1 })"));
        assert!(!found("async move { 1 }.boxed()"));
    }
}
