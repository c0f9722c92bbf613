//! Writes a generated text to standard output. Arguments: its seed, and how many bytes.

use std::env;
use std::error::Error;
use std::io::{self, Write};

use dartboard_pipeline::generated::Generated;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut argument = || {
        arguments
            .next()
            .ok_or("arguments: a seed and a number of bytes")?
            .parse()
            .map_err(Box::<dyn Error>::from)
    };
    let mut generated = Generated::new(argument()?, argument()?);
    let mut output = io::stdout().lock();
    let mut bytes = Vec::new();
    while generated.read(&mut bytes, 1 << 16) > 0 {
        output.write_all(&bytes)?;
        bytes.clear();
    }
    Ok(())
}
