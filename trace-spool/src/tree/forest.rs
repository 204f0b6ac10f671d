//! The spans of one trace under their parents. Files may say anything: two spans with one id, or parents in a ring.

use crate::shown::Shown;
use std::collections::{HashMap, HashSet};

pub(crate) struct Forest {
    /// By their start.
    pub(crate) spans: Vec<Shown>,
    /// Spans that were there twice.
    pub(crate) copies: usize,
    /// Taken out as they are shown, so that nobody is shown twice.
    children: HashMap<u64, Vec<usize>>,
    shown: Vec<bool>,
    /// All before it are shown.
    done: usize,
    top: Vec<Top>,
}

/// What stands at the left.
#[derive(Clone)]
pub(crate) enum Top {
    Span(usize),
    /// A parent that is not here, and its children.
    Missing {
        id: u64,
        is_remote: bool,
        children: Vec<usize>,
    },
    /// Somewhere in a ring of parents.
    Ring(usize),
}

impl Forest {
    pub(crate) fn new(mut spans: Vec<Shown>) -> Self {
        spans.sort_by(|a, b| (a.start, a.id, &a.name, a.end).cmp(&(b.start, b.id, &b.name, b.end)));
        let before = spans.len();
        spans.dedup();
        let copies = before - spans.len();
        let ids: HashSet<u64> = spans.iter().map(|span| span.id).collect();
        let mut top = Vec::new();
        let mut missing: HashMap<u64, usize> = HashMap::new();
        let mut children: HashMap<u64, Vec<usize>> = HashMap::new();
        for (at, span) in spans.iter().enumerate() {
            match span.parent {
                None => top.push(Top::Span(at)),
                Some(parent) if ids.contains(&parent) => children.entry(parent).or_default().push(at),
                Some(id) => {
                    let place = *missing.entry(id).or_insert(top.len());
                    match top.get_mut(place) {
                        Some(Top::Missing { children, .. }) => children.push(at),
                        _ => top.push(Top::Missing { id, is_remote: span.has_remote_parent, children: vec![at] }),
                    }
                }
            }
        }
        let shown = vec![false; spans.len()];
        Self { spans, copies, children, shown, done: 0, top }
    }

    /// What stands at the left, by its start; then, again and again, what is left because its parents are a ring.
    pub(crate) fn next_top(&mut self) -> Option<Vec<Top>> {
        if !self.top.is_empty() {
            return Some(std::mem::take(&mut self.top));
        }
        self.done += self.shown.get(self.done..)?.iter().position(|shown| !shown)?;
        Some(vec![Top::Ring(self.done)])
    }

    pub(crate) fn mark_shown(&mut self, at: usize) {
        self.shown[at] = true;
    }

    pub(crate) fn has_children(&self, at: usize) -> bool {
        self.children.contains_key(&self.spans[at].id)
    }

    /// Those that are not shown yet.
    pub(crate) fn take_children(&mut self, at: usize) -> Vec<usize> {
        let mut children = self.children.remove(&self.spans[at].id).unwrap_or_default();
        children.retain(|child| !self.shown[*child]);
        children
    }

    /// Takes them and all below them for shown, and counts them.
    pub(crate) fn skip(&mut self, spans: Vec<usize>) -> u64 {
        let (mut rest, mut count) = (spans, 0);
        while let Some(at) = rest.pop() {
            if !std::mem::replace(&mut self.shown[at], true) {
                count += 1;
                rest.extend(self.take_children(at));
            }
        }
        count
    }
}
