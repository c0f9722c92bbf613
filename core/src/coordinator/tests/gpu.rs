//! A slot of another kind: what becomes of it, and of what it counts.

use super::*;
use crate::run::config::Gpu;

fn with_gpu(workers: u32, batch: BatchSize, gpu: Gpu) -> Config {
    Config { batch, gpu, ..config(workers, 1, 0) }
}

/// One with a worker on the processor and one on the GPU, 0 and 1, that runs; and the commands of its Start.
fn beside(batch: BatchSize) -> (Desk, Vec<Command>) {
    let mut desk = Desk::new(with_gpu(1, batch, Gpu::Beside));
    desk.tell(Event::Open);
    desk.ready(0);
    desk.gpu_ready(1);
    let commands = desk.tell(Event::Start);
    (desk, commands)
}

fn gpu_view(desk: &Desk) -> super::super::snapshot::SlotView {
    let slots = desk.coordinator.snapshot(desk.now).slots;
    slots.into_iter().find(|slot| slot.slot == SlotIndex::GPU).expect("a slot of the GPU")
}

impl Desk {
    fn gpu_ready(&mut self, worker: u64) -> Vec<Command> {
        let message = FromWorker::Ready(Announcement::of_gpu(BUILD, "an adapter"));
        self.tell(Event::Message { worker: WorkerId(worker), message })
    }

    fn failed(&mut self, worker: u64) -> Vec<Command> {
        self.tell(Event::Failed { worker: WorkerId(worker), reason: "device lost".to_owned() })
    }

    fn said(&mut self, worker: u64, message: FromWorker) -> Vec<Command> {
        self.tell(Event::Message { worker: WorkerId(worker), message })
    }
}

// Fails with: a GPU that is started unasked, takes a worker's place, or changes its own when workers come and go.
#[test]
fn the_gpu_has_a_slot_of_its_own_that_stays_while_workers_come_and_go() {
    let mut desk = Desk::new(config(2, 1, 0));
    let slots = |commands: &[Command]| -> Vec<SlotIndex> {
        let slot = |command: &Command| match command {
            Command::Spawn { slot, .. } => Some(*slot),
            _ => None,
        };
        commands.iter().filter_map(slot).collect()
    };
    assert_eq!(slots(&desk.tell(Event::Open)), [0, 1].map(SlotIndex));
    assert_eq!(slots(&desk.tell(Event::Set(LiveSetting::Gpu(Gpu::Beside)))), [SlotIndex::GPU]);
    assert_eq!(
        slots(&desk.tell(Event::Set(LiveSetting::Workers(WorkerCount::nearest(4))))),
        [2, 3].map(SlotIndex)
    );
    let shown = |desk: &Desk| -> Vec<String> {
        desk.coordinator.snapshot(desk.now).slots.iter().map(|slot| slot.slot.to_string()).collect()
    };
    assert_eq!(shown(&desk), ["1", "2", "3", "4", "GPU"]);
    desk.gpu_ready(2);
    assert_eq!((gpu_view(&desk).adapter.as_deref(), gpu_view(&desk).kernel), (Some("an adapter"), None));
    // Instead of them: they go, it stays.
    let commands = desk.tell(Event::Set(LiveSetting::Gpu(Gpu::Alone)));
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![0, 1, 3, 4], vec![]));
    assert_eq!(shown(&desk), ["GPU"]);
    let commands = desk.tell(Event::Set(LiveSetting::Gpu(Gpu::Off)));
    assert_eq!((terminated(&commands), slots(&commands).len()), (vec![2], 4));
    assert_eq!(shown(&desk), ["1", "2", "3", "4"]);
    let said: Vec<_> = desk.coordinator.log().entries().map(|entry| entry.what.to_string()).collect();
    assert_eq!(
        said,
        [
            "the GPU too from now on",
            "4 workers from now on",
            "only the GPU from now on",
            "no GPU from now on"
        ]
    );
    // Nothing changes that is as it was.
    desk.tell(Event::Set(LiveSetting::Gpu(Gpu::Off)));
    assert_eq!(desk.written(), 4);
}

// Fails with: a worker of the one kind in the other's place, which would count by a kernel that nobody knows.
#[test]
fn a_worker_in_the_wrong_place_is_not_tried_again() {
    for (worker, announced) in
        [(1, Announcement::new(BUILD, Kernel::Tree)), (0, Announcement::of_gpu(BUILD, ""))]
    {
        let mut desk = Desk::new(with_gpu(1, BatchSize::Auto, Gpu::Beside));
        desk.tell(Event::Open);
        let commands = desk.said(worker, FromWorker::Ready(announced));
        assert_eq!((terminated(&commands), spawned(&commands)), (vec![worker], vec![]));
    }
}

