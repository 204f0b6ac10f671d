#[trace]
async fn answer() -> u8 {
    42
}
