//! What the spool asks of a file system, and the real one.

use crate::bounds::FILE_BYTES;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};

/// A file system, as far as the spool needs one. Names are relative to the directory.
pub(crate) trait Disk: Send {
    /// Makes the directory if it is missing. An error says why it cannot be used.
    fn prepare(&self) -> io::Result<()>;
    /// Names and sizes. `place` is the directory itself (empty) or one in it.
    fn list(&self, place: &str) -> io::Result<Vec<(String, u64)>>;
    /// Makes a new file. It is on disk when this returns, if `durable`; its name is only after [`sync`](Self::sync).
    fn write(&self, name: &str, parts: &[&[u8]], durable: bool) -> io::Result<()>;
    /// A file that only we can have written, and its size. [`ErrorKind::InvalidData`] for anything else.
    fn open(&self, name: &str) -> io::Result<(Box<dyn Read>, u64)>;
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&self, name: &str) -> io::Result<()>;
    /// What was renamed and removed stays so.
    fn sync(&self) -> io::Result<()>;
}

/// A directory of this machine.
pub(crate) struct Directory(pub(crate) PathBuf);

impl Disk for Directory {
    fn prepare(&self) -> io::Result<()> {
        if self.0.as_os_str().is_empty() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "the path is empty"));
        }
        if let Err(error) = private_directory(&self.0, true) {
            if error.kind() != ErrorKind::AlreadyExists {
                return Err(error);
            }
        }
        make_private(&self.0, &usable(&self.0)?)
    }

    fn list(&self, place: &str) -> io::Result<Vec<(String, u64)>> {
        let mut found = Vec::new();
        let place = self.0.join(place);
        not_a_link(&place)?;
        for entry in fs::read_dir(place)? {
            let entry = entry?;
            // What vanishes meanwhile was taken by somebody else.
            if let (Ok(name), Ok(metadata)) = (entry.file_name().into_string(), entry.metadata()) {
                found.push((name, metadata.len()));
            }
        }
        Ok(found)
    }

    fn write(&self, name: &str, parts: &[&[u8]], durable: bool) -> io::Result<()> {
        self.make_place_of(name)?;
        let path = self.0.join(name);
        let mut file = new_file().open(&path)?;
        let written = parts.iter().try_for_each(|part| file.write_all(part));
        let written = written.and_then(|()| if durable { file.sync_all() } else { Ok(()) });
        if written.is_err() {
            let _ = fs::remove_file(&path);
        }
        written
    }

    fn open(&self, name: &str) -> io::Result<(Box<dyn Read>, u64)> {
        let file = existing_file()
            .open(self.0.join(name))
            .map_err(|error| if is_no_file(&error) { ErrorKind::InvalidData.into() } else { error })?;
        let metadata = file.metadata()?;
        if !metadata.is_file() || !is_ours_alone(&metadata) || metadata.len() > FILE_BYTES + 4096 {
            return Err(ErrorKind::InvalidData.into());
        }
        Ok((Box::new(file), metadata.len()))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.make_place_of(to)?;
        fs::rename(self.0.join(from), self.0.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    fn sync(&self) -> io::Result<()> {
        if cfg!(unix) { File::open(&self.0)?.sync_all() } else { Ok(()) }
    }
}

impl Directory {
    /// Makes the directory in this one that the name is in, if it is missing.
    fn make_place_of(&self, name: &str) -> io::Result<()> {
        let Some((place, _)) = name.split_once('/') else { return Ok(()) };
        let place = self.0.join(place);
        match private_directory(&place, false) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => not_a_link(&place),
        }
    }
}

/// What a link leads to is not ours to write to or clean up.
fn not_a_link(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { Ok(()) } else { Err(ErrorKind::NotADirectory.into()) }
}

/// Writes a small file in one step: all of it is there afterwards, or nothing has changed.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::hash::BuildHasher as _;
    // Others may be about to do the same.
    let random = std::hash::RandomState::new().hash_one(std::process::id());
    let new = path.with_extension(format!("{random:016x}.new"));
    let mut file = new_file().open(&new)?;
    let written = file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

/// A small file that only we can have written.
pub(crate) fn read_small(path: &Path, limit: u64) -> io::Result<String> {
    let file = existing_file().open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || !is_ours_alone(&metadata) {
        return Err(io::Error::new(ErrorKind::InvalidData, "it is not a file of this user alone"));
    }
    let mut text = String::new();
    file.take(limit).read_to_string(&mut text)?;
    Ok(text)
}

pub(crate) fn new_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A symbolic link or a socket. All else, such as too many open files, says nothing about the file.
pub(crate) fn is_no_file(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(libc::ELOOP | libc::ENXIO | libc::EISDIR))
}

/// Opens what is there to be read, and nothing else.
pub(crate) fn existing_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    // A pipe in a file's place is not waited for, and a link not followed.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    options
}

pub(crate) fn private_directory(path: &Path, with_parents: bool) -> io::Result<()> {
    if with_parents {
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            let mut builder = DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.recursive(true).create(parent)?;
        }
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Owned by the program's user, and without a second name through which somebody else has it.
#[cfg(unix)]
pub(crate) fn is_ours_alone(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.uid() == crate::sys::user() && metadata.nlink() == 1
}

#[cfg(not(unix))]
pub(crate) fn is_ours_alone(_metadata: &Metadata) -> bool {
    true
}

/// Whether nobody else can put anything into the directory, or look into it; if it is empty, that can still be had.
#[cfg(unix)]
pub(crate) fn usable(path: &Path) -> io::Result<Metadata> {
    use std::os::unix::fs::MetadataExt as _;
    let refuse = |why| Err(io::Error::new(ErrorKind::PermissionDenied, why));
    let metadata = fs::symlink_metadata(path)?;
    let others = metadata.mode() & 0o077;
    if metadata.is_symlink() {
        return refuse("it is a symbolic link; name the directory itself");
    }
    if !metadata.is_dir() {
        return Err(io::Error::new(ErrorKind::NotADirectory, "it is not a directory"));
    }
    if metadata.uid() != crate::sys::user() {
        return refuse("it belongs to another user");
    }
    if others & 0o022 != 0 {
        return refuse("other users may write to it; `chmod 700` it");
    }
    if others != 0 && fs::read_dir(path)?.next().is_some() {
        return refuse("other users may read it and it is not empty; give the spool a directory of its own");
    }
    Ok(metadata)
}

#[cfg(unix)]
fn make_private(path: &Path, metadata: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let others = metadata.mode() & 0o077;
    if others == 0 { Ok(()) } else { fs::set_permissions(path, fs::Permissions::from_mode(0o700)) }
}

#[cfg(not(unix))]
pub(crate) fn usable(path: &Path) -> io::Result<Metadata> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() { Ok(metadata) } else { Err(ErrorKind::NotADirectory.into()) }
}

#[cfg(not(unix))]
fn make_private(_path: &Path, _metadata: &Metadata) -> io::Result<()> {
    Ok(())
}
