//! `tree`: the traces over all files.

mod forest;
mod render;

use crate::Ended;
use crate::options::Options;
use crate::out::{Out, Problem, note};
use crate::shown::{self, Shown};
use crate::source;
use forest::Forest;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use trace_export::stored::{Content, Request};

pub(crate) fn run(options: &Options, out: &mut Out) -> Result<Ended, Problem> {
    let files = source::files(options)?;
    let mut traces = Traces::default();
    let (mut all_well, mut left_out) = (true, 0);
    // What came last says most.
    for file in files.iter().rev().filter(|file| options.reads(file)) {
        if traces.count >= options.limit {
            left_out += 1;
        } else if let Some(content) = source::read(file, &mut all_well) {
            let whole = traces.take(&content, options);
            left_out += usize::from(!whole);
        }
    }
    if left_out > 0 {
        all_well = false;
        let limit = options.limit;
        note(&format!("{left_out} files have more spans than the {limit} of --limit: name a file, or say --trace"));
    }
    let mut traces: Vec<_> = traces.spans.into_iter().collect();
    if traces.is_empty() {
        note("there are no spans to show");
    }
    traces.sort_by_cached_key(|(id, spans)| (spans.iter().map(|span| span.start).min(), *id));
    for (nth, (id, spans)) in traces.into_iter().enumerate() {
        if nth > 0 {
            out.text("\n")?;
        }
        render::trace(out, id, &mut Forest::new(spans), options)?;
    }
    Ok(if all_well { Ended::Well } else { Ended::NotAllWell })
}

#[derive(Default)]
struct Traces {
    spans: HashMap<u128, Vec<Shown>>,
    /// Names of services, each once.
    services: HashSet<Arc<str>>,
    count: usize,
}

impl Traces {
    /// `false`: not all of its spans, as they are too many.
    fn take(&mut self, content: &Content, options: &Options) -> bool {
        for stored in content.requests().iter().flat_map(Request::spans) {
            let trace = stored.span.context().trace_id;
            if !options.trace.is_empty() && !trace.to_string().starts_with(&options.trace) {
                continue;
            }
            if self.count >= options.limit {
                return false;
            }
            self.count += 1;
            let service = shown::service(&stored).map(|name| self.service(name));
            let span = Shown::new(&stored, &options.attributes, service);
            self.spans.entry(trace.to_u128()).or_default().push(span);
        }
        true
    }

    fn service(&mut self, name: String) -> Arc<str> {
        if let Some(known) = self.services.get(name.as_str()) {
            return known.clone();
        }
        let name: Arc<str> = name.into();
        self.services.insert(name.clone());
        name
    }
}