// Fails with: a worker whose first batch is a GPU's, or a GPU that waits for batches as short as a worker's.
#[test]
fn each_kind_has_a_pace_of_its_own() {
    let (mut desk, commands) = beside(BatchSize::Auto);
    assert_eq!(
        leases(&commands),
        [(0, 0, 0, 1), (1, 1, 1, 4_097), (0, 2, 4_097, 4_098), (1, 3, 4_098, 8_194)]
    );
    // The GPU needs 10 ms for 4,096 blocks: more than eight times as many are not given at once.
    desk.now = at(10);
    assert_eq!(leases(&desk.result(1, 1, 4_096)), [(1, 4, 8_194, 8_194 + 32_768)]);
    // A new worker begins as one does.
    let commands = desk.tell(Event::Set(LiveSetting::Workers(WorkerCount::nearest(2))));
    let given: Vec<_> = leases(&desk.ready_all(&commands)).iter().map(|lease| lease.3 - lease.2).collect();
    assert_eq!(given, [1, 1]);
    // What a worker shows is nothing to the GPU, and its next worker begins with its pace.
    desk.now = at(500);
    desk.result(0, 0, 1);
    let commands = desk.failed(1);
    desk.failed(0);
    let [next] = spawned(&commands)[..] else { panic!("{commands:?}") };
    // What it left in pieces comes first, as long as there is any.
    let given: Vec<_> = leases(&desk.gpu_ready(next)).iter().map(|lease| lease.3 - lease.2).collect();
    assert_eq!(given.len(), 2);
    assert!(given.iter().all(|&blocks| blocks >= 4_096), "{given:?}");
}

// Fails with: a GPU that is fed with single blocks for a while after it was given what a dead worker has left.
#[test]
fn what_is_left_in_small_pieces_says_nothing_of_the_gpus_pace() {
    let (mut desk, _) = beside(BatchSize::Auto);
    desk.now = at(10);
    desk.result(1, 1, 4_096);
    // A worker dies over one block; its replacement is not ready yet, so the GPU is given the block.
    desk.failed(0);
    desk.now = at(20);
    let given = leases(&desk.result(1, 3, 4_096));
    assert_eq!(given.iter().map(|lease| lease.3 - lease.2).collect::<Vec<_>>(), [1]);
    desk.now = at(30);
    let given = leases(&desk.result(1, 4, 32_768));
    let rest = given[0].1;
    assert_eq!(given[0].3 - given[0].2, 1, "the other block of the dead");
    desk.now = at(33);
    desk.result(1, rest - 1, 1);
    desk.now = at(36);
    let given = leases(&desk.result(1, rest, 1));
    assert!(given[0].3 - given[0].2 > 32_768, "{given:?}");
}

#[test]
fn a_fixed_size_holds_for_both_but_leaves_no_gpu_idle() {
    let sizes = |blocks| {
        let (_, commands) = beside(BatchSize::Fixed(BatchPoints::nearest(blocks)));
        leases(&commands).iter().map(|lease| lease.3 - lease.2).collect::<Vec<_>>()
    };
    assert_eq!(sizes(3), [3, 64, 3, 64]);
    assert_eq!(sizes(500), [500; 4]);
}

// Fails with: a GPU that is asked for a kernel that it has not, or measured anew when the processor's changes.
#[test]
fn a_chosen_kernel_is_the_processors_matter() {
    let config = Config { kernel: Some(Kernel::Reference), ..with_gpu(1, BatchSize::Auto, Gpu::Beside) };
    let mut desk = Desk::new(config);
    desk.tell(Event::Open);
    desk.ready(0);
    desk.gpu_ready(1);
    let kernels: Vec<_> = desk
        .tell(Event::Start)
        .iter()
        .filter_map(|command| match command {
            Command::Post { message: ToWorker::Compute { kernel, .. }, .. } => Some(*kernel),
            _ => None,
        })
        .collect();
    assert_eq!(kernels, [Some(Kernel::Reference), None, Some(Kernel::Reference), None]);
    desk.now = at(10);
    desk.result(1, 1, 4_096);
    desk.tell(Event::Set(LiveSetting::Kernel(None)));
    let ready = desk.coordinator.roster[SlotIndex::GPU].ready();
    assert!(ready.is_some_and(|ready| ready.pace.is_some()), "its pace is forgotten");
    desk.now = at(20);
    let given = leases(&desk.result(1, 3, 4_096));
    assert!(given[0].3 - given[0].2 > 4_096, "{given:?}");
}

