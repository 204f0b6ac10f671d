//! What the command line asks for.

use benches::Result;
use std::path::PathBuf;

const USAGE: &str = "compare [--only NAME]... [--rounds N] [--quick] [--json] [--svg FILE] [--markdown FILE]

--only NAME      rows whose name or key contains it; may be said several times
--rounds N       how often each system has its turn in each row; 15 unless told
--quick          3 rounds, and short ones where a row has a length
--json           prints JSON and nothing else
--svg FILE       writes the chart
--markdown FILE  replaces what stands between its markers";

#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) only: Vec<String>,
    pub(crate) rounds: usize,
    pub(crate) quick: bool,
    pub(crate) json: bool,
    pub(crate) svg: Option<PathBuf>,
    pub(crate) markdown: Option<PathBuf>,
}

pub(crate) fn parse(args: &[String]) -> Result<Options> {
    let mut options = Options::default();
    let mut rounds = None;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value\n\n{USAGE}"));
        match arg.as_str() {
            "--only" => options.only.push(value()?.to_lowercase()),
            "--rounds" => {
                rounds = Some(value()?.parse().ok().filter(|n| *n > 0).ok_or("--rounds needs a number above 0")?);
            }
            "--quick" => options.quick = true,
            "--json" => options.json = true,
            "--svg" => options.svg = Some(value()?.into()),
            "--markdown" => options.markdown = Some(value()?.into()),
            _ => return Err(format!("`{arg}` is not known\n\n{USAGE}").into()),
        }
    }
    options.rounds = rounds.unwrap_or(if options.quick { 3 } else { 15 });
    Ok(options)
}
