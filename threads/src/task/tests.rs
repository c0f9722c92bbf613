use proptest::prelude::*;

use super::*;
use crate::pipe::Ending;

fn item() -> impl Strategy<Value = Item> {
    any::<u32>().prop_map(|word| Item::from_word(word).unwrap_or(Item::SENTINEL))
}

fn patience() -> impl Strategy<Value = Patience> {
    prop_oneof![Just(Patience::Block), Just(Patience::NoWait), any::<u32>().prop_map(Patience::Limit)]
}

fn held() -> impl Strategy<Value = Held> {
    prop_oneof![
        Just(Held::Nothing),
        Just(Held::Alone),
        any::<u32>().prop_map(|interval_us| Held::Gil { interval_us })
    ]
}

fn pause() -> impl Strategy<Value = Option<Pause>> {
    prop::option::of((1_u32.., any::<u32>()).prop_map(|(every, us)| Pause { every, us }))
}

fn place() -> impl Strategy<Value = (u32, u32)> {
    (1..=MAX_THREADS).prop_flat_map(|threads| (0..threads, Just(threads)))
}

fn count() -> impl Strategy<Value = Count> {
    let blocks = (0..u64::MAX, 1..=BlockRange::MAX_BLOCKS);
    (place(), any::<u64>(), prop::sample::select(&Kernel::ALL[..]), blocks, 1..=u32::MAX, held()).prop_map(
        |((thread, threads), seed, kernel, (first, blocks), step_blocks, held)| Count {
            thread,
            threads,
            seed: Seed(seed),
            kernel,
            blocks: BlockRange::new(first, first.saturating_add(blocks)).unwrap(),
            step_blocks: NonZeroU32::new(step_blocks).unwrap(),
            held,
        },
    )
}

fn task() -> impl Strategy<Value = Task> {
    prop_oneof![
        count().prop_map(Task::Count),
        (place(), any::<u32>(), prop::sample::select(&Protection::ALL[..])).prop_map(
            |((thread, threads), increments, protection)| Task::Add {
                thread,
                threads,
                increments,
                protection
            }
        ),
        (place(), any::<[u32; 2]>(), prop::sample::select(&Rest::ALL)).prop_map(
            |((thread, threads), [beat_us, write_us], rest)| Task::Beat {
                thread,
                threads,
                beat_us,
                write_us,
                rest
            }
        ),
        (place(), any::<[u32; 2]>(), prop::sample::select(&Rest::ALL)).prop_map(
            |((thread, threads), [beat_us, write_us], rest)| Task::BeatByMessages {
                thread,
                threads,
                beat_us,
                write_us,
                rest
            }
        ),
        Just(Task::Event),
        (place(), any::<u32>()).prop_map(|((thread, threads), us)| Task::Sleep { thread, threads, us }),
        (place(), any::<u32>()).prop_map(|((thread, threads), numbers)| Task::Sum {
            thread,
            threads,
            numbers
        }),
        (place(), any::<u32>()).prop_map(|((thread, threads), increments)| Task::AddByMessages {
            thread,
            threads,
            increments
        }),
        any::<u32>().prop_map(Task::Value),
        (place(), any::<u32>(), held(), pause()).prop_map(|((thread, threads), slices, held, pause)| {
            Task::Compute { thread, threads, slices, held, pause }
        }),
        (place(), any::<(u32, u32)>(), prop::sample::select(&Python::ALL[..])).prop_map(
            |((thread, threads), (increments, interval_us), python)| Task::Interpret {
                thread,
                threads,
                increments,
                python,
                interval_us
            }
        ),
        (place(), 0..=4_u32, 0..=MAX_PLACES, 0..=Item::MAX_NUMBER, any::<u32>(), patience(), 0..=MAX_THREADS)
            .prop_map(|((thread, threads), producers, places, items, pace_us, patience, sentinels)| {
                Task::Produce { thread, threads, producers, places, items, pace_us, patience, sentinels }
            }),
        (place(), 0..=MAX_PLACES, any::<u32>(), patience()).prop_map(
            |((thread, threads), places, pace_us, patience)| Task::Consume {
                thread,
                threads,
                places,
                pace_us,
                patience
            }
        ),
        (place(), 0..=Item::MAX_NUMBER, any::<u32>()).prop_map(|((thread, threads), items, pace_us)| {
            Task::ProduceByMessages { thread, threads, items, pace_us }
        }),
        (place(), any::<u32>()).prop_map(|((thread, threads), pace_us)| Task::ConsumeByMessages {
            thread,
            threads,
            pace_us
        }),
        Just(Task::Taken),
        Just(Task::Refused),
        item().prop_map(Task::Item),
        any::<u32>().prop_map(|us| Task::Work { us }),
        Just(Task::TouchPage),
        any::<(u32, u32)>().prop_map(|(ticks, every_us)| Task::Tick { ticks, every_us }),
        any::<bool>().prop_map(|holding| Task::Die { holding }),
        stage().prop_map(Task::Stage),
        control().prop_map(Task::Control),
        download_task().prop_map(Task::Download),
    ]
}

