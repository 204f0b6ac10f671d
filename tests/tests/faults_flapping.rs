//! A backend that comes and goes.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tests::faults::{LONG, copies, is_full, record};
use tests::receiver::Receiver;

/// Connections go to `to` while it is up. When it goes down they break, and there is nobody to connect to.
fn flap(address: SocketAddr, to: SocketAddr, phase: Duration, over: &AtomicBool, flaps: &AtomicUsize, up: &Sender<()>) {
    loop {
        let is_last = over.load(Relaxed);
        let listener = TcpListener::bind(address).expect("the port again");
        if is_last {
            let _ = up.send(());
        }
        listener.set_nonblocking(true).expect("a mode");
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let down = Instant::now() + phase;
        while is_last || Instant::now() < down {
            match listener.accept() {
                Ok((client, _)) => forward(&client, to, &open),
                Err(_) => std::thread::sleep(Duration::from_millis(1)),
            }
        }
        drop(listener);
        for stream in open.lock().expect("not poisoned").drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
        flaps.fetch_add(1, Relaxed);
        std::thread::sleep(phase);
    }
}

fn forward(client: &TcpStream, to: SocketAddr, open: &Arc<Mutex<Vec<TcpStream>>>) {
    let _ = client.set_nonblocking(false);
    let Ok(server) = TcpStream::connect(to) else { return };
    for (from, into) in [(client, &server), (&server, client)] {
        // Else each request, which comes in two pieces, would wait for an acknowledgement.
        let _ = into.set_nodelay(true);
        let (Ok(mut from), Ok(mut into), Ok(kept)) = (from.try_clone(), into.try_clone(), from.try_clone()) else {
            return;
        };
        open.lock().expect("not poisoned").push(kept);
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut into);
            let _ = into.shutdown(std::net::Shutdown::Both);
        });
    }
}

/// Ten seconds, or ten minutes with `TRACE_FAULTS=full`.
#[test]
fn a_backend_that_flaps_gets_each_span_once_but_for_answers_that_broke() {
    let receiver = Receiver::start();
    let to: SocketAddr = receiver.url().trim_start_matches("http://").parse().expect("an address");
    let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
    let over: &'static AtomicBool = Box::leak(Box::default());
    let flaps: &'static AtomicUsize = Box::leak(Box::default());
    let (up, is_up) = channel();
    std::thread::spawn(move || flap(address, to, Duration::from_millis(100), over, flaps, &up));
    let tracing = trace_export::builder().endpoint(format!("http://{address}")).build().expect("good");
    let end = Instant::now() + Duration::from_secs(if is_full() { 600 } else { 10 });
    let mut recorded = 0;
    while Instant::now() < end {
        record(&tracing, 20);
        recorded += 20;
        // A thousand a second, and a flush now and then, so that batches are small and many.
        if recorded % 200 == 0 {
            tracing.flush(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    over.store(true, Relaxed);
    is_up.recv_timeout(LONG).expect("up for good");
    let report = tracing.flush(LONG);
    let counts = tracing.shutdown(LONG).counts;
    assert!(report.complete && counts.balanced() && counts.in_flight == 0, "{report:?}");
    assert_eq!(counts.recorded, recorded);
    let spans = receiver.spans();
    let copies = copies(&spans);
    assert_eq!(copies.len() as u64, counts.delivered, "{counts:?}");
    assert_eq!(counts.delivered, recorded - counts.dropped.total());
    assert_eq!(counts.dropped.total(), 0, "{counts:?}");
    let flaps = flaps.load(Relaxed);
    assert!(flaps >= 20 && counts.retries > 0, "{flaps} {counts:?}");
    assert!(copies.values().all(|copies| *copies <= 1 + flaps), "a span came more often than the backend went");
}
