#[trace]
fn load<'a>(id: &'a Id) -> Pin<Box<dyn Future<Output = Result<User, Error>> + Send + 'a>> {
    Box::pin(async move { fetch(id).await })
}
