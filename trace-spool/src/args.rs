//! The command line.

use crate::help;
use crate::options::{Attributes, KINDS, Options};
use crate::out::Problem;
use lexopt::{Arg, Parser, ValueExt as _};
use std::ffi::OsString;
use std::path::PathBuf;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Command {
    List,
    Tree,
    Send,
    Export,
    Verify,
    Purge,
}

/// Names, commands, and the options that each has.
const COMMANDS: [(&str, Command, &[&str]); 6] = [
    ("list", Command::List, &[]),
    ("tree", Command::Tree, &["trace", "attributes", "all", "depth", "limit", "kind", "older-than"]),
    ("send", Command::Send, &["endpoint", "timeout"]),
    ("export", Command::Export, &["output", "kind", "older-than"]),
    ("verify", Command::Verify, &[]),
    ("purge", Command::Purge, &["yes", "force", "kind", "older-than"]),
];

/// What the command line asks for.
pub(crate) enum Asked {
    /// To be shown.
    Text(String),
    Run(Command, Options),
}

pub(crate) fn parse(mut parser: Parser) -> Result<Asked, Problem> {
    let first = parser.next().map_err(|error| wrong(&error))?;
    let (name, command, known) = match first {
        None => return Err(Problem::Wrong(format!("which command? One of {}; --help says more", names()))),
        Some(Arg::Long("help") | Arg::Short('h')) => return Ok(Asked::Text(help::all())),
        Some(Arg::Long("version") | Arg::Short('V')) => {
            return Ok(Asked::Text(concat!("trace-spool ", env!("CARGO_PKG_VERSION"), "\n").to_owned()));
        }
        Some(Arg::Value(name)) => {
            let found = COMMANDS.into_iter().find(|(known, ..)| name == *known);
            let unknown = || format!("there is no command {}; there are {}", name.to_string_lossy(), names());
            found.ok_or_else(|| Problem::Wrong(unknown()))?
        }
        Some(other) => return Err(Problem::Wrong(format!("{}; the command comes first: {}", said(&other), names()))),
    };
    let mut options = Options::default();
    while let Some(arg) = parser.next().map_err(|error| wrong(&error))? {
        let option = match arg {
            Arg::Value(path) => {
                options.paths.push(path.into());
                continue;
            }
            Arg::Long("help") | Arg::Short('h') => return Ok(Asked::Text(help::of(name))),
            Arg::Long(option) if known.contains(&option) => option.to_owned(),
            Arg::Short('y') if known.contains(&"yes") => "yes".to_owned(),
            Arg::Short('o') if known.contains(&"output") => "output".to_owned(),
            other => {
                let which = said(&other);
                return Err(Problem::Wrong(format!(
                    "`{name}` has no option {which}; `trace-spool {name} --help` has all"
                )));
            }
        };
        set(&mut options, &option, &mut parser)?;
    }
    finish(name, command, options)
}

fn finish(name: &str, command: Command, mut options: Options) -> Result<Asked, Problem> {
    if options.paths.is_empty() {
        let dir = std::env::var_os("TRACE_SPOOL_DIR").filter(|dir| !dir.is_empty());
        let missing = || format!("which directory? `trace-spool {name} DIRECTORY`, or set TRACE_SPOOL_DIR");
        options.paths.push(dir.ok_or_else(|| Problem::Wrong(missing()))?.into());
    }
    if command == Command::Send && options.paths.len() > 1 {
        return Err(Problem::Wrong("`send` takes one directory; call it once for each".to_owned()));
    }
    Ok(Asked::Run(command, options))
}

fn set(options: &mut Options, option: &str, parser: &mut Parser) -> Result<(), Problem> {
    // What stands for itself.
    match option {
        "yes" => options.yes = true,
        "force" => options.force = true,
        "all" => options.all = true,
        _ => return set_value(options, option, parser.value().map_err(|error| wrong(&error))?),
    }
    Ok(())
}

fn set_value(options: &mut Options, option: &str, value: OsString) -> Result<(), Problem> {
    if option == "output" {
        options.output = Some(PathBuf::from(value));
        return Ok(());
    }
    let value = value.string().map_err(|error| wrong(&error))?;
    let refused = |accepted: &str| Problem::Wrong(format!("--{option} is `{value}`; accepted: {accepted}"));
    match option {
        "kind" => {
            let one =
                |name: &str| KINDS.into_iter().find(|kind| *kind == name).ok_or_else(|| refused(&KINDS.join(", ")));
            let kinds: Vec<_> = value.split(',').map(|name| one(name.trim())).collect::<Result<_, _>>()?;
            options.kinds.get_or_insert_default().extend(kinds);
        }
        "older-than" | "timeout" => {
            let time = humantime::parse_duration(&value).map_err(|_| refused("a time such as 90s, 2h or 7days"))?;
            *(if option == "timeout" { &mut options.timeout } else { &mut options.older_than }) = time;
        }
        "trace" if is_id(&value) => options.trace = value.to_ascii_lowercase(),
        "trace" => return Err(refused("up to 32 hexadecimal digits with which a trace's id begins")),
        "attributes" if value == "all" => options.attributes = Attributes::All,
        "attributes" => {
            let keys = value.split(',').map(|key| key.trim().to_owned());
            options.attributes = Attributes::Only(keys.filter(|key| !key.is_empty()).collect());
        }
        "endpoint" => options.endpoint = Some(value),
        "depth" | "limit" => {
            let number = value.parse().ok().filter(|number| *number > 0).ok_or_else(|| refused("a number from 1"))?;
            *(if option == "depth" { &mut options.depth } else { &mut options.limit }) = number;
        }
        // The table of commands has no other.
        _ => return Err(refused("nothing")),
    }
    Ok(())
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn names() -> String {
    COMMANDS.map(|(name, ..)| name).join(", ")
}

/// As it was written.
fn said(arg: &Arg<'_>) -> String {
    match arg {
        Arg::Short(char) => format!("-{char}"),
        Arg::Long(name) => format!("--{name}"),
        Arg::Value(value) => value.to_string_lossy().into_owned(),
    }
}

fn wrong(error: &lexopt::Error) -> Problem {
    Problem::Wrong(format!("{error}; --help says what is accepted"))
}
