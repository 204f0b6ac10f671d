#[trace(name = "get {id} of {self.name}", kind = client, fields(a.b = self.a, %shown), err = Option::is_none, ret(debug), ok, target = "db", links = origin)]
fn get(&self, #[field("user.id")] id: u64, shown: Shown, origin: Option<SpanContext>) -> Option<u64> {
    self.rows.get(id)
}
