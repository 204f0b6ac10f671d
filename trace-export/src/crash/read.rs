//! Reading the crash file of a process that is gone, as batches.

use super::entry;
use super::format::{Extent, HEADER, Header, Kind, Unreadable};
use crate::batch::Batch;
use crate::encode::Encoder;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use trace_runtime::export::{Record, Remains, SLOT_WORDS, bytes_of, words_of};

/// Slots read at a time.
const SLOTS: usize = 64;
/// No process says more of its callsites; what a damaged file says is not believed.
const WORDS_MAX: usize = 16 << 20;

/// The file of a process that has died, or at least of another one.
pub(crate) struct DeadFile {
    file: File,
    header: Vec<AtomicU64>,
}

/// Some of its spans.
pub(crate) struct Portion {
    pub(crate) batch: Batch,
    /// Once the batch has its outcome, these bytes go to these places of the file: then nobody finds its spans there again.
    settled: Vec<(u64, Vec<u8>)>,
}

/// What was found.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Found {
    pub(crate) finished: u64,
    /// Spans that were open when the process died.
    pub(crate) open: u64,
    /// Spans that do not check out, as far as their number can be known.
    pub(crate) damaged: u64,
    /// Parts of the file that are missing or cannot be read.
    pub(crate) damaged_parts: u64,
}

impl Found {
    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged + self.damaged_parts > 0
    }
}

type Take<'a> = &'a mut dyn FnMut(Portion, &File) -> io::Result<()>;

impl DeadFile {
    pub(crate) fn open(file: File) -> io::Result<Result<Self, Unreadable>> {
        let header = words_of(&read(&file, 0, HEADER)?);
        Ok(match Header::new(&header).ok_or(Unreadable::Damaged).and_then(Header::check) {
            Ok(()) => Ok(Self { file, header }),
            Err(why) => Err(why),
        })
    }

    /// Its process, and when that began: nanoseconds since the Unix epoch.
    pub(crate) fn origin(&self) -> (u32, u64) {
        Header::new(&self.header).map_or((0, 0), Header::origin)
    }

    /// Passes on its spans that have no outcome, the open ones last. What `take` refuses ends it. Changes nothing.
    pub(crate) fn read(&self, batch_spans: u32, take: Take<'_>) -> io::Result<Found> {
        let extents: Vec<_> = Header::new(&self.header).into_iter().flat_map(Header::extents).collect();
        let mut found = Found {
            damaged_parts: extents.iter().filter(|extent| extent.is_none()).count() as u64,
            ..Found::default()
        };
        let extents: Vec<_> = extents.into_iter().flatten().collect();
        let encoder = self.encoder(&extents, batch_spans, &mut found)?;
        let clock = Header::new(&self.header).and_then(Header::clock);
        let Some(mut remains) = clock.and_then(|clock| Remains::new(&clock)) else {
            // Without it, nothing has a time. It is there before the first span.
            found.damaged_parts += u64::from(!extents.is_empty());
            return Ok(found);
        };
        for slots in extents.iter().filter(|extent| extent.kind == Kind::Slots) {
            self.look_at_slots(*slots, &mut remains, &mut found)?;
        }
        let mut reading = Reading { file: &self.file, encoder, settled: Vec::new(), found, take, ended: Ok(()) };
        for extent in &extents {
            if let Kind::Chunks(class) = extent.kind {
                for nth in 0..extent.bytes / (8 << class) {
                    let start = extent.start + nth * (8 << class);
                    let words = words_of(&read(&self.file, start, 8 << class)?);
                    reading.found.damaged_parts += u64::from(words.len() < 1 << class);
                    reading.read_chunk(&words, start as u64, &mut remains)?;
                }
            }
        }
        remains.take_open(&mut |record, place| reading.take_open(record, place));
        reading.pass_on()?;
        reading.ended?;
        Ok(reading.found)
    }

    /// With what its callsites say.
    fn encoder(&self, extents: &[Extent], batch_spans: u32, found: &mut Found) -> io::Result<Encoder> {
        let (mut resource, mut described) = (Vec::new(), Vec::new());
        let mut left = WORDS_MAX;
        for extent in extents.iter().filter(|extent| extent.kind == Kind::Words) {
            let bytes = read(&self.file, extent.start, extent.bytes.min(left))?;
            left -= bytes.len();
            let is_short = bytes.len() < extent.bytes;
            let entries = entry::read(&words_of(&bytes));
            found.damaged_parts += u64::from(is_short || entries.iter().any(Option::is_none));
            for (number, content) in entries.into_iter().flatten() {
                match number {
                    entry::RESOURCE => resource = content,
                    _ => described.extend(entry::described(&content).map(|described| (number, described))),
                }
            }
        }
        let mut encoder = Encoder::new(resource, batch_spans);
        for (number, described) in described {
            encoder.learn(number, described);
        }
        Ok(encoder)
    }

