#[trace]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}
