//! The process of one system: reads from stdin what to measure, a line each, and answers with a line of JSON.

use crate::measure::{clock_cost, cpu_of, memory, nanos, timed};
use crate::systems::{self, Subject};
use crate::work::{CHILDREN, POLLS, Setup, System, Work};
use benches::Result;
use benches::sys::counted;
use cpu_time::{ProcessTime, ThreadTime};
use serde_json::{Value, json};
use std::io::BufRead as _;
use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Spans of one answer, where they are many and alike.
const SPANS: u64 = 20_200;
/// Calls of one answer, where a call takes a nanosecond.
const CALLS: u64 = 4_000_000;
/// Traces of one answer, where each has thousands of polls.
const POLL_TRACES: u64 = 4;
/// A thread's stack: ten thousand shall have room.
const STACK: usize = 128 << 10;

/// `args`: system, setup, and the receiver's address.
pub(crate) fn main(args: &[String]) -> Result<()> {
    let [system, setup, url] = args else { return Err("--worker SYSTEM SETUP URL".into()) };
    let system = System::parse(system).ok_or("no such system")?;
    let setup = Setup::parse(setup).ok_or("no such setup")?;
    let bare = memory("VmRSS").unwrap_or(0.0);
    let subject = systems::start(system, setup, url)?;
    let records = !matches!(setup, Setup::Off | Setup::Unsampled | Setup::Counted | Setup::Filtered | Setup::Untraced);
    let mut worker = Worker { subject, records, bare, expected: 0, arrived: 0, lost: 0 };
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        worker.lost = 0;
        let answer = match worker.answer(&line.split(' ').collect::<Vec<_>>()) {
            Ok(Some(mut answer)) => {
                answer["lost"] = worker.lost.into();
                answer
            }
            Ok(None) => json!({ "cannot": true }),
            Err(why) => json!({ "error": why.to_string() }),
        };
        println!("{answer}");
    }
    Ok(())
}

struct Worker {
    subject: Box<dyn Subject>,
    records: bool,
    /// Memory before the system was there.
    bare: f64,
    /// Spans that ended so far, and those of them that were seen to arrive.
    expected: u64,
    arrived: u64,
    /// During the last answer.
    lost: u64,
}

impl Worker {
    /// `None` if the system cannot do that.
    fn answer(&mut self, words: &[&str]) -> Result<Option<Value>> {
        let work = |text: &str| Work::parse(text).ok_or("no such work");
        match words {
            ["spans", text] => self.spans(work(text)?),
            ["calls"] => self.difference(Work::Call, Work::Plain, CALLS, CALLS),
            ["polls"] => self.difference(Work::Pending, Work::Ready, POLL_TRACES, POLL_TRACES * CHILDREN * POLLS),
            ["tasks", count] => self.tasks(count.parse()?),
            ["count", text] => self.count(work(text)?),
            ["pair"] => self.pair(),
            ["threads", count, traces] => self.threads(count.parse()?, traces.parse()?),
            ["long", spans] => self.long(spans.parse()?),
            ["rest"] => self.rest(),
            ["away", spans] => self.away(spans.parse()?),
            ["pace", rate, millis] => Ok(self.pace(rate.parse()?, Duration::from_millis(millis.parse()?))),
            _ => Err("no such question".into()),
        }
    }

    /// Waits until everything so far has arrived, outside of what is timed.
    fn settle(&mut self, ended: u64) -> Result<()> {
        if self.records {
            let missing = self.expected - self.arrived.min(self.expected);
            self.expected += ended;
            self.arrived = self.subject.settle(self.expected)?;
            let now_missing = self.expected - self.arrived.min(self.expected);
            self.lost += now_missing.saturating_sub(missing);
        }
        Ok(())
    }

    /// As often as fits between two settlings.
    fn turn(&self, work: Work) -> u64 {
        let fits = if self.records { self.subject.most().min(SPANS) } else { CALLS };
        (fits / work.parts()).max(1)
    }