    fn look_at_slots(&self, extent: Extent, remains: &mut Remains, found: &mut Found) -> io::Result<()> {
        let end = extent.start + extent.bytes;
        for start in (extent.start..end).step_by(SLOTS * SLOT_WORDS * 8) {
            let bytes = (end - start).min(SLOTS * SLOT_WORDS * 8);
            let words = words_of(&read(&self.file, start, bytes)?);
            for (nth, slot) in words.chunks_exact(SLOT_WORDS).enumerate() {
                let place = (start + nth * SLOT_WORDS * 8) as u64;
                found.damaged += u64::from(!remains.look_at_slot(slot, place));
            }
            if words.len() * 8 < bytes {
                found.damaged_parts += 1;
                return Ok(());
            }
        }
        Ok(())
    }
}

/// As many of these bytes as the file has.
fn read(file: &File, start: usize, bytes: usize) -> io::Result<Vec<u8>> {
    let left = file.metadata()?.len().saturating_sub(start as u64);
    let mut content = vec![0; (bytes as u64).min(left) as usize];
    match file.read_exact_at(&mut content, start as u64) {
        // It became shorter this very moment.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Vec::new()),
        other => other.map(|()| content),
    }
}

struct Reading<'a> {
    file: &'a File,
    encoder: Encoder,
    settled: Vec<(u64, Vec<u8>)>,
    found: Found,
    take: Take<'a>,
    /// Whoever takes has had enough.
    ended: io::Result<()>,
}

impl Reading<'_> {
    fn read_chunk(&mut self, words: &[AtomicU64], start: u64, remains: &mut Remains) -> io::Result<()> {
        let mut pushed: Option<Range<usize>> = None;
        let damaged = remains.read_chunk(words, &mut |found| {
            if found.is_settled || self.ended.is_err() {
                return;
            }
            match self.encoder.push_found(&found.record) {
                None => self.found.damaged += 1,
                Some(is_time) => {
                    self.found.finished += 1;
                    let range = pushed.get_or_insert(found.at.clone());
                    // What lies between was settled before, or does not check out.
                    range.end = found.at.end;
                    if is_time {
                        self.settle(words, start, pushed.take());
                        self.ended = self.pass_on();
                    }
                }
            }
        });
        self.found.damaged += damaged;
        self.settle(words, start, pushed);
        std::mem::replace(&mut self.ended, Ok(()))
    }

    fn settle(&mut self, words: &[AtomicU64], start: u64, records: Option<Range<usize>>) {
        if let Some(records) = records {
            Remains::settle(words, records.clone());
            self.settled.push((start + 8 * records.start as u64, bytes_of(&words[records])));
        }
    }

    fn take_open(&mut self, record: &Record<'_>, place: u64) {
        if self.ended.is_err() {
            return;
        }
        match self.encoder.push_found(record) {
            None => self.found.damaged += 1,
            Some(is_time) => {
                self.found.open += 1;
                let first = read(self.file, place as usize, 8).map(|bytes| words_of(&bytes));
                let closed = first.iter().flatten().map(|word| AtomicU64::new(Remains::close(word.load(Relaxed))));
                self.settled.push((place, bytes_of(&closed.collect::<Vec<_>>())));
                if is_time {
                    self.ended = self.pass_on();
                }
            }
        }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let settled = std::mem::take(&mut self.settled);
        match self.encoder.take() {
            Some(batch) => (self.take)(Portion { batch, settled }, self.file),
            None => Ok(()),
        }
    }
}

impl Portion {
    /// Where in the file its first span is.
    pub(crate) fn place(&self) -> u64 {
        self.settled.first().map_or(0, |(at, _)| *at)
    }

    /// The batch has its outcome.
    pub(crate) fn settle(&self, file: &File) -> io::Result<()> {
        self.settled.iter().try_for_each(|(at, bytes)| file.write_all_at(bytes, *at))
    }
}
