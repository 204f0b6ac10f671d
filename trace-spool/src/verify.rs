//! `verify`: whether every file is what was written.

use crate::Ended;
use crate::options::Options;
use crate::out::{Out, Problem};
use crate::source;
use crate::text::{count, name, one_line};
use trace_export::stored::{self, FileKind, StoredFile, Unreadable};

/// What became of a file's check.
enum Verdict {
    Good(u64),
    /// Nothing can be said yet, and nothing is wrong.
    Fine(String),
    Bad(String),
}

pub(crate) fn run(options: &Options, out: &mut Out) -> Result<Ended, Problem> {
    let files = source::files(options)?;
    let (mut good, mut spans, mut bad) = (0, 0, 0);
    for dir in options.paths.iter().filter(|path| path.is_dir()) {
        if let Err(why) = stored::check_directory(dir) {
            bad += 1;
            out.line(format_args!("BAD   {}  no program of this user uses it: {why}", name(dir)))?;
        }
    }
    for file in files.iter().filter(|file| options.wants(file, &crate::options::KINDS) || options.reads(file)) {
        let path = name(&file.path);
        match check(file) {
            Verdict::Good(count) => {
                (good, spans) = (good + 1, spans + count);
                out.line(format_args!("ok    {path}"))?;
            }
            Verdict::Fine(why) => out.line(format_args!("-     {path}  {}", one_line(&why)))?,
            Verdict::Bad(why) => {
                bad += 1;
                out.line(format_args!("BAD   {path}  {}", one_line(&why)))?;
            }
        }
    }
    let bad_ones = if bad > 0 { format!(", {bad} bad") } else { String::new() };
    out.line(format_args!("{} with {} ok{bad_ones}", count(good, "file"), count(spans, "span")))?;
    Ok(if bad == 0 { Ended::Well } else { Ended::NotAllWell })
}

fn check(file: &StoredFile) -> Verdict {
    if file.kind == FileKind::Unfinished {
        let why = if file.is_held() { "is being written" } else { "its writer died; the next program removes it" };
        return Verdict::Fine(why.to_owned());
    }
    if file.kind == FileKind::Crash && file.is_held() {
        return Verdict::Fine("its process is alive".to_owned());
    }
    match file.read() {
        Ok(content) => match content.damage() {
            None => Verdict::Good(content.span_count()),
            Some(damage) => Verdict::Bad(format!("damaged: {damage}")),
        },
        // The checksum means the same in every version.
        Err(why @ (Unreadable::UnknownVersion(_) | Unreadable::Gone)) => Verdict::Fine(why.to_string()),
        Err(why) => Verdict::Bad(why.to_string()),
    }
}
