//! Any text in a field or an address is a value that is written and read back, as are its neighbours, or a short sentence.
#![no_main]

use dartboard_core::benchmark::plan::PlanField;
use dartboard_core::field::{Arrow, TextField};
use dartboard_core::run::config::{Field, Target};
use dartboard_fuzz::assert_short;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for field in Field::ALL {
        match field.read(text) {
            Ok(setting) => {
                for setting in
                    [setting, Field::stepped(setting, Arrow::Up), Field::stepped(setting, Arrow::Down)]
                {
                    assert_eq!(field.read(&setting.to_string()), Ok(setting));
                }
            }
            Err(error) => {
                assert_eq!(error.subject, field.name());
                assert_short(&error, 500);
            }
        }
    }
    for field in Field::ALL {
        match field.read_typed(text) {
            Ok(setting) => assert_eq!(field.read_typed(&setting.to_string()), Ok(setting)),
            Err(error) => assert_short(&error, 500),
        }
    }
    for field in PlanField::ALL {
        match field.read_typed(text) {
            Ok(setting) => assert_eq!(field.read_typed(&setting.to_string()), Ok(setting)),
            Err(error) => assert_short(&error, 500),
        }
    }
    match Target::parse_standard_error(text) {
        Ok(target) => assert_eq!(Target::parse(&target.points().to_string()), Ok(target)),
        Err(error) => assert_short(&error, 500),
    }
});
