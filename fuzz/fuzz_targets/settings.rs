//! Any text in a field or an address is a value that is written and read back, as are its neighbours, or a short sentence.
#![no_main]

use dartboard_core::benchmark::plan::PlanField;
use dartboard_core::field::{Arrow, TextField, Typed};
use dartboard_core::run::config::{Field, Target};
use dartboard_fuzz::assert_short;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for field in Field::ALL {
        match field.read(text) {
            Ok(setting) => {
                for setting in
                    [setting, field.stepped(setting, Arrow::Up), field.stepped(setting, Arrow::Down)]
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
        assert_typed(field, text);
    }
    for field in PlanField::ALL {
        assert_typed(field, text);
    }
    match Target::parse_standard_error(text) {
        Ok(target) => assert_eq!(Target::parse(&target.points().to_string()), Ok(target)),
        Err(error) => assert_short(&error, 500),
    }
});

fn assert_typed<F: TextField>(field: F, text: &str)
where
    F::Value: std::fmt::Debug,
{
    let read = |text: &str| Typed::of(field).read(text, |strict| field.read(&strict));
    match read(text) {
        Ok(value) => assert_eq!(read(&value.to_string()), Ok(value)),
        Err(error) => assert_short(&error, 500),
    }
}
