//! The samples as CSV, and the summaries as a Markdown table for a report. Numbers have a point and no separators.

use super::condition::Sample;
use super::environment::Environment;
use super::results::Summary;
use crate::text::Fixed;

/// The first line of the CSV.
pub const CSV_HEADER: &str =
    "mode,kernel,workers,batch_points,repeat,points,wall_ms,spawn_ms,longest_gap_ms,inside";

/// One line a sample, as they were taken; lines end as RFC 4180 wants them.
pub fn csv(samples: &[Sample]) -> String {
    let row = |Sample { condition, repeat, measured, .. }: &Sample| {
        format!(
            "{},{},{},{},{repeat},{},{},{},{},{}\r\n",
            condition.mode,
            condition.kernel,
            condition.workers,
            condition.batch_points,
            measured.tally.points,
            Fixed(measured.wall_ms, 3),
            Fixed(measured.spawn_ms, 3),
            Fixed(measured.longest_gap_ms, 3),
            measured.tally.inside,
        )
    };
    std::iter::once(format!("{CSV_HEADER}\r\n")).chain(samples.iter().map(row)).collect()
}

/// A number with so many decimals, or a dash.
pub fn or_dash(number: Option<f64>, decimals: usize) -> String {
    number.map_or_else(|| "–".to_owned(), |number| Fixed(number, decimals).to_string())
}

/// An interval, or a dash.
pub fn interval(interval: Option<(f64, f64)>) -> String {
    interval.map_or_else(|| "–".to_owned(), |(low, high)| format!("{} – {}", Fixed(low, 2), Fixed(high, 2)))
}

/// A table of the summaries with what they say and where they were measured.
pub fn markdown(summaries: &[Summary], conclusion: &[String], environment: &Environment) -> String {
    let sentences = conclusion.iter().map(|sentence| format!("- {sentence}"));
    let rows = summaries.iter().map(|summary| {
        let spread = summary.job_ms;
        format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            summary.condition,
            summary.samples,
            Fixed(spread.median, 2),
            Fixed(spread.mad, 2),
            interval(spread.interval),
            or_dash(summary.speed_up, 2),
            or_dash(summary.efficiency, 2),
            Fixed(summary.spawn_ms, 1),
            Fixed(summary.longest_gap_ms, 1),
        )
    });
    let facts = environment.facts().map(|(label, value)| {
        // What a browser says of itself must not end the line or draw a table.
        let value: String = value.chars().map(|c| if c.is_control() || c == '|' { ' ' } else { c }).collect();
        format!("- {label}: {value}")
    });
    let head = MARKDOWN_HEAD.map(str::to_owned);
    let lines = std::iter::once("## Dartboard benchmark\n".to_owned())
        .chain(sentences)
        .chain(head)
        .chain(rows)
        .chain([String::new()])
        .chain(facts);
    lines.map(|line| line + "\n").collect()
}

const MARKDOWN_HEAD: [&str; 3] = [
    "",
    "| condition | samples | median ms | MAD | 95 % interval | speed-up | efficiency | spawn ms | longest gap ms |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::condition::Mode;
    use crate::benchmark::results::summaries;
    use crate::benchmark::results::tests::sample;

    #[test]
    fn the_csv_has_a_line_for_each_sample() {
        let samples = [sample(Mode::Sequential, 1, 1, 400.25), sample(Mode::Workers, 2, 1, 200.0)];
        assert_eq!(
            csv(&samples),
            "mode,kernel,workers,batch_points,repeat,points,wall_ms,spawn_ms,longest_gap_ms,inside\r\n\
             sequential,tree,1,0,1,1000000000,400.250,40.000,6.000,785398163\r\n\
             workers,tree,2,1000000,1,1000000000,200.000,40.000,6.000,785398163\r\n"
        );
    }

    #[test]
    fn the_table_has_a_row_for_each_condition() {
        let samples = [sample(Mode::Sequential, 1, 1, 400.0), sample(Mode::Workers, 2, 1, 200.0)];
        let environment = Environment { user_agent: "a|b\nc".to_owned(), cores: 2, ..Environment::default() };
        let text = markdown(&summaries(&samples), &["It is so.".to_owned()], &environment);
        let rows: Vec<_> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().all(|row| row.matches('|').count() == 10), "{rows:?}");
        assert_eq!(rows[3], "| 2 workers | 1 | 200.00 | 0.00 | – | 2.00 | 1.00 | 40.0 | 6.0 |");
        assert!(text.contains("- It is so.\n") && text.contains("- Browser: a b c\n"));
    }
}