    /// CPU of a span: on the caller's thread, and in the process without threads that only send.
    fn spans(&mut self, work: Work) -> Result<Option<Value>> {
        let Some(call) = self.subject.work(work) else { return Ok(None) };
        let times = self.turn(work);
        let turns = (SPANS / (times * work.parts())).max(1);
        let (mut thread, process, sent) = (0.0, ProcessTime::now(), cpu_of(self.subject.senders()));
        for _ in 0..turns {
            thread += timed(|| call(times));
            self.settle(times * work.spans())?;
        }
        let sent = cpu_of(self.subject.senders()) - sent;
        let spans = (times * turns * work.parts()) as f64;
        Ok(Some(json!({ "value": thread / spans, "process": (nanos(process.elapsed()) - sent) / spans })))
    }

    /// By how much one work takes longer than another, divided.
    fn difference(&mut self, more: Work, less: Work, times: u64, parts: u64) -> Result<Option<Value>> {
        let (Some(more_call), Some(less_call)) = (self.subject.work(more), self.subject.work(less)) else {
            return Ok(None);
        };
        let without = timed(|| less_call(times));
        self.settle(times * less.spans())?;
        let with = timed(|| more_call(times));
        self.settle(times * more.spans())?;
        Ok(Some(json!({ "value": (with - without) / parts as f64 })))
    }

    /// CPU of a span, where so many are open at once, above the same futures without spans. Few are done again and again.
    fn tasks(&mut self, count: u64) -> Result<Option<Value>> {
        let (Some(traced), Some(bare)) = (self.subject.work(Work::Tasks), self.subject.work(Work::BareTasks)) else {
            return Ok(None);
        };
        let times = (10_000 / count).max(1);
        let repeat = |call: fn(u64)| timed(|| (0..times).for_each(|_| call(count)));
        let without = repeat(bare);
        let with = repeat(traced);
        self.settle(times * count)?;
        Ok(Some(json!({ "value": (with - without) / (times * count) as f64 })))
    }

    /// Allocations of a span, and the bytes of them: on the caller's thread, and in the process.
    fn count(&mut self, work: Work) -> Result<Option<Value>> {
        let Some(call) = self.subject.work(work) else { return Ok(None) };
        let times = self.turn(work);
        let (here, _) = counted(|| call(times));
        self.settle(times * work.spans())?;
        let mut settled = Ok(());
        let (_, all) = counted(|| {
            call(times);
            settled = self.settle(times * work.spans());
        });
        settled?;
        let spans = (times * work.parts()) as f64;
        let per = |calls: u64| calls as f64 / spans;
        Ok(Some(json!({
            "allocations": per(here.calls), "bytes": per(here.bytes),
            "process_allocations": per(all.calls), "process_bytes": per(all.bytes),
        })))
    }

    /// How many times as much two threads get done as one, in the same time: by their CPU, and by the wall clock.
    fn pair(&mut self) -> Result<Option<Value>> {
        const WORK: Work = Work::Children(100);
        let Some(call) = self.subject.work(WORK) else { return Ok(None) };
        let times = self.turn(WORK) / 2;
        let spans = times * WORK.spans();
        let both = |barrier: &Barrier| {
            barrier.wait();
            let (cpu, wall) = (ThreadTime::now(), Instant::now());
            call(times);
            (nanos(cpu.elapsed()), nanos(wall.elapsed()))
        };
        // What disturbs only adds.
        let mut least = [f64::MAX; 4];
        for _ in 0..(SPANS / spans / 2).max(5) {
            let alone = both(&Barrier::new(1));
            self.settle(spans)?;
            let barrier = Barrier::new(2);
            let (one, two) = std::thread::scope(|scope| {
                let other = scope.spawn(|| both(&barrier));
                (both(&barrier), other.join().unwrap_or_default())
            });
            self.settle(2 * spans)?;
            for (least, new) in least.iter_mut().zip([alone.0, one.0.max(two.0), alone.1, one.1.max(two.1)]) {
                *least = least.min(new);
            }
        }
        Ok(Some(json!({ "value": 2.0 * least[0] / least[1], "wall": 2.0 * least[2] / least[3] })))
    }

