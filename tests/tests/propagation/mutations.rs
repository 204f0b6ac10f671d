//! Mutated headers against the grammars of the specifications, taken at their word.
//!
//! The checker is as slow and as literal as possible: the ABNF as data, matched by keeping every position where a rule could
//! end, and the rules in prose applied to the text afterwards. 50 000 headers, or 1 000 000 with `TRACE_FAULTS=full`.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use trace_runtime::propagation::{Field, Propagation};

/// A rule of ABNF.
enum Rule {
    /// One byte of these ranges.
    Byte(Vec<RangeInclusive<u8>>),
    /// All of these, one after the other.
    Seq(Vec<Rule>),
    /// One of these.
    Any(Vec<Rule>),
    /// This from so many to so many times.
    Times(usize, usize, Box<Rule>),
}
use Rule::{Any, Byte, Seq, Times};

/// As often as one likes.
const MANY: usize = usize::MAX;

fn bytes(marks: &str) -> Rule {
    Byte(marks.bytes().map(|byte| byte..=byte).collect())
}

fn times(range: RangeInclusive<usize>, rule: Rule) -> Rule {
    Times(*range.start(), *range.end(), Box::new(rule))
}

impl Rule {
    /// Where the rule can end if it begins at one of these positions.
    fn ends(&self, text: &[u8], from: &BTreeSet<usize>) -> BTreeSet<usize> {
        match self {
            Byte(ranges) => {
                let fits = |at: &&usize| text.get(**at).is_some_and(|b| ranges.iter().any(|range| range.contains(b)));
                from.iter().filter(fits).map(|at| at + 1).collect()
            }
            Seq(rules) => rules.iter().fold(from.clone(), |from, rule| rule.ends(text, &from)),
            Any(rules) => rules.iter().flat_map(|rule| rule.ends(text, from)).collect(),
            Times(least, most, rule) => {
                let mut all = if *least == 0 { from.clone() } else { BTreeSet::new() };
                let mut now = from.clone();
                for nth in 1..=*most {
                    now = rule.ends(text, &now);
                    if nth >= *least {
                        now = now.difference(&all).copied().collect();
                        all.extend(&now);
                    }
                    if now.is_empty() {
                        break;
                    }
                }
                all
            }
        }
    }

    fn matches(&self, text: &[u8]) -> bool {
        self.ends(text, &BTreeSet::from([0])).contains(&text.len())
    }
}

struct Grammars {
    version_00: Rule,
    higher_version: Rule,
    tracestate: Rule,
    baggage_member: Rule,
}

impl Grammars {
    fn new() -> Self {
        let hex = |count| times(count..=count, Byte(vec![b'0'..=b'9', b'a'..=b'f']));
        let known = || Seq(vec![hex(2), bytes("-"), hex(32), bytes("-"), hex(16), bytes("-"), hex(2)]);
        let anything = || times(0..=MANY, Byte(vec![0..=255]));
        let later = Seq(vec![known(), times(0..=1, Seq(vec![bytes("-"), anything()]))]);

        let ows = || times(0..=MANY, bytes(" \t"));
        let member = || {
            let first = || Byte(vec![b'a'..=b'z', b'0'..=b'9']);
            let key = Seq(vec![first(), times(0..=255, Any(vec![first(), bytes("_-*/@")]))]);
            let visible = || Byte(vec![0x21..=0x2b, 0x2d..=0x3c, 0x3e..=0x7e]);
            let value = Seq(vec![times(0..=255, Any(vec![bytes(" "), visible()])), visible()]);
            Any(vec![Seq(vec![key, bytes("="), value]), ows()])
        };
        let list = Seq(vec![member(), times(0..=31, Seq(vec![ows(), bytes(","), ows(), member()]))]);

        let token = || {
            let letters = Byte(vec![b'a'..=b'z', b'A'..=b'Z', b'0'..=b'9']);
            times(1..=MANY, Any(vec![letters, bytes("!#$%&'*+-.^_`|~")]))
        };
        let octets = || times(0..=MANY, Byte(vec![0x21..=0x21, 0x23..=0x2b, 0x2d..=0x3a, 0x3c..=0x5b, 0x5d..=0x7e]));
        let pair = || Seq(vec![token(), ows(), bytes("="), ows(), octets()]);
        let property = Any(vec![pair(), Seq(vec![token(), ows()])]);
        let properties = times(0..=MANY, Seq(vec![ows(), bytes(";"), ows(), property]));
        Self {
            version_00: known(),
            higher_version: later,
            tracestate: list,
            baggage_member: Seq(vec![pair(), properties]),
        }
    }
}

