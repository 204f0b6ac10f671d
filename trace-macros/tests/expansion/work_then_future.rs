#[trace]
fn load(id: u64) -> impl Future<Output = u64> + Send {
    let key = prepare(id);
    async move { fetch(key).await }
}
