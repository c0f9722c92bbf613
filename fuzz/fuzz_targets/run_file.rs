//! Any text is the file of a run, written and read back, or a short sentence; also one whose check fits.
#![no_main]

use dartboard_core::run::checkpoint::{WrittenRun, sealed};
use dartboard_core::run::file::{Origin, encode, parse};
use dartboard_fuzz::assert_short;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    read(text);
    let sealed = sealed(text);
    // The same as a checkpoint and as a file, except that a file's strings are taken as they stand.
    let fields: Vec<_> = sealed.split('&').filter_map(|field| field.split_once('=')).collect();
    if sealed.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\%+".contains(&byte)) {
        let fields: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
        let file = format!("{{\"format\":\"dartboard run\",\"run\":{{{}}}}}", fields.join(","));
        if let Some(run) = read(&file) {
            assert_eq!(WrittenRun::parse(&sealed), Ok(run));
        }
    }
});

fn read(text: &str) -> Option<WrittenRun> {
    match parse(text) {
        Ok(run) => {
            // With what needs escapes.
            let origin = Origin {
                version: text,
                build: "\u{0}\u{7f}\u{2028}",
                browser: "\"\\",
                written: "</script>",
                link: "",
            };
            let file = encode(&run, &Origin { version: "1", ..origin });
            assert_eq!(parse(&file).as_ref(), Ok(&run), "{file}");
            let file = encode(&run, &origin);
            assert!(parse(&file).is_ok_and(|read| read == run) || file.len() > 100_000, "{file}");
            Some(run)
        }
        Err(error) => {
            assert_short(&error, 600);
            None
        }
    }
}