/// Text as the specifications' prose speaks of it: characters, in place of bytes that may be no UTF-8.
fn prose(text: &[u8]) -> String {
    text.iter().copied().map(char::from).collect()
}

/// Without the white space around a field's value (RFC 9110).
fn field(text: &[u8]) -> Vec<u8> {
    prose(text).trim_matches([' ', '\t']).chars().map(|c| c as u8).collect()
}

impl Grammars {
    /// Trace id, parent id, sampled and random flag.
    fn traceparent(&self, header: &[u8]) -> Option<(String, String, bool, bool)> {
        let header = field(header);
        let text = prose(&header);
        let rule = if text.starts_with("00") { &self.version_00 } else { &self.higher_version };
        if text.starts_with("ff") || !rule.matches(&header) {
            return None;
        }
        let fields: Vec<&str> = text.split('-').collect();
        let zeros = |text: &str| text.chars().all(|c| c == '0');
        let flags = u8::from_str_radix(fields[3], 16).expect("two hexadecimal digits");
        let known = (fields[1].to_owned(), fields[2].to_owned(), flags % 2 == 1, flags / 2 % 2 == 1);
        (!zeros(fields[1]) && !zeros(fields[2])).then_some(known)
    }

    /// The entries that are passed on: of one key the first.
    fn tracestate(&self, headers: &[Vec<u8>]) -> Option<String> {
        let list = field(&headers.join(&b','));
        if list.len() > 16_447 || !self.tracestate.matches(&list) {
            return None;
        }
        let mut keys = BTreeSet::new();
        let text = prose(&list);
        let members =
            text.split(',').map(|member| member.trim_matches([' ', '\t'])).filter(|member| !member.is_empty());
        let kept = members.filter(|member| keys.insert(member.split('=').next().expect("a key").to_owned()));
        Some(kept.collect::<Vec<_>>().join(","))
    }

    /// The members that are passed on, and whether none was malformed. For lists within the limits.
    fn baggage(&self, headers: &[Vec<u8>]) -> (String, bool) {
        let members = headers.join(&b',');
        let members: Vec<Vec<u8>> = members.split(|b| *b == b',').map(field).filter(|it| !it.is_empty()).collect();
        let legal: Vec<_> = members.iter().filter(|member| self.baggage_member.matches(member)).collect();
        let text: Vec<_> = legal.iter().map(|member| escape(&prose(member).replace([' ', '\t'], ""))).collect();
        (text.join(","), legal.len() == members.len())
    }
}

/// Percent signs in values that stand for themselves are encoded. Keys do not know them.
fn escape(member: &str) -> String {
    let pairs = member.split(';').map(|pair| {
        let Some((key, value)) = pair.split_once('=') else {
            return pair.to_owned();
        };
        let mut parts = value.split('%');
        let mut escaped = format!("{key}={}", parts.next().unwrap_or_default());
        for part in parts {
            let digits = part.chars().take(2).filter(char::is_ascii_hexdigit).count();
            escaped += if digits == 2 { "%" } else { "%25" };
            escaped += part;
        }
        escaped
    });
    pairs.collect::<Vec<_>>().join(";")
}

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// A header made of these, with up to three changes.
    fn header(&mut self, seeds: &[&str]) -> Vec<u8> {
        let mut text = self.of(seeds).as_bytes().to_vec();
        for _ in 0..self.below(4) {
            let at = self.below(text.len() + 1);
            let marks = b"0019afAFgz-=,; \t%@_*/\"\\.+\r\n\0\x7f\xc3\xa9\xff";
            match self.below(8) {
                0 | 1 if at < text.len() => text[at] = self.of(marks),
                2 => text.insert(at, self.of(marks)),
                3 if at < text.len() => drop(text.remove(at)),
                4 => text.truncate(at),
                5 => text.extend_from_slice(self.of(seeds).as_bytes()),
                6 if at < text.len() => text[at] = text[at].to_ascii_uppercase(),
                7 => {
                    let end = at + self.below(text.len() - at + 1).min(70);
                    let part = text[at..end].to_vec();
                    text.splice(at..at, part);
                }
                _ => {}
            }
        }
        text
    }
}