fn stage() -> impl Strategy<Value = StageOrder> {
    (role(), any::<u32>(), 0..=MAX_PLACES, any::<Option<u32>>(), any::<bool>()).prop_map(
        |(role, lines, places, generated_bytes, by_messages)| StageOrder {
            role,
            lines,
            places,
            generated_bytes,
            by_messages,
        },
    )
}

fn role() -> impl Strategy<Value = Role> {
    prop::sample::select(&Role::ALL[..])
}

fn control() -> impl Strategy<Value = Control> {
    prop_oneof![
        prop::sample::select(
            &[Control::Pause, Control::GoOn, Control::Stop, Control::Leave, Control::Last][..]
        ),
        any::<u32>().prop_map(|us| Control::Slow { us }),
    ]
}

fn stage_report() -> impl Strategy<Value = StageReport> {
    let endings = [None, Some(Ending::Complete), Some(Ending::StoppedEarly)];
    let progress = (role(), any::<[u64; 7]>(), any::<u32>(), prop::sample::select(endings.to_vec()))
        .prop_map(|(role, [at_us, bytes_in, bytes_out, lines, invalid, put_us, get_us], queued, ending)| {
            Progress { role, at_us, bytes_in, bytes_out, lines, invalid, put_us, get_us, queued, ending }
        });
    prop_oneof![
        progress.prop_map(StageReport::Progress),
        ".{0,60}".prop_map(|text| StageReport::Trouble { text }),
        (any::<u64>(), "[0-9a-f]{64}").prop_map(|(bytes, sha256)| StageReport::Written { bytes, sha256 }),
    ]
}

fn done() -> impl Strategy<Value = Done> {
    let end = prop_oneof![Just(End::Complete), Just(End::Abandoned)];
    let change = (any::<u64>(), prop::sample::select(&State::ALL[..]))
        .prop_map(|(at_us, state)| Change { at_us, state });
    let sample = any::<(u64, u32, u32)>().prop_map(|(at_us, own, counter)| Sample { at_us, own, counter });
    let moved = (any::<u64>(), item()).prop_map(|(at_us, item)| Move { at_us, item });
    let lists = (
        prop::collection::vec(change, 0..8),
        prop::collection::vec(sample, 0..8),
        prop::collection::vec(moved, 0..8),
    );
    (end, lists, any::<[u32; 6]>(), any::<(u64, u64)>()).prop_map(
        |(end, (trace, samples, moves), numbers, (waited_us, sum))| {
            let [waits, switches, own, refused, deepest, out_of_order] = numbers;
            Done {
                end,
                trace,
                samples,
                moves,
                waits,
                waited_us,
                switches,
                own,
                sum,
                refused,
                deepest,
                out_of_order,
            }
        },
    )
}

fn download_task() -> impl Strategy<Value = DownloadTask> {
    prop_oneof![
        (0..=MAX_AT_A_TIME, any::<[u32; 4]>()).prop_map(
            |(limit, [host_pause_ms, retries, backoff_ms, stall_ms])| {
                DownloadTask::Begin(DownloadOrder { limit, host_pause_ms, retries, backoff_ms, stall_ms })
            }
        ),
        any::<u32>().prop_map(|row| DownloadTask::Cancel { row }),
        Just(DownloadTask::CancelAll),
        any::<u32>().prop_map(|row| DownloadTask::Retry { row }),
        Just(DownloadTask::RetryFailed),
        Just(DownloadTask::ClearDone),
    ]
}

