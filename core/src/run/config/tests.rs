use super::*;
use proptest::prelude::*;

fn message<T>(result: Result<T, Refusal>) -> String {
    result.err().expect("this value must be refused").to_string()
}

#[test]
fn workers_outside_1_to_64_are_refused_by_name_value_and_range() {
    assert_eq!(WorkerCount::parse("1"), Ok(WorkerCount::MIN));
    assert_eq!(WorkerCount::parse("64"), Ok(WorkerCount::MAX));
    for text in ["0", "-1", "65", "1e9", "1000000000", "abc", "2.5", " 4"] {
        let expected = format!("workers must be a whole number from 1 to 64, not “{text}”");
        assert_eq!(message(WorkerCount::parse(text)), expected);
    }
    assert_eq!(message(WorkerCount::parse("")), "workers must be a whole number from 1 to 64; it is empty");
}

#[test]
fn a_batch_between_two_sizes_offers_both() {
    assert_eq!(
        message(BatchSize::parse("150000")),
        "batch must be a multiple of 100,000 from 100,000 to 10,000,000,000, or auto, not “150000”; \
         the nearest are 100,000 and 200,000"
    );
    for text in ["0", "99999", "10000100000", "1152921504606846976", "-100000", "", "AUTO"] {
        assert!(message(BatchSize::parse(text)).starts_with("batch must be a multiple of 100,000"));
    }
    assert_eq!(BatchSize::parse("auto"), Ok(BatchSize::Auto));
    assert_eq!(BatchSize::parse("10000000000"), Ok(BatchSize::Fixed(BatchPoints::MAX)));
}

#[test]
fn targets_reach_to_the_last_block_whose_points_fit() {
    assert_eq!(Target::parse("18446744073709500000"), Ok(Target::MAX));
    assert!(message(Target::parse("18446744073709600000")).contains("18,446,744,073,709,500,000"));
    assert!(message(Target::parse("0")).starts_with("target must be"));
    assert_eq!(Target::from_blocks(0), None);
    assert_eq!(Target::from_blocks(BlockRange::MAX_BLOCKS + 1), None);
    assert_eq!(Target::from_blocks(3).map(Target::points), Some(300_000));
}

#[test]
fn seeds_take_all_of_u64_and_nothing_else() {
    assert_eq!(parse_seed("18446744073709551615"), Ok(Seed(u64::MAX)));
    assert!(message(parse_seed("18446744073709551616")).contains("from 0 to 18,446,744,073,709,551,615"));
    let long = "9".repeat(10_000);
    assert!(message(parse_seed(&long)).len() < 200);
}

#[test]
fn chaos_is_a_plain_probability() {
    let per_billion = |text| Chaos::parse(text).unwrap().probability().per_billion();
    assert_eq!(
        ["0", "0.01", "0.123456789", "1", "1.000000000"].map(per_billion),
        [0, 10_000_000, 123_456_789, 1_000_000_000, 1_000_000_000]
    );
    for text in [
        "1.1",
        "1.000000001",
        "2",
        "-0",
        "-0.1",
        "NaN",
        "inf",
        "1e-3",
        "",
        ".",
        ".5",
        "0.",
        "0.1.2",
        "0.0000000001",
    ] {
        assert!(message(Chaos::parse(text)).starts_with("chaos must be a number from 0 to 1"), "{text}");
    }
}

#[test]
fn a_standard_error_becomes_whole_blocks() {
    // (1.642184/0.001)² = 2,696,768.3: 27 blocks.
    assert_eq!(Target::for_standard_error(0.001).map(Target::blocks), Some(27));
    assert_eq!(Target::for_standard_error(1.0).map(Target::blocks), Some(1));
    for impossible in [0.0, -0.001, 1e-12, 3.9e-10, 1.1, f64::INFINITY, f64::NAN] {
        assert_eq!(Target::for_standard_error(impossible), None, "{impossible}");
    }
    assert_eq!(Target::parse_standard_error("1e-5").map(Target::points), Ok(26_967_700_000));
    // (1.642184/4e-10)² = 1.68548018…·10¹⁹: nearly all that a u64 can count.
    assert_eq!(Target::for_standard_error(MIN_STANDARD_ERROR).map(Target::blocks), Some(168_548_018_116_000));
    assert!(Target::parse_standard_error("4e-10").is_ok());
    for text in ["0", "-1", "-0", "3e-10", "1e-400", "1.1", "NaN", "inf", "", "e", "1e309"] {
        let message = message(Target::parse_standard_error(text));
        assert!(message.starts_with("target must be a standard error from 4e-10 to 1"), "{message}");
    }
}

#[test]
fn the_slider_reaches_from_one_block_to_the_greatest_batch() {
    for (position, blocks) in BatchPoints::SLIDER_BLOCKS.into_iter().enumerate() {
        assert_eq!(BatchPoints::at_slider_position(position).blocks(), blocks);
        assert_eq!(BatchPoints::nearest(blocks).slider_position(), position);
        assert_eq!(
            BatchPoints::nearest(blocks + 1).slider_position(),
            if blocks == 1 { 1 } else { position }
        );
    }
    assert_eq!(BatchPoints::at_slider_position(99), BatchPoints::MAX);
}