// Fails with: a run stopped for blocks at whose side three GPUs were lost.
#[test]
fn a_lost_gpu_accuses_no_blocks_and_five_give_up_its_slot_not_the_run() {
    let (mut desk, _) = beside(BatchSize::Auto);
    let mut worker = 1;
    for death in 1..=5 {
        let commands = desk.failed(worker);
        assert_eq!(terminated(&commands), [worker]);
        if death == 5 {
            break;
        }
        assert_eq!(desk.status(), RunStatus::Running, "after {death} deaths");
        worker = spawned(&commands).first().copied().unwrap_or_else(|| spawned(&desk.fire())[0]);
        let given = leases(&desk.gpu_ready(worker));
        assert_eq!((given[0].2, given[0].3), (1, 4_097), "the same blocks again");
    }
    let last = Cause::Errored("device lost".to_owned());
    assert_eq!(gpu_view(&desk).state, SlotStateView::GivenUp { last: last.clone() });
    let after_death = AfterDeath::Replace;
    assert_eq!(desk.status(), RunStatus::Degraded { given_up: 1, wanted: 2, after_death, last });
    // The worker counts what the GPU has left.
    assert_eq!(leases(&desk.result(0, 0, 1))[0].2, 1);
}

#[test]
fn a_gpu_that_counts_alone_and_is_lost_for_good_stops_the_run_in_words() {
    let mut desk = Desk::new(with_gpu(3, BatchSize::Auto, Gpu::Alone));
    assert_eq!(spawned(&desk.tell(Event::Open)), [0]);
    desk.said(0, no_gpu());
    let RunStatus::Failed(failure) = desk.status() else { panic!("{:?}", desk.status()) };
    assert_eq!(failure.to_string(), "no worker can be kept alive: this browser has no WebGPU");
    assert!(!failure.offers_reload());
    // Somebody may have mended it.
    assert_eq!(spawned(&desk.tell(Event::Retry)), [1]);
}

// Fails with: an adapter asked for again and again where there is none, or a run that ends for that.
#[test]
fn without_a_gpu_the_workers_count_alone_and_the_reason_is_said() {
    let mut desk = Desk::new(with_gpu(2, BatchSize::Auto, Gpu::Beside));
    desk.tell(Event::Open);
    desk.ready(0);
    desk.ready(1);
    let commands = desk.said(2, no_gpu());
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![2], vec![]));
    let last = Cause::NoGpu("this browser has no WebGPU".to_owned());
    assert_eq!(gpu_view(&desk).state, SlotStateView::GivenUp { last });
    assert_eq!(desk.written(), 1, "the reason alone");
    assert_eq!(desk.status(), RunStatus::Idle);
    // Start tries it once more.
    let commands = desk.tell(Event::Start);
    assert_eq!((spawned(&commands), leases(&commands).len()), (vec![3], 4));
}

// Fails with: a GPU given up while its program is compiled, or workers that are given time for its sake.
#[test]
fn a_gpu_has_thirty_seconds_to_be_ready_and_is_none_of_the_crowd() {
    let mut desk = Desk::new(with_gpu(1, BatchSize::Fixed(BatchPoints::nearest(10_000)), Gpu::Beside));
    desk.tell(Event::Open);
    assert_eq!(desk.timer, Some(at(10_250)));
    desk.ready(0);
    assert_eq!(desk.timer, Some(at(30_000)));
    desk.at(29_000, Event::Start);
    desk.fire();
    let commands = desk.fire();
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![1], vec![2]));
    let died = desk.coordinator.log().entries().next_back().unwrap().what.to_string();
    assert_eq!(died, "the worker did not start within 30.3 s");

    // Twenty workers lengthen each other's deadlines, not the GPU's.
    let mut desk = Desk::new(with_gpu(1, BatchSize::Fixed(BatchPoints::nearest(10_000)), Gpu::Alone));
    desk.tell(Event::Open);
    desk.gpu_ready(0);
    desk.tell(Event::Start);
    desk.at(1_000, result(0, 0, 10_000));
    assert_eq!(desk.timer, Some(at(1_000 + 10_000)));
    desk.tell(Event::Set(LiveSetting::Workers(WorkerCount::nearest(20))));
    desk.tell(Event::Set(LiveSetting::Gpu(Gpu::Beside)));
    for worker in 1..=20 {
        desk.ready(worker);
    }
    assert_eq!(desk.timer, Some(at(1_000 + 10_000)));
}

/// What the GPU says that finds that it counted a block wrong.
fn miscounted() -> FromWorker {
    FromWorker::Miscounted { text: "in block 7".to_owned() }
}

