//! The worker that counts on a GPU: its program, without the page, on an adapter that is a program on the processor.
//!
//! Chromium brings one, and Firefox finds Mesa's. Where there is none, what needs it says so and is left out; with
//! `DARTBOARD_GPU_REQUIRED=1` it fails.

use std::env;
use std::sync::OnceLock;
use std::time::Duration;

use dartboard_e2e::site::{BLANK, SUB_PATH};
use dartboard_e2e::undisturbed::native_tally;
use dartboard_e2e::{Browser, Engine, Error, Site, StandIn};
use dartboard_points::build::BUILD_ID;
use dartboard_points::gpu::check::Miscount;
use dartboard_points::gpu::edge::{RANGE_BLOCKS, RANGES};
use dartboard_points::gpu::{SETTLED_STEPS, WIDEN_ALL};
use dartboard_points::kernel::{self, Kernel};
use dartboard_points::protocol::{FromWorker, Probability, ToWorker};
use dartboard_points::tally::{BlockRange, Seed};
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

tests! {
    blocks_are_counted_as_defined,
    blocks_are_counted_as_defined_in_slices_and_with_every_dart_decided_exactly,
    leases_are_answered_in_their_order,
    why_there_is_no_gpu_is_said_in_four_ways_and_no_program_is_fetched,
    a_gpu_that_counts_wrongly_is_not_ready_or_ends_before_its_batch_counts,
    what_goes_wrong_is_told_with_its_reason,
    a_gpu_whose_process_crashes_is_told_at_once_and_the_next_worker_counts,
}

/// Blocks of a lease, half of a range, at most as many as parts of a tally: each block's count is told.
const BLOCKS: u64 = RANGE_BLOCKS as u64 / 2;

/// The leases that count [`RANGES`].
fn leases() -> Vec<(Seed, BlockRange)> {
    let halves = |(seed, first)| [first, first + BLOCKS].map(|first| (Seed(seed), blocks(first, BLOCKS)));
    RANGES.into_iter().flat_map(halves).collect()
}

fn blocks(first: u64, blocks: u64) -> BlockRange {
    BlockRange::new(first, first + blocks).expect("a range")
}

/// The points inside of each block of [`leases`], by the native kernel: tests of the crates hold that against the definition.
fn expected() -> &'static [Vec<u64>] {
    static EXPECTED: OnceLock<Vec<Vec<u64>>> = OnceLock::new();
    EXPECTED.get_or_init(|| {
        let of_lease = |(seed, range): (Seed, BlockRange)| -> Vec<u64> {
            (range.first()..range.end()).map(|block| kernel::tally(seed, blocks(block, 1)).inside).collect()
        };
        leases().into_iter().map(of_lease).collect()
    })
}

/// The lease `lease` of these blocks.
fn compute(lease: u64, (seed, blocks): (Seed, BlockRange)) -> ToWorker {
    ToWorker::Compute { lease, seed, blocks, kernel: None, chaos: Probability::NEVER }
}

/// What there is to count on.
#[derive(Clone, Copy, Deserialize)]
enum Adapter {
    Gpu,
    Software,
}

/// The worker's script, and what tests ask of it behind a `?`.
struct Worker<'a> {
    browser: &'a Browser,
    site: Site,
    asked: String,
}

impl<'a> Worker<'a> {
    /// Of a page without the app.
    async fn new(browser: &'a Browser, asked: &str) -> Result<Self, Error> {
        let site = Site::start().await?;
        browser.webdriver().goto(site.origin() + BLANK).await?;
        Ok(Self { browser, site, asked: asked.to_owned() })
    }

    /// That of software, or of a GPU where there is one; none where there is neither.
    async fn on_software(browser: &'a Browser, asked: &str) -> Result<Option<Self>, Error> {
        let worker = Self::new(browser, &format!("software{asked}")).await?;
        Ok(worker.adapter().await?.map(|_| worker))
    }