fn download_report() -> impl Strategy<Value = DownloadReport> {
    let text = ".{0,120}";
    let row = (
        any::<(u32, u64, Option<u64>, u64, Option<u64>, Option<u64>)>(),
        prop::sample::select(&DownloadState::ALL),
        [text; 4],
    );
    prop_oneof![
        text.prop_map(|text| DownloadReport::Note { text }),
        row.prop_map(|((row, got_bytes, of_bytes, bytes_a_second, left_ms, took_ms), state, texts)| {
            let [address, name, reason, advice] = texts;
            DownloadReport::Row(DownloadRow {
                row,
                state,
                got_bytes,
                of_bytes,
                bytes_a_second,
                left_ms,
                took_ms,
                address,
                name,
                reason,
                advice,
            })
        }),
        Just(DownloadReport::Cleared),
        any::<(u64, Option<u64>, u64, Option<u64>, u64, u64, u64)>().prop_map(
            |(got_bytes, of_bytes, bytes_a_second, left_ms, in_flight, most_in_flight, took_ms)| {
                DownloadReport::Totals(DownloadTotals {
                    got_bytes,
                    of_bytes,
                    bytes_a_second,
                    left_ms,
                    in_flight,
                    most_in_flight,
                    took_ms,
                })
            },
        ),
    ]
}

fn report() -> impl Strategy<Value = Report> {
    prop_oneof![
        ".{0,40}".prop_map(|build| Report::Ready { build }),
        ".{0,40}".prop_map(|text| Report::Touched { text }),
        any::<(u32, u64)>().prop_map(|(number, at_us)| Report::Tick { number, at_us }),
        Just(Report::Read),
        any::<u64>().prop_map(Report::Total),
        any::<u32>().prop_map(Report::Line),
        any::<u32>().prop_map(Report::Write),
        item().prop_map(Report::Put),
        Just(Report::Get),
        done().prop_map(Report::Done),
        stage_report().prop_map(|it| it.report()),
        download_report().prop_map(|it| it.report()),
        ".{0,200}".prop_map(|text| Report::Failed { text }),
    ]
}

proptest! {
    #[test]
    fn orders_arrive_as_they_were_sent(origin_us: u64, task in task()) {
        let order = Order { origin_us, task };
        prop_assert_eq!(Order::parse(&order.encode()), Ok(order));
    }

    #[test]
    fn reports_arrive_as_they_were_sent(report in report()) {
        prop_assert_eq!(Report::parse(&report.encode()), Ok(report));
    }

    // Fails with: a number that is lost, or two that change places.
    #[test]
    fn what_a_stage_says_arrives_as_it_was_said(said in stage_report()) {
        let Report::Own(text) = said.report() else { panic!("no report of a stage") };
        prop_assert_eq!(StageReport::parse(&text), Ok(said));
    }

    // Fails with: a number that is lost, or two texts that change places, or one that is cut.
    #[test]
    fn what_is_said_of_downloads_arrives_as_it_was_said(said in download_report()) {
        let Report::Own(text) = said.report() else { panic!("no report of its own") };
        prop_assert!(text.len() <= MAX_OWN_BYTES);
        prop_assert_eq!(DownloadReport::parse(&text), Ok(said));
    }

    // Fails with: a sentence that grows with what is no report of a stage, or a panic.
    #[test]
    fn any_text_is_a_report_of_a_stage_or_a_short_sentence(
        text in prop_oneof![".{0,300}", "kind=(progress|trouble|written)(&(numbers|text|bytes|sha256)=[0-9-]{0,40}){0,3}"],
    ) {
        if let Err(error) = StageReport::parse(&text) {
            prop_assert!(error.to_string().len() < 2_500);
        }
    }

    // Fails with: a message taken that is not read back as the same, or a sentence that grows with the text.
    #[test]
    fn any_text_is_a_message_or_a_short_sentence(
        report in report(),
        origin_us: u64,
        task in task(),
        forged in prop::collection::vec((any::<prop::sample::Index>(), "[0-9a-z&=%+.-]{0,3}"), 0..4),
        other in ".{0,5000}",
    ) {
        let mut texts = [report.encode(), Order { origin_us, task }.encode(), other];
        for text in &mut texts[..2] {
            for (at, by) in &forged {
                let at = at.index(text.len());
                text.replace_range(at..=at, by);
            }
        }
        for text in texts {
            match Report::parse(&text) {
                Ok(read) => prop_assert_eq!(Report::parse(&read.encode()), Ok(read)),
                Err(error) => prop_assert!(error.to_string().len() < MAX_TEXT_BYTES + 200),
            }
            match Order::parse(&text) {
                Ok(read) => prop_assert_eq!(Order::parse(&read.encode()), Ok(read)),
                Err(error) => prop_assert!(error.to_string().len() < MAX_TEXT_BYTES + 200),
            }
        }
    }
}

