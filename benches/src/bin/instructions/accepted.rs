//! The counts that are written down.

use benches::Result;
use std::fmt;

/// By so much a count may grow before somebody has to look.
pub(crate) const TOLERANCE_PERCENT: u32 = 10;

/// `benches/instructions.txt`: a line for the compiler, then a line for each work with its count at the end.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Accepted {
    pub(crate) compiler: String,
    pub(crate) counts: Vec<(String, f64)>,
}

/// What counts are compared with others.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Good,
    AnotherCompiler(String),
    Grew(Vec<String>),
}

impl Accepted {
    pub(crate) fn parse(text: &str) -> Self {
        let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let compiler = lines.next().unwrap_or_default().to_owned();
        let count = |line: &str| {
            let (name, count) = line.rsplit_once(' ')?;
            Some((name.trim().to_owned(), count.parse().ok()?))
        };
        Self { compiler, counts: lines.filter_map(count).collect() }
    }

    pub(crate) fn count(&self, name: &str) -> Option<f64> {
        self.counts.iter().find(|(of, _)| of == name).map(|(_, count)| *count)
    }

    /// A work that was never accepted has grown, too.
    pub(crate) fn against(&self, accepted: &Self) -> Verdict {
        if self.compiler != accepted.compiler {
            return Verdict::AnotherCompiler(accepted.compiler.clone());
        }
        let most = |name: &str| accepted.count(name).unwrap_or(0.0) * f64::from(100 + TOLERANCE_PERCENT) / 100.0;
        let grew: Vec<_> = self.counts.iter().filter(|(name, count)| *count > most(name)).collect();
        if grew.is_empty() { Verdict::Good } else { Verdict::Grew(grew.iter().map(|(name, _)| name.clone()).collect()) }
    }
}

impl fmt::Display for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Instructions of the caller's thread, by callgrind; see benches/src/bin/instructions/main.rs.")?;
        writeln!(f, "{}", self.compiler)?;
        self.counts.iter().try_for_each(|(name, count)| writeln!(f, "{name:<28}{count:>10.1}"))
    }
}

/// What decides about counts: the compiler, and what it compiles for.
pub(crate) fn compiler() -> Result<String> {
    Ok(format!("{} for {}-{}", benches::machine::rustc()?, std::env::consts::ARCH, std::env::consts::OS))
}

#[cfg(test)]
mod tests {
    use super::{Accepted, Verdict};

    fn counted(compiler: &str, child: f64) -> Accepted {
        Accepted { compiler: compiler.to_owned(), counts: vec![("a child".to_owned(), child)] }
    }

    #[test]
    fn what_is_written_down_is_read_back() {
        let counts = counted("rustc 1", 120.5);
        assert_eq!(Accepted::parse(&counts.to_string()), counts);
    }

    #[test]
    fn a_tenth_more_is_good_and_beyond_is_named() {
        let accepted = counted("rustc 1", 100.0);
        assert_eq!(counted("rustc 1", 110.0).against(&accepted), Verdict::Good);
        assert_eq!(counted("rustc 1", 110.5).against(&accepted), Verdict::Grew(vec!["a child".to_owned()]));
    }

    #[test]
    fn a_work_that_nobody_accepted_is_named() {
        let accepted = Accepted { compiler: "rustc 1".to_owned(), counts: Vec::new() };
        assert_eq!(counted("rustc 1", 1.0).against(&accepted), Verdict::Grew(vec!["a child".to_owned()]));
    }

    #[test]
    fn another_compiler_is_no_comparison() {
        let verdict = counted("rustc 2", 500.0).against(&counted("rustc 1", 100.0));
        assert_eq!(verdict, Verdict::AnotherCompiler("rustc 1".to_owned()));
    }
}
