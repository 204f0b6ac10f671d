#[trace]
fn odd() {
    #![allow(unused)]
    use std::fmt::Write;
}