    /// What there is to count on. Says so if there is nothing.
    async fn adapter(&self) -> Result<Option<Adapter>, Error> {
        const WHAT: &str = "counting on a GPU";
        if self.browser.engine() == Engine::WebKit {
            self.browser.leave_out(WHAT, "it has no WebGPU");
            return Ok(None);
        }
        let script = "const adapter = await navigator.gpu?.requestAdapter();
            return adapter ? adapter.info.isFallbackAdapter ? 'Software' : 'Gpu' : null;";
        let found: Option<Adapter> = self.browser.evaluate_async(script).await?;
        if found.is_none() {
            assert!(env::var_os("DARTBOARD_GPU_REQUIRED").is_none(), "no adapter for WebGPU");
            self.browser
                .leave_out(WHAT, "there is no adapter for WebGPU, not even a program on the processor");
        }
        Ok(found)
    }

    fn url(&self) -> Result<String, Error> {
        Ok(format!("{SUB_PATH}{}?{}", self.site.file("gpu-loader.js")?, self.asked))
    }

    /// Serves the script with a change from now on.
    fn spoil(&self, change: impl FnOnce(&str) -> String) -> Result<(), Error> {
        let script = String::from_utf8_lossy(&self.site.content("gpu-loader.js")?).into_owned();
        let changed = change(&script);
        assert_ne!(changed, script, "nothing is changed");
        self.site.replace(self.site.file("gpu-loader.js")?, StandIn::content(changed));
        Ok(())
    }

    /// Starts a worker that is posted `messages` once it is ready. What it says is in `said` of the page, and in `times` when.
    async fn start(&self, messages: &[ToWorker]) -> Result<(), Error> {
        let messages: Vec<_> = messages.iter().map(ToWorker::encode).collect();
        let script = format!(
            "window.worker?.terminate();
            window.said = [];
            window.times = [];
            const hear = text => {{
                said.push(text);
                times.push(performance.now());
                if (text.startsWith('kind=ready')) for (const message of {}) worker.postMessage(message);
            }};
            window.worker = new Worker('{}', {{ type: 'module' }});
            worker.onmessage = ({{ data }}) => hear(data);
            worker.onerror = event => {{ event.preventDefault(); window.error = event.message; }};
            return null;",
            json!(messages),
            self.url()?
        );
        self.browser.evaluate(&script).await
    }

    /// What it has said once that is `count` messages, or one that ends it.
    async fn said(&self, count: usize) -> Result<Vec<FromWorker>, Error> {
        let script = format!(
            "const ends = text => !/^kind=(ready|tally)&/.test(text);
            while (said.length < {count} && !said.some(ends)) await new Promise(done => setTimeout(done, 10));
            return said;"
        );
        let said: Vec<String> = self.browser.evaluate_async(&script).await?;
        Ok(said.iter().map(|text| FromWorker::parse(text).expect(text)).collect())
    }

    /// What it answers to `messages`.
    async fn answers(&self, messages: &[ToWorker]) -> Result<Vec<FromWorker>, Error> {
        self.start(messages).await?;
        self.said(messages.len() + 1).await
    }

    /// Counts the first so many leases of [`leases`], and compares each block.
    async fn compare(&self, count: usize) -> Result<(), Error> {
        let messages: Vec<_> =
            (0..).zip(leases()).take(count).map(|(id, lease)| compute(id, lease)).collect();
        let expected = &expected()[..messages.len()];
        let begun = Instant::now();
        let said = self.answers(&messages).await?;
        let took = begun.elapsed();
        let Some((FromWorker::Ready(ready), tallies)) = said.split_first() else { panic!("{said:?}") };
        assert!(ready.build == BUILD_ID && ready.adapter().is_some(), "{ready:?}");
        let mut wrong = 0;
        for (id, (told, expected)) in tallies.iter().zip(expected).enumerate() {
            let FromWorker::Tally { lease, tally, parts, .. } = told else { panic!("{told:?}") };
            assert_eq!((*lease, parts.len(), tally.inside), (id as u64, expected.len(), parts.iter().sum()));
            wrong += parts.iter().zip(expected).filter(|(counted, right)| counted != right).count();
        }
        assert_eq!((tallies.len(), wrong), (expected.len(), 0), "leases; blocks counted wrongly");
        println!("{} blocks, {}: {:.1} s", count as u64 * BLOCKS, self.asked, took.as_secs_f64());
        Ok(())
    }
}

