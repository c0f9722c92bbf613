//! The program for GPUs against the definition, on whatever adapter is here: a program on the processor will do.
//!
//! Where there is none, the tests say so and are left out; with `DARTBOARD_GPU_REQUIRED=1` they fail.

use std::sync::OnceLock;
use std::{env, thread};

use dartboard_points::gpu::edge::{self, ANSWER_BYTES, Answer, Case};
use dartboard_points::gpu::{SETTLED_STEPS, WIDEN_ALL};
use dartboard_points::kernel::reference;
use dartboard_points::tally::{BlockRange, Seed};

use super::*;

/// Anything that counts, with these constants.
fn opened(constants: Constants<'_>) -> Option<Gpu> {
    or_left_out(Gpu::with(true, SHADER, ENTRY_POINT, constants))
}

/// What came of looking for an adapter; nothing where there is none and none is required.
pub(crate) fn or_left_out<T>(opened: Result<T, GpuError>) -> Option<T> {
    match opened {
        Err(GpuError::NoAdapter(reason)) if env::var_os("DARTBOARD_GPU_REQUIRED").is_none() => {
            eprintln!("left out: there is no GPU, and no program that stands for one ({reason})");
            None
        }
        opened => Some(opened.expect("an adapter counts")),
    }
}

/// Blocks of each seed.
const BLOCKS: u32 = 160;

/// 2,080 blocks of 13 seeds: numbers at both ends of 32 and 64 bits, and blocks whose low half runs over.
const RANGES: [(u64, u64); 13] = [
    (0, 0),
    (1, (1 << 32) - 80),
    (42, u64::MAX - 160),
    (1 << 31, (1 << 31) - 80),
    ((1 << 32) - 1, (1 << 63) - 80),
    (1 << 32, (7 << 32) - 1),
    ((1 << 32) + 1, 0xffff_ffff_0000_0000 - 159),
    (1 << 53, (1 << 53) - 1),
    ((1 << 63) - 1, (1 << 33) - 159),
    (1 << 63, 1 << 63),
    ((1 << 63) + 1, 0x0123_4567_89ab_cdef),
    (u64::MAX - 1, u64::MAX - 161),
    (u64::MAX, 0xfedc_ba98_ffff_ffb0),
];

/// The points inside of each block of [`RANGES`], dart by dart from the definition.
fn expected() -> &'static [Vec<u32>] {
    static EXPECTED: OnceLock<Vec<Vec<u32>>> = OnceLock::new();
    EXPECTED.get_or_init(|| {
        let of_range = |(seed, first): (u64, u64)| {
            let inside = |block| {
                let blocks = BlockRange::new(block, block + 1).expect("no range has the last number");
                u32::try_from(reference::tally(Seed(seed), blocks).inside).expect("100,000 at most")
            };
            (first..first + u64::from(BLOCKS)).map(inside).collect()
        };
        thread::scope(|scope| {
            let threads: Vec<_> = RANGES
                .chunks(4)
                .map(|part| scope.spawn(move || part.iter().copied().map(of_range).collect::<Vec<_>>()))
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("the reference counts")).collect()
        })
    })
}

/// Counts all ranges, and compares.
fn compare(constants: Constants<'_>, steps: u32) {
    let Some(mut gpu) = opened(constants) else { return };
    let mut wrong = 0;
    for ((seed, first), expected) in RANGES.into_iter().zip(expected()) {
        let job = Job::new(Seed(seed), first, BLOCKS, Slice::WHOLE);
        let flight = gpu.submit(job, Slice::all(steps)).expect("submitted");
        let counts = gpu.finish(flight).expect("counted");
        assert_eq!(counts.len(), expected.len());
        wrong += counts.iter().zip(expected).filter(|(counted, right)| counted != right).count();
    }
    assert_eq!(wrong, 0, "blocks counted wrongly of {}", RANGES.len() * BLOCKS as usize);
}

const WHOLE: u32 = u32::MAX;

#[test]
fn whole_blocks_are_counted_as_defined() {
    compare(&[], WHOLE);
}

#[test]
fn blocks_in_slices_are_counted_as_defined() {
    for steps in [40, 257, 1_000] {
        compare(&[], steps);
    }
}

/// Each dart of a leaf by all its bits.
#[test]
fn all_darts_of_leaves_decided_exactly_give_the_same_counts() {
    let widest: &[_] = &[("WIDEN", f64::from(WIDEN_ALL))];
    compare(widest, WHOLE);
    compare(widest, 100);
    compare(&[("WIDEN", 20_000.0)], WHOLE);
}

/// Each dart at all.
#[test]
fn settled_darts_completed_and_decided_exactly_give_the_same_counts() {
    compare(&[("SETTLED", 1.0), ("WIDEN", f64::from(WIDEN_ALL))], SETTLED_STEPS);
}

/// With few darts most cells are empty, hold one, or fill a step to the last bit.
#[test]
fn blocks_of_any_size_are_counted_as_defined() {
    let Some(mut gpu) = opened(&[]) else { return };
    // Computed by another program, from the definition's text.
    for (points, inside) in [(0, 0), (1, 1), (2, 2), (31, 26), (257, 212), (1_000, 780), (12_345, 9_653)] {
        for steps in [WHOLE, 1, 20] {
            let job = Job { points, ..Job::new(Seed(7), 3, 1, Slice::WHOLE) };
            let flight = gpu.submit(job, Slice::all(steps)).expect("submitted");
            assert_eq!(gpu.finish(flight).expect("counted"), [inside], "{points} points, {steps} steps");
        }
    }
}

