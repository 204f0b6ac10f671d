//! A file system with little room.

use crate::faults::skip;
use crate::place::Place;
use crate::spooler::clean;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// Set where this test runs once more, with a file system that is gone with it.
const INSIDE: &str = "TRACE_TESTS_INSIDE";

/// A file system of 4 MiB.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts it.
    ///
    /// # Panics
    /// If that is not allowed: see [`run_inside`].
    #[must_use]
    pub fn mount(at: PathBuf) -> Self {
        let mut mount = Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs"]).arg(&at).status();
        assert!(mounted.expect("mount").success());
        Self(at)
    }

    /// Takes all the room that is left, whatever it costs.
    ///
    /// # Panics
    /// If it is gone.
    pub fn fill(&self) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.0.join("filler")).expect("a file");
        for size in [4096, 1] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

/// In a world of its own, where mounts are nobody else's and even another user may be the super-user.
///
/// # Panics
/// If the test fails there.
pub fn run_inside(test: &str) {
    let may_mount = |world: &&str| {
        let probe = Place::new();
        let mut mount = Command::new("unshare");
        mount.args([world, "mount", "-t", "tmpfs", "tmpfs"]).arg(probe.path(""));
        mount.output().is_ok_and(|output| output.status.success())
    };
    let Some(world) = ["-m", "-rm"].into_iter().find(may_mount) else {
        return skip("nobody may mount a file system here");
    };
    let mut command = clean(Command::new("unshare"));
    command.arg(world).arg(std::env::current_exe().expect("a program"));
    command.args(["--exact", test, "--nocapture"]).env(INSIDE, "1");
    assert!(command.status().expect("unshare").success());
}

/// Whether this is the test that [`run_inside`] runs once more.
#[must_use]
pub fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}