// Fails with: a thread that works for a second under a short interval, and whose report nobody reads.
#[test]
fn the_longest_report_is_read_and_no_longer_one() {
    let longest = Done {
        trace: vec![Change { at_us: u64::MAX, state: State::Over }; MAX_CHANGES],
        samples: vec![Sample { at_us: u64::MAX, own: u32::MAX, counter: u32::MAX }; MAX_SAMPLES],
        moves: vec![Move { at_us: u64::MAX, item: Item::SENTINEL }; MAX_MOVES],
        waits: u32::MAX,
        waited_us: u64::MAX,
        switches: u32::MAX,
        own: u32::MAX,
        sum: u64::MAX,
        refused: u32::MAX,
        deepest: u32::MAX,
        out_of_order: u32::MAX,
        ..Done::default()
    };
    let message = Report::Done(longest.clone()).encode();
    assert_eq!(Report::parse(&message), Ok(Report::Done(longest.clone())));
    let bytes = MAX_MESSAGE_BYTES + 1;
    let too_long = QueryError::TooLong { bytes, most: MAX_MESSAGE_BYTES };
    assert_eq!(Report::parse(&"x".repeat(bytes)), Err(TaskError::Query(too_long)));
    for more in [
        Done { trace: vec![Change { at_us: 0, state: State::Over }; MAX_CHANGES + 1], ..Done::default() },
        Done { samples: vec![Sample { at_us: 0, own: 0, counter: 0 }; MAX_SAMPLES + 1], ..Done::default() },
        Done { moves: vec![Move { at_us: 0, item: Item::SENTINEL }; MAX_MOVES + 1], ..Done::default() },
    ] {
        assert!(matches!(Report::parse(&Report::Done(more).encode()), Err(TaskError::Unknown { .. })));
    }
}

#[test]
fn impossible_messages_are_refused_by_name() {
    let refused = |message: &str| Order::parse(message).unwrap_err().to_string();
    let add = "kind=add&origin_us=1&increments=10";
    assert!(
        refused(&format!("{add}&thread=2&threads=2&protection=lock")).contains("thread may be 1 at most")
    );
    assert!(refused(&format!("{add}&thread=0&threads=65&protection=lock")).contains("threads may be 64"));
    assert!(refused(&format!("{add}&thread=0&threads=1&protection=luck")).contains("“luck”"));
    assert!(refused("kind=value&value=4294967296").contains("not 4294967296"));
    assert!(refused("kind=value&value=1").contains("no field origin_us"));
    assert!(refused("kind=item&item=4294967294&origin_us=1").contains("“4294967294”"));
    assert!(refused("kind=tally").contains("“tally”"));
    let count = "kind=count&origin_us=1&thread=0&threads=2&seed=42&first=0&end=9&step_blocks=1&interval_us=5000\
        &kernel=tree&held=gil";
    assert!(Order::parse(count).is_ok());
    for (field, other, said) in [
        ("thread=0", "thread=2", "thread may be 1 at most"),
        ("seed=42", "seed=-1", "“-1”"),
        ("end=9", "end=0", "block range 0..0 is empty"),
        ("end=9", "end=18446744073709551615", "too long"),
        ("step_blocks=1", "step_blocks=0", "step_blocks cannot be “0”"),
        ("step_blocks=1", "step_blocks=4294967296", "not 4294967296"),
        ("kernel=tree", "kernel=gpu", "“gpu”"),
        ("held=gil", "held=breath", "“breath”"),
        ("&interval_us=5000", "", "no field interval_us"),
    ] {
        let refusal = refused(&count.replace(field, other));
        assert!(refusal.contains(said), "{other}: {refusal}");
    }
    let refused = |message: &str| Report::parse(message).unwrap_err().to_string();
    let done = Report::Done(Done::default()).encode();
    assert!(refused(&done.replace("trace=", "trace=1")).contains("“1”"));
    assert!(refused(&done.replace("trace=", "trace=1-6")).contains("“1-6”"));
    assert!(refused(&done.replace("trace=", "trace=1-5-5")).contains("“1-5-5”"));
    assert!(refused(&done.replace("&sum=0", "")).contains("no field sum"));
}

#[test]
fn items_keep_producer_and_number() {
    let item = Item::new(3, Item::MAX_NUMBER).unwrap();
    assert_eq!(item.producer_and_number(), Some((3, Item::MAX_NUMBER)));
    assert_eq!(Item::from_word(item.word()), Some(item));
    assert_eq!(Item::SENTINEL.producer_and_number(), None);
    assert_eq!((Item::new(4, 0), Item::new(0, Item::MAX_NUMBER + 1)), (None, None));
}
