//! `list`: the files, what they are, and whether they check out.

use crate::Ended;
use crate::options::Options;
use crate::out::{Out, Problem};
use crate::source;
use crate::text::{age, count, name, one_line, size, until};
use trace_export::stored::{FileKind, StoredFile};

pub(crate) fn run(options: &Options, out: &mut Out) -> Result<Ended, Problem> {
    let files = source::files(options)?;
    let (mut spans, mut bytes, mut all_well) = (0, 0, true);
    if !files.is_empty() {
        out.line(format_args!("{:<11}  {:>9}  {:>8}  {:>10}  file", "kind", "age", "spans", "size"))?;
    }
    for file in &files {
        bytes += file.bytes;
        let (kind, age, size) = (file.kind.name(), age(file.age()), size(file.bytes));
        let (remark, found) = remark(file, &mut all_well);
        let said = file.spans.or(found);
        spans += said.unwrap_or(0);
        let said = said.map_or_else(String::new, |spans| spans.to_string());
        let remark = if remark.is_empty() { remark } else { format!("  ({})", one_line(&remark)) };
        out.line(format_args!("{kind:<11}  {age:>9}  {said:>8}  {size:>10}  {}{remark}", name(&file.path)))?;
    }
    let (files, spans) = (count(files.len() as u64, "file"), count(spans, "span"));
    out.line(format_args!("{files}, {spans}, {}", size(bytes)))?;
    Ok(if all_well { Ended::Well } else { Ended::NotAllWell })
}

/// What a name does not say, and how many spans are in the file, if it was read.
fn remark(file: &StoredFile, all_well: &mut bool) -> (String, Option<u64>) {
    let state = match file.kind {
        FileKind::Leased { until: then } if file.is_held() => format!("somebody sends it, {}", until(then)),
        FileKind::Leased { until: then } => format!("nobody sends it, its lease {}", until(then)),
        FileKind::Unfinished if file.is_held() => return ("is being written".to_owned(), None),
        FileKind::Unfinished => return ("its writer died".to_owned(), None),
        FileKind::Crash if file.is_held() => return ("its process is alive".to_owned(), None),
        FileKind::Destination => return ("where to send".to_owned(), None),
        FileKind::Other => return ("none of ours".to_owned(), None),
        _ => String::new(),
    };
    let (content, spans) = match file.read() {
        Ok(content) => (content.damage().map(|damage| format!("damaged: {damage}")), Some(content.span_count())),
        Err(why) => (Some(why.to_string()), None),
    };
    *all_well &= content.is_none();
    let parts: Vec<_> = [Some(state), content].into_iter().flatten().filter(|part| !part.is_empty()).collect();
    (parts.join("; "), spans)
}