    /// CPU of a span where so many threads are alive and record so many traces each, and the memory that each took for them.
    /// A thread's first trace is not timed.
    fn threads(&mut self, count: u64, traces: u64) -> Result<Option<Value>> {
        const WORK: Work = Work::Children(10);
        let Some(call) = self.subject.work(WORK) else { return Ok(None) };
        let clock = clock_cost();
        let (done, times) = channel();
        let mut threads = Vec::new();
        for _ in 0..count {
            let (gate, passed) = channel::<()>();
            let done = done.clone();
            let run = move || {
                std::hint::black_box([0u8; STACK / 8]); // the stack's pages are the thread's, not the spans'
                let _ = done.send(0.0);
                while passed.recv().is_ok() {
                    call(1);
                    let time = timed(|| call(traces)) - clock;
                    let _ = done.send(time);
                }
            };
            threads.push((gate, std::thread::Builder::new().stack_size(STACK).spawn(run)?));
        }
        times.iter().take(threads.len()).for_each(drop);
        let before = memory("VmRSS")?;
        let each = (1 + traces) * WORK.spans();
        let group = (self.subject.most() / each).max(1) as usize;
        let mut sum = 0.0;
        for group in threads.chunks(group) {
            for (gate, _) in group {
                gate.send(())?;
            }
            sum += times.iter().take(group.len()).sum::<f64>();
            self.settle(each * group.len() as u64)?;
        }
        let memory = (memory("VmRSS")? - before) / count as f64;
        for (gate, thread) in threads {
            drop(gate);
            let _ = thread.join();
        }
        Ok(Some(json!({ "value": sum / (count * traces.max(1) * WORK.spans()) as f64, "memory": memory })))
    }

    /// CPU of a span in a trace that has so many.
    fn long(&mut self, spans: u64) -> Result<Option<Value>> {
        let repeat = (10_000 / spans).max(1);
        let (mut cpu, mut settled, expected) = (0.0, Ok(0), self.expected);
        let mut start = ThreadTime::now();
        for _ in 0..repeat {
            let can = self.subject.long(spans, &mut || {
                cpu += nanos(start.elapsed());
                settled = self.subject.settle(expected);
                start = ThreadTime::now();
            });
            if !can {
                return Ok(None);
            }
        }
        cpu += nanos(start.elapsed());
        settled?;
        self.settle(repeat * (spans + 1))?;
        Ok(Some(json!({ "value": cpu / (repeat * (spans + 1)) as f64 })))
    }

    /// Memory that the system takes once it has delivered a trace.
    fn rest(&mut self) -> Result<Option<Value>> {
        let Some(call) = self.subject.work(Work::Children(1)) else { return Ok(None) };
        call(1);
        self.settle(2)?;
        Ok(Some(json!({ "value": memory("VmRSS")? - self.bare })))
    }

    /// By how much the memory grew at most while so many spans were recorded that nobody takes.
    fn away(&mut self, spans: u64) -> Result<Option<Value>> {
        let Some(call) = self.subject.work(Work::Children(100)) else { return Ok(None) };
        let before = memory("VmRSS")?;
        let cpu = timed(|| call(spans / 101));
        Ok(Some(json!({ "value": memory("VmHWM")? - before, "thread": cpu / spans as f64 })))
    }

    /// So many spans a second, or as many as it can if zero, for so long; then waits until they have arrived.
    fn pace(&mut self, rate: f64, long: Duration) -> Option<Value> {
        const WORK: Work = Work::Children(100);
        let call = self.subject.work(WORK)?;
        let (start, process) = (Instant::now(), ProcessTime::now());
        let (mut spans, mut cpu) = (0, 0.0);
        loop {
            let now = start.elapsed();
            if now >= long {
                break;
            }
            let due = if rate > 0.0 { spans as f64 / rate } else { 0.0 };
            if let Ok(early) = Duration::try_from_secs_f64(due - now.as_secs_f64()) {
                std::thread::sleep(early);
            }
            cpu += timed(|| call(10));
            spans += 10 * WORK.spans();
        }
        let recorded = nanos(start.elapsed());
        // Who gives up waiting has lost nothing yet: the receiver's count decides.
        let _ = self.settle(spans);
        let process = nanos(process.elapsed());
        let wall = nanos(start.elapsed());
        Some(json!({ "spans": spans, "thread": cpu / spans as f64, "process": process / spans as f64,
            "recorded_in": recorded, "wall": wall, "said_lost": self.subject.said_lost() }))
    }
}