// Fails with: anything in the program for GPUs, its buffers or its answers that changes a count in this browser.
async fn blocks_are_counted_as_defined(browser: &Browser) -> Result<(), Error> {
    let Some(worker) = Worker::on_software(browser, "").await? else { return Ok(()) };
    worker.compare(leases().len()).await
}

// Fails with: a state that is not carried from slice to slice; a wrong decision by all bits, of which whole blocks have few.
async fn blocks_are_counted_as_defined_in_slices_and_with_every_dart_decided_exactly(
    browser: &Browser,
) -> Result<(), Error> {
    let widest = format!("&WIDEN={WIDEN_ALL}");
    let settled = format!("&SETTLED=1&WIDEN={WIDEN_ALL}&steps={SETTLED_STEPS}");
    for (asked, count) in [("&steps=257", 26), (&widest, 13), (&settled, 2)] {
        let Some(worker) = Worker::on_software(browser, asked).await? else { return Ok(()) };
        worker.compare(count).await?;
    }
    Ok(())
}

// Fails with: a short lease answered before a long one; a chunk counted in another's lease; a lease lost between two.
async fn leases_are_answered_in_their_order(browser: &Browser) -> Result<(), Error> {
    let Some(worker) = Worker::on_software(browser, "").await? else { return Ok(()) };
    let mut first = 0;
    let sizes = [1, 1_500, 64, 1, 300, 129];
    let leases = sizes.map(|size| {
        let range = blocks(first, size);
        first += size;
        range
    });
    let messages: Vec<_> = (10..).zip(leases).map(|(id, range)| compute(id, (Seed(42), range))).collect();
    let said = worker.answers(&messages).await?;
    let (mut inside, mut ids, mut all_us) = (0, Vec::new(), 0);
    for (told, range) in said[1..].iter().zip(leases) {
        let FromWorker::Tally { lease, tally, parts, compute_us } = told else { panic!("{told:?}") };
        assert_eq!((tally.points, parts.len() as u64), (range.points(), range.blocks().min(100)));
        // A single one may take less than the clock can tell.
        all_us += compute_us;
        ids.push(*lease);
        inside += tally.inside;
    }
    assert_eq!(ids, [10, 11, 12, 13, 14, 15]);
    assert!(all_us > 0);
    assert_eq!(inside, native_tally(42, first * 100_000).inside);
    Ok(())
}

const INSECURE: &str = "browsers offer a GPU only to secure addresses: https, or 127.0.0.1";
const NO_WEBGPU: &str = "this browser has no WebGPU";
const NO_ADAPTER: &str = "this browser finds no GPU that it may use";
const SOFTWARE: &str = "this browser finds no GPU, only slow software in its place";

