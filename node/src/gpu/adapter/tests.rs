//! The GPU program against the definition, on whatever adapter is here: a software adapter will do.
//!
//! Where there is none, the tests say so and are left out; with `DARTBOARD_GPU_REQUIRED=1` they fail.

use std::sync::OnceLock;
use std::{env, thread};

use dartboard_points::gpu::edge::{self, ANSWER_BYTES, Answer, Case, RANGE_BLOCKS, RANGES};
use dartboard_points::gpu::{SETTLED_STEPS, WIDEN_ALL};
use dartboard_points::kernel::{self, reference};
use dartboard_points::tally::{BlockRange, Seed};

use super::*;

/// Anything that counts.
fn opened() -> Option<Gpu> {
    or_left_out(Gpu::open(true))
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

/// The points inside of each block of [`RANGES`], dart by dart from the definition.
fn expected() -> &'static [Vec<u32>] {
    static EXPECTED: OnceLock<Vec<Vec<u32>>> = OnceLock::new();
    EXPECTED.get_or_init(|| {
        let of_range = |(seed, first): (u64, u64)| {
            let inside = |block| {
                let blocks = BlockRange::new(block, block + 1).expect("no range has the last number");
                let tally = reference::tally(Seed(seed), blocks);
                // By which the tests in browsers judge.
                assert_eq!(kernel::tally(Seed(seed), blocks), tally, "seed {seed}, block {block}");
                u32::try_from(tally.inside).expect("100,000 at most")
            };
            (first..first + u64::from(RANGE_BLOCKS)).map(inside).collect()
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

/// A way to find what is wrong with the program.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Search {
    /// [`RANGES`], in slices of so many steps.
    Blocks(u32),
    /// [`RANGES`], in such slices, with so many more open darts in the leaves.
    Widened(u32, u32),
    /// [`RANGES`], with the darts of settled cells decided too.
    Settled,
    /// Blocks of few points, of so many steps a slice.
    Sizes(u32),
    /// Darts at the edge of the circle, and words at the edges of what is open.
    Edge,
    /// The same, with all words' darts open.
    EdgeWidened,
}

const WHOLE: u32 = u32::MAX;
const EDGE_CASES: usize = 204_800;

impl Search {
    const ALL: [Self; 10] = [
        Self::Blocks(WHOLE),
        Self::Blocks(1_000),
        Self::Blocks(257),
        Self::Blocks(40),
        Self::Widened(20_000, WHOLE),
        Self::Widened(WIDEN_ALL, 300),
        Self::Settled,
        Self::Sizes(1),
        Self::Edge,
        Self::EdgeWidened,
    ];

    /// How much of it comes out wrong; nothing is known where there is no adapter.
    fn wrong(self, source: &str) -> Option<usize> {
        match self {
            Self::Blocks(steps) => wrong_blocks(source, &[], steps),
            Self::Widened(by, steps) => wrong_blocks(source, &[("WIDEN", f64::from(by))], steps),
            Self::Settled => {
                let all = [("WIDEN", f64::from(WIDEN_ALL)), ("SETTLED", 1.0)];
                wrong_blocks(source, &all, SETTLED_STEPS)
            }
            Self::Sizes(steps) => wrong_sizes(source, steps),
            Self::Edge => wrong_at_the_edge(source, 0),
            Self::EdgeWidened => wrong_at_the_edge(source, WIDEN_ALL),
        }
    }
}

/// Counts all ranges, and compares.
fn wrong_blocks(source: &str, constants: Constants<'_>, steps: u32) -> Option<usize> {
    let mut gpu = or_left_out(Gpu::with(true, source, ENTRY_POINT, constants))?;
    let mut wrong = 0;
    for ((seed, first), expected) in RANGES.into_iter().zip(expected()) {
        let job = Job::new(Seed(seed), first, RANGE_BLOCKS, Slice::WHOLE);
        let flight = gpu.submit(job, Slice::all(steps)).expect("submitted");
        let counts = gpu.finish(flight).expect("counted");
        assert_eq!(counts.len(), expected.len());
        wrong += counts.iter().zip(expected).filter(|(counted, right)| counted != right).count();
    }
    Some(wrong)
}

/// With few darts most cells are empty, hold one, or fill a step to the last bit.
fn wrong_sizes(source: &str, steps: u32) -> Option<usize> {
    let mut gpu = or_left_out(Gpu::with(true, source, ENTRY_POINT, &[]))?;
    // Computed by another program, from the definition's text.
    let right = [(0, 0), (1, 1), (2, 2), (31, 26), (257, 212), (1_000, 780), (12_345, 9_653)];
    let is_wrong = |&(points, inside): &(u32, u32)| {
        let job = Job { points, ..Job::new(Seed(7), 3, 1, Slice::WHOLE) };
        let flight = gpu.submit(job, Slice::all(steps)).expect("submitted");
        gpu.finish(flight).expect("counted") != [inside]
    };
    Some(right.iter().copied().filter(is_wrong).count())
}

fn wrong_at_the_edge(source: &str, widened: u32) -> Option<usize> {
    let cases = edge::cases(EDGE_CASES);
    let mut wrong = 0;
    for (seed, block) in [(0, 0), (0x9e37_79b9_7f4a_7c15, u64::MAX - 5)] {
        let answers = answers(source, &cases, &[("WIDEN", f64::from(widened))], Seed(seed), block)?;
        assert_eq!(answers.len(), cases.len());
        let right = cases.iter().map(|case| match case.answer(Seed(seed), block) {
            right if widened == 0 => right,
            // By all their bits, whether or not they are open: none is surely inside.
            right => Answer { open: 255, inside: 0, ..right },
        });
        wrong += answers.into_iter().zip(right).filter(|(answer, right)| answer != right).count();
    }
    Some(wrong)
}

#[test]
fn whole_blocks_are_counted_as_defined() {
    assert_eq!(Search::Blocks(WHOLE).wrong(SHADER).unwrap_or(0), 0);
}

#[test]
fn blocks_in_slices_are_counted_as_defined() {
    for steps in [1_000, 257, 40] {
        assert_eq!(Search::Blocks(steps).wrong(SHADER).unwrap_or(0), 0, "{steps}");
    }
}

#[test]
fn all_darts_of_leaves_decided_exactly_give_the_same_counts() {
    for (by, steps) in [(20_000, WHOLE), (WIDEN_ALL, WHOLE), (WIDEN_ALL, 300)] {
        assert_eq!(Search::Widened(by, steps).wrong(SHADER).unwrap_or(0), 0, "{by}, {steps}");
    }
}

#[test]
fn all_darts_completed_and_decided_exactly_give_the_same_counts() {
    assert_eq!(Search::Settled.wrong(SHADER).unwrap_or(0), 0);
}

#[test]
fn blocks_of_any_size_are_counted_as_defined() {
    for steps in [WHOLE, 20, 1] {
        assert_eq!(Search::Sizes(steps).wrong(SHADER).unwrap_or(0), 0, "{steps}");
    }
}

#[test]
fn at_the_edge_each_dart_is_decided_as_defined() {
    for search in [Search::Edge, Search::EdgeWidened] {
        assert_eq!(search.wrong(SHADER).unwrap_or(0), 0, "{search:?}");
    }
}

/// What could be wrong with the program: its name, the words that are replaced and those that replace them, and a search that
/// finds it.
const DEFECTS: [(&str, &str, &str, Search); 17] = [
    (
        "wrong rotation",
        "(c.lo << vec4(24u)) | (c.hi >> vec4(8u))",
        "(c.lo << vec4(23u)) | (c.hi >> vec4(9u))",
        Search::Blocks(WHOLE),
    ),
    ("lost carry of the block", "block.y += u32(block.x < index);", "", Search::Blocks(WHOLE)),
    (
        "lost carry of the counter",
        "out = plus(plus(a, b), Wide(vec4(counter), vec4(0u)));",
        "out = plus(a, b); out.lo += vec4(counter);",
        Search::Blocks(WHOLE),
    ),
    ("a full word taken for an empty one", "bits >= vec4(32u)", "bits > vec4(32u)", Search::Blocks(WHOLE)),
    (
        "last cell skipped",
        "while at < arrayLength(&cells) &&",
        "while at + 1u < arrayLength(&cells) &&",
        Search::Blocks(WHOLE),
    ),
    (
        "open darts dropped",
        "counted.x += decide(number, rank + i,",
        "counted.x += 0u * decide(number, rank + i,",
        Search::Blocks(WHOLE),
    ),
    ("upper margin cut", "vec4(92u + 2u * WIDEN)", "vec4(91u + 2u * WIDEN)", Search::Edge),
    ("lower margin cut", "0x4000000u + 92u + WIDEN", "0x4000000u + 91u + WIDEN", Search::Edge),
    ("Philox of 9 rounds", "return mixed(words, key + 9u * next).xy;", "return words.xy;", Search::Edge),
    ("wrong word of a pair", "key + 9u * next).xy;", "key + 9u * next).yx;", Search::Edge),
    ("lost carry of a product", "(right >> 16u) + (middle >> 16u)", "(right >> 16u)", Search::Edge),
    ("lost carry of the exact comparison", "x.y + y.y + u32(x.x + y.x < x.x)", "x.y + y.y", Search::Edge),
    (
        "open darts of a step in a wrong order",
        "words.lo.yzww",
        "words.lo.zyww",
        Search::Widened(WIDEN_ALL, 300),
    ),
    (
        "rank of a step's first dart",
        "look(8u, cell.x, darts - left, place);",
        "look(8u, cell.x, left, place);",
        Search::Widened(WIDEN_ALL, 300),
    ),
    (
        "a word of the state not restored",
        "b = Wide(saved(8u), saved(12u));",
        "b = Wide(saved(8u), saved(8u));",
        Search::Blocks(40),
    ),
    ("ones of a cell not restored", "ones.x = rest.z;", "", Search::Blocks(40)),
    (
        "a block that is finished early counted on",
        "  save(24u, vec4(at, left, ones.x + ones.y + ones.z + ones.w, counter));\n  if at < arrayLength(&cells) {",
        "  if at < arrayLength(&cells) {\n  save(24u, vec4(at, left, ones.x + ones.y + ones.z + ones.w, counter));",
        Search::Blocks(40),
    ),
];

/// Fails with: a search that would not find what it is there for.
#[test]
fn planted_defects_are_found() {
    for (name, of, defect, search) in DEFECTS {
        let source = SHADER.replace(of, defect);
        assert_ne!(source, SHADER, "{name}");
        match search.wrong(&source) {
            Some(wrong) => assert!(wrong > 0, "{name} is not found by {search:?}"),
            None => return,
        }
    }
}

/// Prints which search finds which defect, and in how many blocks, sizes or cases.
#[test]
#[ignore = "a table for the documentation; minutes"]
fn which_search_finds_which_defect() {
    for (name, of, defect, _) in DEFECTS {
        let source = SHADER.replace(of, defect);
        let found =
            Search::ALL.map(|search| search.wrong(&source).map_or("-".to_owned(), |wrong| wrong.to_string()));
        println!("| {name} | {} |", found.join(" | "));
    }
}

/// Buffers are used again, also for fewer blocks, and several chunks may be out at once.
#[test]
fn buffers_are_used_again() {
    let Some(mut gpu) = opened() else { return };
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
fn answers(
    source: &str,
    cases: &[Case],
    constants: Constants<'_>,
    seed: Seed,
    block: u64,
) -> Option<Vec<Answer>> {
    use wgpu::BufferUsages as Usages;
    let source = [source, edge::SHADER].concat();
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
fn a_program_on_the_processor_is_refused_unless_it_is_wanted() {
    let Some(gpu) = opened() else { return };
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
    let Some(mut gpu) = opened() else { return };
    gpu.device.destroy();
    let job = Job::new(Seed(0), 0, 1, Slice::WHOLE);
    let ended = gpu.submit(job, Slice::all(WHOLE)).and_then(|flight| gpu.finish(flight));
    assert!(matches!(ended, Err(GpuError::Unusable { .. })), "{ended:?}");
}
