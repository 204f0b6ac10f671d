//! The crash file of the running process.

use super::entry;
use super::format::{EXTENTS_MAX, Extent, HEADER, HEADER_WORDS, Header, Kind, LARGEST_CLASS, PAGE};
use crate::control::lock;
use crate::spool::{Directory, Disk as _};
use crate::sys::{self, Mapping};
use crate::template::Described;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use trace_runtime::Callsite;
use trace_runtime::export::CrashMemory;

/// Addresses for the file: for all slots and chunks that the runtime takes, and all callsites.
const RESERVED: usize = 192 << 20;
/// Chunks are made as many at a time as fit into this.
const CHUNKS_BYTES: usize = 256 << 10;
/// And so is room for what callsites say.
const WORDS_BYTES: usize = 64 << 10;

pub(crate) struct CrashFile {
    mapping: Mapping,
    path: PathBuf,
    header: Header<'static>,
    growth: Mutex<Growth>,
    /// The disk had no room for more, and nobody has said so.
    short: AtomicBool,
}

struct Growth {
    extents: usize,
    /// By class.
    chunks: [Vec<&'static [AtomicU64]>; LARGEST_CLASS as usize + 1],
    /// What is left for callsites.
    words: &'static [AtomicU64],
}

impl CrashFile {
    /// A new file in the directory, which is made if it is missing. It begins with what the resource says.
    pub(crate) fn create(dir: &Path, resource: &[u8]) -> io::Result<Self> {
        Directory(dir.to_owned()).prepare()?;
        let created = crate::spool::wall_clock().as_nanos() as u64;
        let path = dir.join(format!("{created:020}-{:08x}.crash", std::process::id()));
        let unfinished = path.with_extension("crash.new");
        let made = Self::make(&unfinished, &path, created, resource);
        if made.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        made
    }

    fn make(unfinished: &Path, path: &Path, created: u64, resource: &[u8]) -> io::Result<Self> {
        let file = crate::spool::new_file().read(true).open(unfinished)?;
        // Before it has the name by which others know it. Nobody else can have it.
        if !sys::lock(&file) {
            return Err(io::Error::last_os_error());
        }
        let mapping = Mapping::new(file, RESERVED)?;
        mapping.grow(HEADER)?;
        let header = mapping.words(0, HEADER_WORDS).and_then(Header::new).ok_or(ErrorKind::UnexpectedEof)?;
        header.begin(std::process::id(), created);
        let growth =
            Mutex::new(Growth { extents: 0, chunks: [const { Vec::new() }; LARGEST_CLASS as usize + 1], words: &[] });
        let file = Self { mapping, path: path.to_owned(), header, growth, short: AtomicBool::new(false) };
        let has_room = file.write(entry::RESOURCE, resource) && file.has_room();
        if !has_room {
            return Err(ErrorKind::StorageFull.into());
        }
        fs::rename(unfinished, path)?;
        Ok(file)
    }

    /// Takes what the first spans need, so that it is said at once if the disk is full.
    fn has_room(&self) -> bool {
        let chunk = self.take_chunk(8);
        chunk.inspect(|chunk| lock(&self.growth).chunks[8].push(chunk)).is_some()
    }

    /// Nothing in it is needed any more.
    pub(crate) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the disk was found full since the last call.
    pub(crate) fn take_short(&self) -> bool {
        self.short.load(Relaxed) && self.short.swap(false, Relaxed)
    }

    fn extent(&self, growth: &mut Growth, kind: Kind, bytes: usize) -> Option<&'static [AtomicU64]> {
        let bytes = bytes.next_multiple_of(PAGE);
        let nth = Some(growth.extents).filter(|nth| *nth < EXTENTS_MAX)?;
        let Ok(start) = self.mapping.grow(bytes) else {
            self.short.store(true, Relaxed);
            return None;
        };
        let words = self.mapping.words(start, bytes / 8)?;
        self.header.add(nth, Extent { kind, start, bytes });
        growth.extents += 1;
        Some(words)
    }

    fn take_chunk(&self, class: u32) -> Option<&'static [AtomicU64]> {
        let growth = &mut *lock(&self.growth);
        if let Some(chunk) = growth.chunks[class as usize].pop() {
            return Some(chunk);
        }
        let words = 1usize << class;
        let extent = self.extent(growth, Kind::Chunks(class), CHUNKS_BYTES.max(words * 8))?;
        let chunks = &mut growth.chunks[class as usize];
        chunks.extend(extent.chunks_exact(words).rev());
        chunks.pop()
    }

    /// Whether there was room.
    fn write(&self, id: u32, content: &[u8]) -> bool {
        let growth = &mut *lock(&self.growth);
        let words = entry::words(content.len());
        if growth.words.len() < words {
            match self.extent(growth, Kind::Words, WORDS_BYTES.max(words * 8)) {
                Some(extent) => growth.words = extent,
                None => return false,
            }
        }
        let (place, rest) = growth.words.split_at(words);
        growth.words = rest;
        entry::write(place, id, content);
        true
    }
}

impl CrashMemory for CrashFile {
    fn slots(&self, words: usize) -> Option<&'static [AtomicU64]> {
        self.extent(&mut lock(&self.growth), Kind::Slots, words * 8)
    }

    fn chunk(&self, words: usize) -> Option<&'static [AtomicU64]> {
        Some(words.ilog2()).filter(|class| *class <= LARGEST_CLASS).and_then(|class| self.take_chunk(class))
    }

    fn callsite(&self, callsite: &'static Callsite) {
        self.write(callsite.id(), &entry::of(&Described::of(Some(callsite), callsite.id())));
    }

    fn clock(&self, words: &[u64]) {
        self.header.set_clock(words);
    }

    fn forked(&self) {
        let slots = |extent: &Extent| extent.kind == Kind::Slots;
        let kept = self.header.extents().flatten().filter(slots).map(|extent| (extent.start, extent.bytes));
        // Its beginning too, for whoever looks at it there.
        self.mapping.leave_to_parent(kept.chain([(0, HEADER)]));
    }
}