// Fails with: a standard error shown for a target that is not its own; an arrow that goes the wrong way.
#[test]
fn a_target_is_typed_as_its_standard_error() {
    let read = |text| StandardErrorField.read(text);
    // Two blocks do better than 0.005; one would not do.
    for (text, shown) in
        [("1e-5", "1.00e-5"), ("4e-10", "4.00e-10"), ("3.21e-7", "3.21e-7"), ("0.005", "3.67e-3")]
    {
        assert_eq!(read(text).unwrap().to_string(), shown);
    }
    assert_eq!(read("0.0001").unwrap().0.map(Target::points), Some(269_700_000));
    assert_eq!(read("").unwrap(), TargetByError(None));
    assert_eq!(TargetByError(None).to_string(), "");
    let stepped = |text, arrow| StandardErrorField.stepped(read(text).unwrap(), arrow);
    let blocks = |text, arrow| stepped(text, arrow).0.map(Target::blocks);
    // ± 0.001 is 27 blocks.
    assert_eq!([Arrow::Up, Arrow::Down].map(|arrow| blocks("0.001", arrow)), [Some(13), Some(54)]);
    assert_eq!(stepped("", Arrow::Up), TargetByError(None));
}

#[test]
fn steps_stay_in_range() {
    let stepped = |field: Field, text, arrow| field.stepped(field.read(text).unwrap(), arrow).to_string();
    for (field, text, down, up) in [
        (Field::Workers, "1", "1", "2"),
        (Field::Workers, "64", "63", "64"),
        (Field::Batch, "100000", "100000", "200000"),
        (Field::Batch, "6000000000", "3000000000", "10000000000"),
        (Field::Batch, "auto", "auto", "auto"),
        (Field::Seed, "0", "0", "1"),
        (Field::Seed, "18446744073709551615", "18446744073709551614", "18446744073709551615"),
        (Field::Target, "", "", ""),
        (Field::Target, "100000", "100000", "200000"),
        (Field::Chaos, "0", "0", "0.01"),
        (Field::Chaos, "1", "0.99", "1"),
        (Field::Kernel, "reference", "reference", "reference"),
        (Field::AfterDeath, "1", "1", "1"),
        (Field::Gpu, "only", "only", "only"),
    ] {
        assert_eq!(stepped(field, text, Arrow::Down), down, "{field:?} {text} down");
        assert_eq!(stepped(field, text, Arrow::Up), up, "{field:?} {text} up");
    }
}

// Fails with: a value that a link changes on the page but not in the run.
#[test]
fn live_settings_are_all_but_the_seed() {
    let text = |field| match field {
        Field::Seed => "7",
        Field::Workers => "5",
        Field::Batch => "300000",
        Field::Target => "900000",
        Field::Chaos => "0.25",
        Field::Kernel => "reference",
        Field::AfterDeath => "0",
        Field::Gpu => "only",
    };
    let of_a_link = |config: Config, field: Field| config.with(field.read(text(field)).unwrap());
    let before = Config::new(Seed(1), WorkerCount::MIN, BatchSize::Auto);
    let wanted = Field::ALL.into_iter().fold(before, of_a_link);
    let after = wanted.live().into_iter().map(Setting::Live).fold(before, Config::with);
    assert_eq!(after, Config { seed: Seed(1), ..wanted });
    assert!(Field::ALL.iter().all(|&field| wanted.get(field).to_string() == text(field)));
}

// Fails with: a GPU that counts beside the workers where it should count instead of them, or the other way round.
#[test]
fn a_gpu_counts_beside_the_workers_or_instead_of_them() {
    let config = Config::new(Seed(1), WorkerCount::nearest(5), BatchSize::Auto);
    for (text, gpu, processor, all) in
        [("0", Gpu::Off, 5, 5), ("1", Gpu::Beside, 5, 6), ("only", Gpu::Alone, 0, 1)]
    {
        let config = config.with(Field::Gpu.read(text).unwrap());
        assert_eq!((config.gpu, config.get(Field::Gpu).to_string()), (gpu, text.to_owned()));
        assert_eq!((config.processor_workers(), config.all_workers()), (processor, all));
        assert_eq!(config.get(Field::Gpu).is_unsaid(), gpu == Gpu::Off);
        assert_eq!(config.reproducing(1).gpu, Gpu::Off, "whoever opens the link may have none");
    }
    for text in ["", "2", "yes", "ONLY", "-1"] {
        assert!(message(Gpu::parse(text)).starts_with("gpu must be 0, 1 or only"), "{text}");
    }
}

proptest! {
    #[test]
    fn chaos_is_read_back(per_billion in 0..=1_000_000_000_u64) {
        let chaos = Chaos(Probability::from_billionths(per_billion).unwrap());
        prop_assert_eq!(Chaos::parse(&chaos.to_string()), Ok(chaos));
    }

    // Fails with: a value taken that is not read back, or whose neighbours are not; a sentence that grows with the text.
    #[test]
    fn any_text_in_a_field_is_a_value_or_a_short_sentence(
        field in prop::sample::select(&Field::ALL[..]),
        text in prop_oneof!["[0-9]{1,21}", "[01]\\.[0-9]{1,10}", "[0-9]{1,3}00000", "auto|only", ".{0,3000}"],
    ) {
        match field.read(&text) {
            Ok(setting) => {
                for setting in [setting, field.stepped(setting, Arrow::Up), field.stepped(setting, Arrow::Down)] {
                    prop_assert_eq!(field.read(&setting.to_string()), Ok(setting));
                }
            }
            Err(error) => {
                prop_assert_eq!(error.subject, field.name());
                prop_assert!(error.to_string().len() < 500);
            }
        }
    }

    #[test]
    fn the_nearest_sizes_offered_are_accepted_and_enclose_the_value(points in 100_000..=10_000_000_000_u64) {
        match BatchPoints::parse(&points.to_string()) {
            Ok(size) => prop_assert_eq!(size.points(), points),
            Err(Refusal { wanted: Wanted::WholeBlocks { nearest: Some((below, above)), .. }, .. }) => {
                prop_assert!(below < points && points < above && above - below == BLOCK_POINTS);
                prop_assert!(BatchPoints::parse(&below.to_string()).is_ok());
                prop_assert!(BatchPoints::parse(&above.to_string()).is_ok());
            }
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }
}