// Fails with: two reasons that are not told apart; software that is taken for a GPU; a program fetched that cannot be used.
async fn why_there_is_no_gpu_is_said_in_four_ways_and_no_program_is_fetched(
    browser: &Browser,
) -> Result<(), Error> {
    let worker = Worker::new(browser, "").await?;
    let as_it_is = match (browser.engine(), worker.adapter().await?) {
        (Engine::WebKit, _) => Some(NO_WEBGPU),
        (_, Some(Adapter::Software)) => Some(SOFTWARE),
        (_, Some(Adapter::Gpu)) => None,
        // As the page was told.
        (_, None) => Some(NO_ADAPTER),
    };
    if let Some(why) = as_it_is {
        assert_eq!(worker.answers(&[]).await?, [FromWorker::NoGpu { text: why.to_owned() }]);
    }
    let gpu = |value: &str| format!("Object.defineProperty(navigator, 'gpu', {{ value: {value} }});");
    for (before, why) in [
        ("Object.defineProperty(self, 'isSecureContext', { value: false });".to_owned(), INSECURE),
        (gpu("undefined"), NO_WEBGPU),
        (gpu("{ requestAdapter: async () => null }"), NO_ADAPTER),
        (gpu("{ requestAdapter: async () => ({ info: { isFallbackAdapter: true } }) }"), SOFTWARE),
        (gpu("{ requestAdapter: async () => ({ isFallbackAdapter: true }) }"), SOFTWARE),
    ] {
        worker.spoil(|script| format!("{before}\n{script}"))?;
        assert_eq!(worker.answers(&[]).await?, [FromWorker::NoGpu { text: why.to_owned() }], "{before}");
    }
    for file in ["gpu.js", "gpu_bg.wasm"].iter().filter(|_| as_it_is.is_some()) {
        assert!(worker.site.answered(&worker.site.file(file)?).is_empty(), "{file}");
    }
    Ok(())
}

/// What is told of a block that is counted wrong.
fn miscounted(seed: u64, block: u64, counted: u64, right: u64) -> FromWorker {
    let text = Miscount { seed: Seed(seed), block, counted, right }.to_string();
    FromWorker::Miscounted { text }
}

/// What the worker's script does with the counts of a chunk.
const COUNTED: &str = "if (!hasFailed) then(counted);";

// Fails with: a self-check that is skipped or not waited for; a batch whose block is not counted again, or that counts before.
async fn a_gpu_that_counts_wrongly_is_not_ready_or_ends_before_its_batch_counts(
    browser: &Browser,
) -> Result<(), Error> {
    let Some(worker) = Worker::on_software(browser, "").await? else { return Ok(()) };
    worker.spoil(|script| script.replace(COUNTED, &format!("counted[7] += 1; {COUNTED}")))?;
    let said = worker.answers(&[compute(0, (Seed(1), blocks(0, 10)))]).await?;
    let right = kernel::tally(Seed(0), blocks(7, 1)).inside;
    assert_eq!(said, [miscounted(0, 7, right + 1, right)]);

    // The self-check has 8 chunks. The first lease is counted rightly, every block of the second wrongly.
    let spoiled = "self.chunks = (self.chunks ?? 0) + 1; if (self.chunks > 9) counted.forEach((_, i) => { counted[i] -= 1; });";
    worker.spoil(|script| script.replace(COUNTED, &format!("{spoiled} {COUNTED}")))?;
    let leases: Vec<_> = (0..3).map(|id| compute(id, (Seed(3), blocks(100 * id, 64)))).collect();
    let said = worker.answers(&leases).await?;
    let [
        FromWorker::Ready(_),
        FromWorker::Tally { lease: 0, .. },
        ref miscount @ FromWorker::Miscounted { .. },
    ] = said[..]
    else {
        panic!("{said:?}")
    };
    let told = (100..164).find(|&block| {
        let right = kernel::tally(Seed(3), blocks(block, 1)).inside;
        *miscount == miscounted(3, block, right - 1, right)
    });
    assert!(told.is_some(), "{said:?}");
    // And says nothing more.
    sleep(Duration::from_millis(500)).await;
    assert_eq!(worker.said(0).await?.len(), 3);
    Ok(())
}

