//! Looks at how the cells of many blocks answered: `cargo run --release -p dartboard-points --example cells -- [SEEDS BLOCKS]`,
//! so many blocks of so many seeds; without numbers 1,000 of 1,024, some minutes.

#[cfg(not(target_arch = "wasm32"))]
#[path = "../tests/cell_statistics/mod.rs"]
mod cell_statistics;

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    native::main();
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use super::cell_statistics::look;
    use dartboard_points::decimal::parse_u64;

    pub(super) fn main() {
        let numbers: Vec<_> = std::env::args().skip(1).map(|argument| parse_u64(&argument)).collect();
        let (seeds, blocks) = match numbers[..] {
            [] => (1_024, 1_000),
            [Some(seeds), Some(blocks)] if seeds > 0 && blocks > 0 => (seeds, blocks),
            _ => {
                eprintln!("usage: cells [SEEDS BLOCKS], both at least 1");
                std::process::exit(2);
            }
        };
        println!("{blocks} blocks of {seeds} seeds; P is the probability of so small a χ²");
        println!("{:<32} {:>8} {:>12} {:>8} {:>9}", "", "values", "χ²", "P", "farthest");
        for finding in look(0, seeds, blocks) {
            println!(
                "{:<32} {:>8} {:>12.1} {:>8.4} {:>9.2}",
                finding.what,
                finding.degrees_of_freedom,
                finding.chi_squared,
                finding.probability_below(),
                finding.farthest
            );
        }
    }
}