const PARENTS: [&str; 8] = [
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
    "00-00000000000000000000000000000001-0000000000000001-ff",
    "00-00000000000000000000000000000000-b7ad6b7169203331-02",
    "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-more",
    "fe-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    " cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 ",
];
const STATES: [&str; 8] = [
    "a=1,b=2",
    "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
    "tenant@system=v , 0*/@_-= x y\t,a=2",
    "",
    ",,",
    "a=1,a=2,b=3,a=4",
    "k0=0,k1=1,k2=2,k3=3,k4=4,k5=5,k6=6,k7=7,k8=8,k9=9,ka=a,kb=b,kc=c,kd=d,ke=e",
    "!#$=~}|{`",
];
const BAGGAGE: [&str; 7] = [
    "key1=value1;property1;property2, key2 = value2, key3=value3; propertyKey=propertyValue",
    "userId=Am%C3%A9lie,serverNode=DF%2028",
    "a=,b==;c=;d",
    "a=100%,b=%4,c=%zz%41;p=%",
    "!#$%&'*+-.^_`|~=1",
    "",
    "a = 1 ;\tp = q ; r",
];

#[test]
fn mutated_headers_are_accepted_exactly_when_the_grammar_does() {
    let count = if std::env::var("TRACE_FAULTS").is_ok_and(|faults| faults == "full") { 1_000_000 } else { 50_000 };
    let (grammars, propagation, mut numbers) =
        (Grammars::new(), Propagation::default(), Numbers(0x9e37_79b9_7f4a_7c15));
    let mut accepted = [0; 3];
    for nth in 0..count {
        match nth % 4 {
            0 | 1 => {
                let header = numbers.header(&PARENTS);
                let found = propagation.extract(&[("traceparent", &header)]);
                let (random, malformed) = (found.random, found.malformed.contains(Field::Traceparent));
                let ours = found.parent.map(|it| (it.trace_id.to_string(), it.span_id.to_string(), it.sampled, random));
                let theirs = grammars.traceparent(&header);
                assert_eq!(ours, theirs, "{:?}", prose(&header));
                assert_eq!(malformed, theirs.is_none());
                accepted[0] += usize::from(theirs.is_some());
            }
            2 => {
                let headers: Vec<_> = (0..=numbers.below(3)).map(|_| numbers.header(&STATES)).collect();
                let fields: Vec<_> = headers.iter().map(|header| ("tracestate", header.as_slice())).collect();
                let fields = [&[("traceparent", PARENTS[0].as_bytes())], fields.as_slice()].concat();
                let found = propagation.extract(&fields);
                let malformed = found.malformed.contains(Field::Tracestate);
                let ours = found.parent.filter(|_| !malformed).map(|parent| parent.trace_state);
                let theirs = grammars.tracestate(&headers);
                assert_eq!(ours, theirs, "{:?}", headers.iter().map(|it| prose(it)).collect::<Vec<_>>());
                accepted[1] += usize::from(theirs.is_some());
            }
            _ => {
                let headers: Vec<_> = (0..=numbers.below(3)).map(|_| numbers.header(&BAGGAGE)).collect();
                let fields: Vec<_> = headers.iter().map(|header| ("baggage", header.as_slice())).collect();
                let found = propagation.extract(&fields);
                let ours = (found.baggage.to_string(), !found.malformed.contains(Field::Baggage));
                let theirs = grammars.baggage(&headers);
                assert_eq!(ours, theirs, "{:?}", headers.iter().map(|it| prose(it)).collect::<Vec<_>>());
                accepted[2] += usize::from(theirs.1);
            }
        }
    }
    // Both sides of the grammar were visited.
    for (accepted, of) in accepted.into_iter().zip([count / 2, count / 4, count / 4]) {
        assert!(accepted > of / 10 && accepted < of * 9 / 10, "{accepted} of {of}");
    }
}