// Fails with: a promise that is rejected and heard by nobody; a GPU that is lost and waited for; a reason that is not told.
async fn what_goes_wrong_is_told_with_its_reason(browser: &Browser) -> Result<(), Error> {
    let Some(worker) = Worker::on_software(browser, "").await? else { return Ok(()) };
    let leases: Vec<_> = (0..4).map(|id| compute(id, (Seed(3), blocks(100 * id, 64)))).collect();
    let end = |said: &[FromWorker]| match said.last() {
        Some(FromWorker::Panicked { text }) => format!("panicked: {text}"),
        Some(FromWorker::Errored { text }) => format!("errored: {text}"),
        Some(FromWorker::StartFailed { text }) => format!("not started: {text}"),
        Some(FromWorker::Rejected { text }) => format!("rejected: {text}"),
        _ => panic!("{said:?}"),
    };
    let lost = "if ((self.chunks = (self.chunks ?? 0) + 1) > 9) this.#device.destroy();";
    for (place, spoiled, told) in [
        (COUNTED, format!("{lost} {COUNTED}"), "errored: the GPU was lost: "),
        (COUNTED, "throw new Error('as planned');".to_owned(), "errored: as planned"),
        ("await before;", "Promise.reject(new Error('to nobody'));".to_owned(), "errored: to nobody"),
        (
            "dispatchWorkgroups(workgroups)",
            "dispatchWorkgroups(1e6)".to_owned(),
            "errored: the GPU refused: ",
        ),
        ("adapter.requestDevice()", "Promise.reject(new Error('none'))".to_owned(), "not started: none"),
        ("createShaderModule({ code })", "createShaderModule({ code: 'no' })".to_owned(), "errored: "),
    ] {
        worker.spoil(|script| script.replace(place, &spoiled))?;
        let said = worker.answers(&leases).await?;
        assert!(end(&said).starts_with(told), "{spoiled}: {said:?}");
        // Once.
        let ends = said.iter().filter(|said| matches!(said, FromWorker::Errored { .. }));
        assert!(ends.count() <= 1, "{spoiled}: {said:?}");
    }
    worker.site.restore();
    worker.site.replace(worker.site.file("gpu_bg.wasm")?, StandIn::not_found());
    assert!(end(&worker.answers(&[]).await?).starts_with("not started: 404 for http"));

    worker.site.restore();
    for (message, told) in [
        (ToWorker::Crash, "panicked: "),
        (
            ToWorker::Compute {
                lease: 1,
                seed: Seed(1),
                blocks: blocks(0, 1),
                kernel: Some(Kernel::MathRandom),
                chaos: Probability::NEVER,
            },
            "rejected: the worker has no kernel “math_random”",
        ),
        (
            ToWorker::Compute {
                lease: 1,
                seed: Seed(1),
                blocks: blocks(0, 1),
                kernel: None,
                chaos: Probability::ALWAYS,
            },
            "panicked: ",
        ),
    ] {
        let said = worker.answers(&[message]).await?;
        assert!(said.len() == 2 && end(&said).starts_with(told), "{said:?}");
    }
    Ok(())
}

// Fails with: a GPU that is lost and not told within a second; a browser in which the next worker finds none.
async fn a_gpu_whose_process_crashes_is_told_at_once_and_the_next_worker_counts(
    browser: &Browser,
) -> Result<(), Error> {
    if !browser.has_devtools("the GPU's process crashed in the middle") {
        return Ok(());
    }
    let Some(worker) = Worker::on_software(browser, "").await? else { return Ok(()) };
    // Some seconds of work.
    worker
        .start(&[compute(0, (Seed(1), blocks(0, 2_000))), compute(1, (Seed(1), blocks(2_000, 2_000)))])
        .await?;
    worker.said(1).await?;
    sleep(Duration::from_millis(300)).await;
    browser.evaluate::<()>("window.crashed = performance.now(); return null;").await?;
    browser.devtools("Browser.crashGpuProcess", json!({})).await?;
    let said = worker.said(3).await?;
    let [FromWorker::Ready(_), FromWorker::Errored { text }] = &said[..] else { panic!("{said:?}") };
    assert!(text.starts_with("the GPU was lost: "), "{text}");
    let after_ms: f64 = browser.evaluate("return times.at(-1) - window.crashed;").await?;
    println!("told after {after_ms:.0} ms: {text}");
    assert!(after_ms < 1_000.0, "{after_ms} ms");

    let said = worker.answers(&[compute(2, (Seed(42), blocks(0, 100)))]).await?;
    let [FromWorker::Ready(_), FromWorker::Tally { lease: 2, tally, .. }] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!(*tally, native_tally(42, 10_000_000));
    Ok(())
}
