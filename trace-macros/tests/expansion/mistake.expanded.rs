::core::compile_error! { "unknown option `nmae`; did you mean `name`? (known: `name`, `kind`, `root`, `parent`, `detached`, `current`, `links`, `fields`, `err`, `ret`, `ok`, `target`, `skip`, `only`, `crate`)" }
#[allow(unused)]
fn work() {}
