#[trace(parent = parent, crate = my::runtime)]
fn handle(parent: Option<Snapshot>) {
    work();
}
