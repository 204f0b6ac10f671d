#[trace]
async fn load(&self, id: u64, name: String) -> Result<User, Error> {
    let row = self.row(id).await?;
    Ok(User::new(row, name))
}
