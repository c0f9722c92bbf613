//! Points per second natively, for day-to-day work: `cargo bench -p dartboard-points`.
//! What counts is the browser: `./run bench`.

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    native::main();
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::hint::black_box;

    use criterion::{BatchSize, Criterion, Throughput};
    use dartboard_points::kernel::tree::Instructions;
    use dartboard_points::kernel::{points, reference};
    use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed};
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    /// The idiomatic program: uniform `f64` from rand's fast generator.
    fn small_rng(seed: u64) -> u64 {
        let mut generator = SmallRng::seed_from_u64(seed);
        let mut inside = 0;
        for _ in 0..BLOCK_POINTS {
            let (x, y): (f64, f64) = (generator.random(), generator.random());
            inside += u64::from(x * x + y * y < 1.0);
        }
        inside
    }

    fn one_block(criterion: &mut Criterion) {
        let mut group = criterion.benchmark_group("one block");
        group.throughput(Throughput::Elements(BLOCK_POINTS));
        let mut block = 0;
        let mut next = move || {
            block += 1;
            BlockRange::new(block, block + 1).expect("one block")
        };
        let seed = Seed(black_box(42));
        for instructions in Instructions::ALL {
            let name = format!("tree, {instructions:?}");
            group.bench_function(name, |bencher| {
                bencher.iter_batched(
                    &mut next,
                    |blocks| instructions.tally(seed, blocks),
                    BatchSize::SmallInput,
                );
            });
        }
        group.bench_function("reference", |bencher| {
            bencher.iter_batched(&mut next, |blocks| reference::tally(seed, blocks), BatchSize::SmallInput);
        });
        group.bench_function("list of points", |bencher| {
            bencher.iter_batched(&mut next, |blocks| points(seed, blocks.first()), BatchSize::SmallInput);
        });
        group.bench_function("SmallRng, f64", |bencher| bencher.iter(|| small_rng(black_box(seed.0))));
        group.finish();
    }

    pub(super) fn main() {
        let mut criterion = Criterion::default().configure_from_args();
        one_block(&mut criterion);
        criterion.final_summary();
    }
}
