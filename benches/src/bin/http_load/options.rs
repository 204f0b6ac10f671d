//! What the command line asks for.

use crate::system::System;
use benches::Result;
use std::path::PathBuf;

const USAGE: &str = "http_load [--only SYSTEM]... [--rounds N] [--millis N] [--quick] [--json] [--markdown FILE]

--only SYSTEM    none, off, ours, tower or axum; may be said several times
--rounds N       how often each server has its turn; 9 unless told
--millis N       how long a turn lasts; 2000 unless told
--quick          3 rounds of 300 ms
--json           prints JSON and nothing else
--markdown FILE  replaces what stands between its markers";

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) systems: Vec<System>,
    pub(crate) rounds: usize,
    pub(crate) millis: u64,
    pub(crate) json: bool,
    pub(crate) markdown: Option<PathBuf>,
}

pub(crate) fn parse(args: &[String]) -> Result<Options> {
    let (mut rounds, mut millis, mut quick) = (None, None, false);
    let mut options = Options { systems: Vec::new(), rounds: 0, millis: 0, json: false, markdown: None };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value\n\n{USAGE}"));
        let above_zero = |text: &String| text.parse::<u64>().ok().filter(|n| *n > 0);
        match arg.as_str() {
            "--only" => options.systems.push(System::parse(value()?).ok_or(USAGE)?),
            "--rounds" => rounds = Some(above_zero(value()?).ok_or("--rounds needs a number above 0")?),
            "--millis" => millis = Some(above_zero(value()?).ok_or("--millis needs a number above 0")?),
            "--quick" => quick = true,
            "--json" => options.json = true,
            "--markdown" => options.markdown = Some(value()?.into()),
            _ => return Err(format!("`{arg}` is not known\n\n{USAGE}").into()),
        }
    }
    if options.systems.is_empty() {
        options.systems = System::ALL.to_vec();
    }
    options.rounds = rounds.unwrap_or(if quick { 3 } else { 9 }) as usize;
    options.millis = millis.unwrap_or(if quick { 300 } else { 2000 });
    Ok(options)
}