/// Buffers are used again, also for fewer blocks, and several chunks may be out at once.
#[test]
fn buffers_are_used_again() {
    let Some(mut gpu) = opened(&[]) else { return };
    let (seed, first) = RANGES[1];
    for blocks in [160, 7, 100, 1, 160] {
        let job = Job::new(Seed(seed), first, blocks, Slice::WHOLE);
        let flights = [WHOLE, 500].map(|steps| gpu.submit(job, Slice::all(steps)).expect("submitted"));
        for flight in flights {
            assert_eq!(gpu.finish(flight).expect("counted"), expected()[1][..blocks as usize]);
        }
    }
    assert_eq!(gpu.free.len(), 2);
}

/// What the program says of these cases.
fn answers(cases: &[Case], constants: Constants<'_>, seed: Seed, block: u64) -> Option<Vec<Answer>> {
    use wgpu::BufferUsages as Usages;
    let source = [SHADER, edge::SHADER].concat();
    let gpu = or_left_out(Gpu::with(true, &source, edge::ENTRY_POINT, constants))?;
    let buffer = |size: usize, usage| {
        let size = size as u64;
        gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size,
            usage,
            mapped_at_creation: false,
        })
    };
    let bytes = edge::bytes(cases);
    let size = ANSWER_BYTES * cases.len();
    let job = buffer(JOB_BYTES, Usages::UNIFORM | Usages::COPY_DST);
    let given = buffer(bytes.len(), Usages::STORAGE | Usages::COPY_DST);
    let answers = buffer(size, Usages::STORAGE | Usages::COPY_SRC);
    let read = buffer(size, Usages::MAP_READ | Usages::COPY_DST);
    gpu.queue.write_buffer(&job, 0, &Job::new(seed, block, 1, Slice::WHOLE).bytes());
    gpu.queue.write_buffer(&given, 0, &bytes);
    let entries = [(0, &job), (1, &gpu.cells), (4, &given), (5, &answers)]
        .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() });
    let layout = gpu.pipeline.get_bind_group_layout(0);
    let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &layout,
        entries: &entries,
    });
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
    pass.set_pipeline(&gpu.pipeline);
    pass.set_bind_group(0, &group, &[]);
    pass.dispatch_workgroups(workgroups(u32::try_from(cases.len()).expect("some")), 1, 1);
    drop(pass);
    encoder.copy_buffer_to_buffer(&answers, 0, &read, 0, size as u64);
    gpu.queue.submit([encoder.finish()]);
    read.map_async(wgpu::MapMode::Read, .., |mapped| mapped.expect("read"));
    gpu.device.poll(wgpu::PollType::wait_indefinitely()).expect("done");
    gpu.check_trouble().expect("no trouble");
    let view = read.get_mapped_range(..).expect("mapped");
    Some(view.as_chunks().0.iter().map(|&answer| Answer::read(answer)).collect())
}

#[test]
fn at_the_edge_each_dart_is_decided_as_defined() {
    const CASES: usize = 204_800;
    let cases = edge::cases(CASES);
    for (seed, block) in [(0, 0), (0x9e37_79b9_7f4a_7c15, u64::MAX - 5)] {
        let right = cases.iter().map(|case| case.answer(Seed(seed), block));
        let Some(answers) = answers(&cases, &[], Seed(seed), block) else { return };
        assert_eq!(answers.len(), CASES);
        let wrong = answers.iter().copied().zip(right).filter(|(answer, right)| answer != right);
        let wrong: Vec<_> = wrong.collect();
        assert_eq!(wrong.len(), 0, "{:?}", wrong.first());
    }
    // By all their bits, whether or not they are open.
    let Some(answers) = answers(&cases, &[("WIDEN", f64::from(WIDEN_ALL))], Seed(1), 2) else { return };
    for (answer, case) in answers.into_iter().zip(cases) {
        let right = case.answer(Seed(1), 2);
        assert_eq!((answer.counted, answer.open, answer.inside), (right.counted, 255, 0), "{case:?}");
    }
}

#[test]
fn a_program_on_the_processor_is_refused_unless_it_is_wanted() {
    let Some(gpu) = opened(&[]) else { return };
    match Gpu::open(false) {
        Ok(other) => assert!(!other.name.contains("llvmpipe")),
        Err(error) => {
            assert_eq!(error, GpuError::Software(gpu.name.clone()));
            let text = error.to_string();
            assert!(
                text.contains(&gpu.name) && text.contains("leave --gpu out, or add --gpu-software"),
                "{text}"
            );
        }
    }
}

/// Not a panic, and not a wrong count.
#[test]
fn what_a_driver_refuses_is_an_error() {
    let broken = Gpu::with(true, "@compute @workgroup_size(64) fn count() { nothing(); }", ENTRY_POINT, &[]);
    match broken {
        Err(GpuError::NoAdapter(reason)) => drop(or_left_out(Err::<(), _>(GpuError::NoAdapter(reason)))),
        Err(GpuError::Unusable { reason, .. }) => assert!(reason.contains("nothing"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_gpu_that_is_lost_says_so() {
    let Some(mut gpu) = opened(&[]) else { return };
    gpu.device.destroy();
    let job = Job::new(Seed(0), 0, 1, Slice::WHOLE);
    let ended = gpu.submit(job, Slice::all(WHOLE)).and_then(|flight| gpu.finish(flight));
    assert!(matches!(ended, Err(GpuError::Unusable { .. })), "{ended:?}");
}
