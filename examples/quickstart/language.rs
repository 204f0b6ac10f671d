//! Which files are text, and in what language.

use std::path::Path;

const LANGUAGES: &[(&str, &[&str])] = &[
    ("C", &["c", "h"]),
    ("C#", &["cs"]),
    ("C++", &["cc", "cpp", "cxx", "hh", "hpp", "hxx"]),
    ("CSS", &["css", "less", "scss"]),
    ("Go", &["go"]),
    ("HTML", &["htm", "html"]),
    ("Haskell", &["hs"]),
    ("JSON", &["json"]),
    ("Java", &["java"]),
    ("JavaScript", &["cjs", "js", "jsx", "mjs"]),
    ("Kotlin", &["kt", "kts"]),
    ("Lua", &["lua"]),
    ("Markdown", &["markdown", "md"]),
    ("PHP", &["php"]),
    ("Perl", &["pl", "pm"]),
    ("Protocol Buffers", &["proto"]),
    ("Python", &["py", "pyi"]),
    ("Ruby", &["rb"]),
    ("Rust", &["rs"]),
    ("SQL", &["sql"]),
    ("Scala", &["sc", "scala"]),
    ("Shell", &["bash", "sh", "zsh"]),
    ("Swift", &["swift"]),
    ("TOML", &["toml"]),
    ("Text", &["txt"]),
    ("TypeScript", &["cts", "mts", "ts", "tsx"]),
    ("XML", &["svg", "xml"]),
    ("YAML", &["yaml", "yml"]),
];

/// The language of a file, by its extension. `None` if it is unknown, and may not even be text.
pub(crate) fn of(path: &Path) -> Option<&'static str> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    let (language, _) = LANGUAGES.iter().find(|(_, extensions)| extensions.contains(&extension.as_str()))?;
    Some(language)
}