/// What it says that finds no GPU.
fn no_gpu() -> FromWorker {
    FromWorker::NoGpu { text: "this browser has no WebGPU".to_owned() }
}

// Fails with: a total that keeps what a GPU told that miscounts, or counts it twice; a GPU that is asked again unasked.
#[test]
fn what_a_gpu_counted_before_it_miscounted_is_counted_again_at_the_users_wish() {
    let (mut desk, _) = beside(BatchSize::Fixed(BatchPoints::nearest(100)));
    let in_doubt = |desk: &Desk| desk.coordinator.snapshot(desk.now).points_in_doubt;
    // 0 counts two batches, the GPU one, 0 another one.
    desk.result(0, 0, 100);
    desk.result(0, 2, 100);
    desk.result(1, 1, 100);
    let given = leases(&desk.result(0, 4, 100));
    assert_eq!((desk.points(), in_doubt(&desk)), (40_000_000, 0));
    assert_eq!(desk.tell(Event::CountAgain), [], "nothing is in doubt");
    let commands = desk.said(1, miscounted());
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![1], vec![]));
    assert!(matches!(gpu_view(&desk).state, SlotStateView::GivenUp { last: Cause::Miscounted(_) }));
    assert_eq!((desk.points(), in_doubt(&desk)), (40_000_000, 10_000_000), "marked, and counted still");
    let said: Vec<_> =
        desk.coordinator.log().entries().rev().take(2).map(|entry| entry.what.to_string()).collect();
    assert_eq!(
        said,
        ["10,000,000 points that the GPU counted are in doubt; they can be counted again", "in block 7"]
    );
    // Start does not ask it again.
    desk.tell(Event::Pause);
    desk.now += ms(1_000);
    desk.tell(Event::Timer);
    let commands = desk.tell(Event::Start);
    assert!(!commands.iter().any(|command| matches!(command, Command::Spawn { slot: SlotIndex::GPU, .. })));
    let (worker, before) = (desk.coordinator.next_worker - 1, given[0].1);
    desk.ready(worker);

    let commands = desk.tell(Event::CountAgain);
    assert_eq!((desk.points(), in_doubt(&desk), desk.status()), (20_000_000, 0, RunStatus::Running));
    assert_eq!(desk.coordinator.config().gpu, Gpu::Off);
    let slots = desk.coordinator.snapshot(desk.now).slots.len();
    assert_eq!((terminated(&commands), slots), (vec![worker], 1));
    let [next] = spawned(&commands)[..] else { panic!("{commands:?}") };
    let given = leases(&desk.ready(next));
    assert!(given[0].1 > before, "what is out is forgotten, and its lease never used again");
    assert_eq!((given[0].2, given[0].3), (100, 200), "what the GPU counted, first of all");
    assert_eq!((given[1].2, given[1].3), (300, 400));
    assert_eq!(desk.tell(Event::CountAgain), [], "once");
}

// Fails with: blocks before a range's first that are counted when the range is counted again.
#[test]
fn a_range_is_counted_again_from_its_first_block() {
    let mut desk = Desk::new(with_gpu(1, BatchSize::Fixed(BatchPoints::nearest(100)), Gpu::Beside));
    desk.coordinator.reset_to(desk.now, Seed(1), BlockRange::new(1_000, 1_250).unwrap());
    desk.tell(Event::Start);
    desk.ready(0);
    desk.gpu_ready(1);
    desk.result(1, 2, 50);
    desk.said(1, miscounted());
    let commands = desk.tell(Event::CountAgain);
    assert_eq!(desk.points(), 0);
    assert_eq!(leases(&desk.ready_all(&commands))[0].2, 1_000);
}

#[test]
fn of_a_run_that_was_resumed_nobody_knows_what_a_gpu_has_counted() {
    let (mut desk, _) = beside(BatchSize::Fixed(BatchPoints::nearest(100)));
    desk.result(1, 1, 100);
    let saved = desk.coordinator.checkpoint(desk.now);
    let mut desk = Desk::new(config(1, 1, 0));
    desk.tell(Event::Restore(saved));
    let commands = desk.tell(Event::Start);
    let worker = spawned(&commands)[1];
    desk.said(worker, miscounted());
    assert_eq!(desk.coordinator.snapshot(desk.now).points_in_doubt, 0);
    let said = desk.coordinator.log().entries().next_back().unwrap().what.to_string();
    assert!(said.starts_with("points from before the run was resumed may be in doubt too"), "{said}");
    // Who insists may try again.
    assert_eq!(spawned(&desk.tell(Event::Retry)).len(), 1);
}
