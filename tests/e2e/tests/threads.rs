//! The program of a lesson's thread by itself: a script in the page stands for the lesson.

use dartboard_e2e::{Browser, Error, Site, StandIn};
use dartboard_points::build::BUILD_ID;
use dartboard_threads::memory::words;
use dartboard_threads::task::{Done, End, Held, Order, Protection, Python, Report, State, Task};
use serde::Deserialize;

tests! {
    threads_share_memory,
    threads_talk_to_the_page_where_no_memory_is_shared,
    a_thread_says_why_it_cannot_work,
}

/// Starts a thread for each of `orders`, which it posts once all are ready; answers what they ask; until all have ended.
const LESSON: &str = "
    const script = document.querySelector('meta[name=dartboard-thread]').content;
    const memory = words > 0 ? new Int32Array(new SharedArrayBuffer(4 * words)) : null;
    const threads = orders.map(() => new Worker(script, { type: 'module' }));
    const told = orders.map(() => []);
    let counter = 0;
    let ready = 0;
    await new Promise((ended) => {
        let left = threads.length;
        threads.forEach((thread, number) => {
            thread.onmessage = ({ data }) => {
                told[number].push(data);
                const fields = new URLSearchParams(data);
                switch (fields.get('kind')) {
                    case 'ready':
                        if (++ready === threads.length) {
                            const origin = Math.floor((performance.timeOrigin + performance.now()) * 1000);
                            threads.forEach((thread, number) => {
                                const order = orders[number].replace('origin_us=0', `origin_us=${origin}`);
                                thread.postMessage(memory ? [order, memory.buffer] : [order]);
                            });
                        }
                        break;
                    case 'read': thread.postMessage([`kind=value&origin_us=0&value=${counter}`]); break;
                    case 'write': counter = Number(fields.get('value')); break;
                    default: if (--left === 0) ended();
                }
            };
            thread.onerror = (event) => event.preventDefault();
        });
    });
    for (const thread of threads) thread.terminate();
    return { told, counter: memory ? memory[32] : counter };";

#[derive(Deserialize)]
struct Came {
    /// What each thread said.
    told: Vec<Vec<String>>,
    counter: u32,
}

impl Came {
    /// What each thread said last.
    fn last(&self) -> Vec<Report> {
        let last = |told: &Vec<String>| Report::parse(told.last().map_or("", String::as_str));
        self.told.iter().map(last).collect::<Result<_, _>>().expect("reports")
    }

    fn done(&self) -> Vec<Done> {
        let done = |report| match report {
            Report::Done(done) => done,
            other => panic!("{other:?}"),
        };
        self.last().into_iter().map(done).collect()
    }
}

async fn lesson(browser: &Browser, tasks: &[Task], words: u32) -> Result<Came, Error> {
    let orders: Vec<_> = tasks.iter().map(|&task| Order { origin_us: 0, task }.encode()).collect();
    browser.evaluate_async(&format!("const orders = {orders:?}; const words = {words}; {LESSON}")).await
}

/// Of a host that has the page share memory.
async fn open_isolated(browser: &Browser) -> Result<Site, Error> {
    let site = Site::start().await?.without_service_worker();
    site.replace("index.html", StandIn::isolated());
    site.replace(site.file("thread-loader.js")?, StandIn::isolated());
    browser.webdriver().goto(site.url()).await?;
    Ok(site)
}

// Fails with: an addition that is lost under a lock, or none that is lost without one; a clock that is not common to all; a
// report that the page cannot read.
async fn threads_share_memory(browser: &Browser) -> Result<(), Error> {
    let _site = open_isolated(browser).await?;
    if !browser.evaluate("return crossOriginIsolated && 'SharedArrayBuffer' in window;").await? {
        browser.leave_out("memory that threads share", "this build has no SharedArrayBuffer");
        return Ok(());
    }
    let (threads, increments) = (2, 100_000);
    let mut losing_runs = 0;
    for protection in Protection::ALL {
        for _ in 0..5 {
            let add = |thread| Task::Add { thread, threads, increments, protection };
            let came = lesson(browser, &[add(0), add(1)], words(threads, 0)).await?;
            for done in came.done() {
                assert_eq!((done.own, done.end), (increments, End::Complete));
                let (first, last) = (done.trace[0], done.trace[done.trace.len() - 1]);
                assert_eq!((first.state, last.state), (State::Waiting, State::Over));
                assert!(last.at_us < 60_000_000, "a minute after the page's press: {}", last.at_us);
            }
            if protection == Protection::None {
                losing_runs += u32::from(came.counter < threads * increments);
            } else {
                assert_eq!(came.counter, threads * increments, "{protection:?}");
            }
        }
    }
    assert!(losing_runs > 0, "no addition is ever lost");
    for python in [Python::LoopsOnly, Python::AnyStep] {
        let task = |thread| Task::Interpret { thread, threads, increments, python, interval_us: 500 };
        let came = lesson(browser, &[task(0), task(1)], words(threads, 0)).await?;
        assert!(came.counter == threads * increments || python == Python::AnyStep);
    }
    let mut sums = Vec::new();
    for under in [Held::Nothing, Held::Gil { interval_us: 500 }, Held::Alone] {
        let task = |thread| Task::Compute { thread, threads, slices: 500, held: under, pause: None };
        let came = lesson(browser, &[task(0), task(1)], words(threads, 0)).await?;
        sums.push(came.done().iter().map(|done| done.sum).collect::<Vec<_>>());
    }
    assert!(sums[0] == sums[1] && sums[1] == sums[2], "{sums:?}");
    Ok(())
}

async fn threads_talk_to_the_page_where_no_memory_is_shared(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    browser.webdriver().goto(site.url()).await?;
    let increments = 200;
    let add = |thread, threads| Task::AddByMessages { thread, threads, increments };
    let came = lesson(browser, &[add(0, 1)], 0).await?;
    assert_eq!((came.counter, came.done()[0].own), (increments, increments));
    assert_eq!(Report::parse(&came.told[0][0]), Ok(Report::Ready { build: BUILD_ID.to_owned() }));
    let came = lesson(browser, &[add(0, 2), add(1, 2)], 0).await?;
    // A value that was read early may be written late: even less than one thread's own additions can be left.
    assert!((2..2 * increments).contains(&came.counter), "{} of {}", came.counter, 2 * increments);
    Ok(())
}

// Fails with: a thread that dies unheard, or goes on after it has died.
async fn a_thread_says_why_it_cannot_work(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    browser.webdriver().goto(site.url()).await?;
    let add = Task::Add { thread: 0, threads: 1, increments: 1, protection: Protection::None };
    for (task, reason) in [
        (add, "needs shared memory"),
        (Task::Taken, "was asked"),
        (Task::Die { holding: false }, "on purpose"),
    ] {
        let came = lesson(browser, &[task], 0).await?;
        let [Report::Failed { text }] = &came.last()[..] else { panic!("{:?}", came.told) };
        assert!(text.contains(reason), "{text}");
    }
    Ok(())
}
