//! Everything of a benchmark as JSON, and back: another page compares its own with it.

use dartboard_points::kernel::Kernel;
use dartboard_points::tally::{BLOCK_POINTS, Tally};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::condition::{Condition, Group, Measurement, Mode, ReportedKernel, Sample, Work};
use super::environment::Environment;
use super::plan::{Plan, PlanField};
use super::results::{Summary, in_group, summaries, summaries_of_reported};
use super::runner::{Discarded, Runner};
use crate::field::TextField;
use crate::run::config::{BatchPoints, WorkerCount};
use crate::text::{Fixed, Grouped, shortened};

/// The name of the format.
pub const FORMAT: &str = "dartboard-benchmark";
/// Raised whenever a field changes its meaning.
pub const VERSION: u32 = 2;
/// The version before: its kernels are those of the earlier stream.
const EARLIER_VERSION: u32 = 1;
/// The longest file that is read, in bytes.
pub const MAX_BYTES: usize = 8_000_000;
/// The most samples that are read.
const MAX_SAMPLES: usize = 20_000;
/// The most different conditions that are read.
const MAX_CONDITIONS: usize = 500;
/// The most samples of one condition that are read.
const MAX_REPEATS: usize = 1_000;
/// The shortest time that is believed, in milliseconds: a microsecond.
const MIN_MS: f64 = 0.001;
/// The longest time that is believed, in milliseconds: an hour.
const MAX_MS: f64 = 3_600_000.0;

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    version: u32,
    environment: Environment,
    #[serde(default)]
    plan: Vec<(String, String)>,
    samples: Vec<SampleRow>,
    #[serde(default)]
    summaries: Vec<SummaryRow>,
    #[serde(default)]
    discarded: Vec<DiscardedRow>,
    #[serde(default)]
    conclusion: Vec<String>,
}

/// What a file says it is.
#[derive(Deserialize)]
struct FileHead {
    format: Option<String>,
    version: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct SampleRow {
    group: String,
    mode: String,
    kernel: String,
    workers: u32,
    batch_points: u64,
    repeat: u32,
    jobs: u64,
    points: u64,
    inside: u64,
    wall_ms: f64,
    spawn_ms: f64,
    longest_gap_ms: f64,
    messages: u64,
    message_characters: u64,
    waiting_ms: f64,
}

#[derive(Serialize, Deserialize)]
struct SummaryRow {
    condition: String,
    samples: usize,
    outliers: usize,
    median_job_ms: f64,
    mad_job_ms: f64,
    interval_95_job_ms: Option<(f64, f64)>,
    points_per_second: f64,
    speed_up: Option<f64>,
    efficiency: Option<f64>,
}

#[derive(Serialize, Deserialize)]
struct DiscardedRow {
    condition: String,
    wall_ms: f64,
    reason: String,
}

/// The benchmark of another machine, or of another time.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// Where it was measured.
    pub environment: Environment,
    /// Its samples.
    pub samples: Vec<Sample<ReportedKernel>>,
    /// What they say.
    pub summaries: Vec<Summary>,
}

impl Loaded {
    /// What a legend calls it: the machine, and what its workers counted with, if that is not this page's kernel.
    pub fn name(&self) -> String {
        let machine = self.environment.name();
        let condition = self.samples.iter().map(|sample| sample.condition);
        match condition.filter(|condition| condition.group.name() != "kernel").map(|it| it.kernel).next() {
            Some(kernel) if kernel != ReportedKernel::Current(Kernel::Tree) => format!("{machine}, {kernel}"),
            _ => machine,
        }
    }

    /// Why its times cannot be compared with those of `own`, measured `here`; none if they can.
    pub fn difference(&self, here: &Environment, own: &[Summary]) -> Option<String> {
        let said: Vec<_> = self.other_work(own).into_iter().chain(self.other_clock(here)).collect();
        (!said.is_empty()).then(|| said.join(" "))
    }

    /// A page that is isolated has a finer clock.
    fn other_clock(&self, here: &Environment) -> Option<String> {
        let there = &self.environment;
        let (was, is) = if there.isolated? { ("was", "is not") } else { ("was not", "is") };
        (there.isolated? != here.isolated?).then(|| {
            format!(
                "Its page {was} isolated, this one {is}: its clock had steps of {} ms, here {} ms.",
                Fixed(there.timer_step_ms, 3),
                Fixed(here.timer_step_ms, 3)
            )
        })
    }

    fn other_work(&self, own: &[Summary]) -> Option<String> {
        let first = |summaries| in_group(summaries, "scaling").next();
        let (here, there) = (first(own)?, first(&self.summaries)?);
        let what = if there.condition.kernel != here.condition.kernel {
            format!("It counted with {}, this page with {}", there.condition.kernel, here.condition.kernel)
        } else if there.job_points != here.job_points {
            format!("Its work was {} points, here {}", Grouped(there.job_points), Grouped(here.job_points))
        } else {
            return None;
        };
        Some(what + ": compare speed-ups, not times.")
    }
}

/// Everything that `runner` has measured in `environment`.
///
/// # Errors
/// When a number cannot be written; no measured one is so.
pub fn write(
    runner: &Runner,
    environment: &Environment,
    conclusion: &[String],
) -> Result<String, DocumentError> {
    let document = Document {
        format: FORMAT.to_owned(),
        version: VERSION,
        environment: environment.clone(),
        plan: plan_rows(runner.plan()),
        samples: runner.samples().iter().map(SampleRow::from).collect(),
        summaries: summaries(runner.samples()).iter().map(SummaryRow::from).collect(),
        discarded: runner.discarded().iter().map(DiscardedRow::from).collect(),
        conclusion: conclusion.to_vec(),
    };
    serde_json::to_string_pretty(&document).map_err(|error| DocumentError::NotJson(error.to_string()))
}

/// Reads what [`write()`] wrote, here or on another machine.
///
/// # Errors
/// When it is anything else, or says what cannot be.
pub fn read(text: &str) -> Result<Loaded, DocumentError> {
    if text.len() > MAX_BYTES {
        return Err(DocumentError::TooLong { bytes: text.len() });
    }
    // Its format first, so that the refusal of a foreign file says so, instead of naming the first field it lacks.
    let head: FileHead = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    if head.format.as_deref() != Some(FORMAT) {
        return Err(DocumentError::OtherFormat);
    }
    let version = head.version.unwrap_or(0);
    if version != VERSION && version != EARLIER_VERSION {
        return Err(DocumentError::OtherVersion { version });
    }
    let document: Document = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    if document.samples.is_empty() || document.samples.len() > MAX_SAMPLES {
        return Err(DocumentError::SampleCount { samples: document.samples.len() });
    }
    let cores = document.environment.cores;
    if !(1..=100_000).contains(&cores) {
        return Err(DocumentError::Cores { cores });
    }
    let samples = document.samples.iter().enumerate();
    let samples = samples
        .map(|(index, row)| {
            row.sample(version).map_err(|field| DocumentError::BadSample { number: index + 1, field })
        })
        .collect::<Result<Vec<_>, _>>()?;
    count_conditions(&samples)?;
    let environment = Environment {
        user_agent: document.environment.user_agent.chars().take(300).collect(),
        build: shortened(&document.environment.build),
        gpu: document.environment.gpu.as_deref().map(shortened),
        ..document.environment
    };
    Ok(Loaded { environment, summaries: summaries_of_reported(&samples), samples })
}

/// Refuses more conditions or repeats than a page can evaluate at once.
fn count_conditions(samples: &[Sample<ReportedKernel>]) -> Result<(), DocumentError> {
    let mut conditions: Vec<(Condition<ReportedKernel>, usize)> = Vec::new();
    for Sample { condition, .. } in samples {
        if let Some((_, repeats)) = conditions.iter_mut().find(|(known, _)| known == condition) {
            *repeats += 1;
            if *repeats > MAX_REPEATS {
                return Err(DocumentError::TooMany { what: "samples of one condition", most: MAX_REPEATS });
            }
        } else if conditions.len() == MAX_CONDITIONS {
            return Err(DocumentError::TooMany { what: "conditions", most: MAX_CONDITIONS });
        } else {
            conditions.push((*condition, 1));
        }
    }
    Ok(())
}

fn not_json(error: &serde_json::Error) -> DocumentError {
    DocumentError::NotJson(error.to_string())
}

fn plan_rows(plan: &Plan) -> Vec<(String, String)> {
    let typed = PlanField::ALL.map(|field| (field.name().to_owned(), plan.get(field).to_string()));
    let chosen = [
        ("sequential", plan.sequential.to_string()),
        ("kernel", plan.kernel.to_string()),
        ("kernels", plan.kernels.to_string()),
        ("gpu", plan.gpu.to_string()),
        ("job_blocks", plan.job_blocks.map_or_else(String::new, |blocks| blocks.to_string())),
    ];
    typed.into_iter().chain(chosen.map(|(name, value)| (name.to_owned(), value))).collect()
}

impl From<&Sample> for SampleRow {
    fn from(sample: &Sample) -> Self {
        let Sample { condition, repeat, work, measured } = sample;
        Self {
            group: condition.group.name().to_owned(),
            mode: condition.mode.name().to_owned(),
            kernel: condition.kernel.name().to_owned(),
            workers: condition.workers,
            batch_points: condition.batch_points,
            repeat: *repeat,
            jobs: work.jobs,
            points: measured.tally.points,
            inside: measured.tally.inside,
            wall_ms: measured.wall_ms,
            spawn_ms: measured.spawn_ms,
            longest_gap_ms: measured.longest_gap_ms,
            messages: measured.messages,
            message_characters: measured.message_characters,
            waiting_ms: measured.waiting_ms,
        }
    }
}

impl SampleRow {
    /// The sample in a document of this version, or the name of the field that is impossible.
    fn sample(&self, version: u32) -> Result<Sample<ReportedKernel>, &'static str> {
        let kernel = if version == VERSION {
            Kernel::named(&self.kernel).map(ReportedKernel::Current)
        } else {
            ReportedKernel::of_version_1(&self.kernel)
        };
        let kernel = kernel.ok_or("kernel")?;
        let group = [Group::Scaling, Group::Kernel(kernel), Group::Sweep, Group::Gpu]
            .into_iter()
            .find(|group| group.name() == self.group)
            .ok_or("group")?;
        let mode = Mode::named(&self.mode).ok_or("mode")?;
        let within = |number: u64, least: u64, most: u64| (least..=most).contains(&number);
        let ms = |number: f64| (0.0..=MAX_MS).contains(&number);
        let whole_blocks = self.points.is_multiple_of(BLOCK_POINTS);
        let checks = [
            ("workers", within(self.workers.into(), 1, WorkerCount::MAX.get().into())),
            ("batch_points", self.batch_points <= BatchPoints::MAX.points()),
            ("repeat", within(self.repeat.into(), 1, 1_000)),
            ("points", within(self.points, BLOCK_POINTS, 1 << 53) && whole_blocks),
            ("jobs", self.jobs >= 1 && (self.points / BLOCK_POINTS).is_multiple_of(self.jobs.max(1))),
            ("inside", self.inside <= self.points),
            ("wall_ms", ms(self.wall_ms) && self.wall_ms >= MIN_MS),
            ("spawn_ms", ms(self.spawn_ms)),
            ("longest_gap_ms", ms(self.longest_gap_ms)),
            ("waiting_ms", (0.0..=64.0 * MAX_MS).contains(&self.waiting_ms)),
        ];
        if let Some((field, _)) = checks.into_iter().find(|(_, fits)| !fits) {
            return Err(field);
        }
        Ok(Sample {
            condition: Condition {
                group,
                mode,
                kernel,
                workers: self.workers,
                batch_points: self.batch_points,
            },
            repeat: self.repeat,
            work: Work { job_blocks: self.points / BLOCK_POINTS / self.jobs, jobs: self.jobs },
            measured: Measurement {
                wall_ms: self.wall_ms,
                spawn_ms: self.spawn_ms,
                longest_gap_ms: self.longest_gap_ms,
                tally: Tally { points: self.points, inside: self.inside },
                control: None,
                messages: self.messages,
                message_characters: self.message_characters,
                waiting_ms: self.waiting_ms,
                disturbance: None,
            },
        })
    }
}

impl From<&Summary> for SummaryRow {
    fn from(summary: &Summary) -> Self {
        Self {
            condition: summary.condition.to_string(),
            samples: summary.samples,
            outliers: summary.outliers,
            median_job_ms: summary.job_ms.median,
            mad_job_ms: summary.job_ms.mad,
            interval_95_job_ms: summary.job_ms.interval,
            points_per_second: summary.points_per_second,
            speed_up: summary.speed_up,
            efficiency: summary.efficiency,
        }
    }
}

impl From<&Discarded> for DiscardedRow {
    fn from(discarded: &Discarded) -> Self {
        Self {
            condition: discarded.condition.to_string(),
            wall_ms: discarded.wall_ms,
            reason: discarded.reason.to_string(),
        }
    }
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DocumentError {
    /// It is longer than any real one.
    #[error("the file has {bytes} bytes; at most {MAX_BYTES} are read")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It is not JSON, or not of this form.
    #[error("the file is not a benchmark saved by this page: {}", shortened(.0))]
    NotJson(String),
    /// It is something else.
    #[error(
        "the file is not a benchmark saved by this page: it does not say “format”: “{FORMAT}”; choose one saved by “JSON”"
    )]
    OtherFormat,
    /// It was written by another version of the page.
    #[error("the file is of version {version}; this page reads versions {EARLIER_VERSION} and {VERSION}")]
    OtherVersion {
        /// Its version.
        version: u32,
    },
    /// It has no samples, or more than any real one.
    #[error("the file has {samples} samples; from 1 to {MAX_SAMPLES} are read")]
    SampleCount {
        /// How many.
        samples: usize,
    },
    /// It has more of something than any real one.
    #[error("the file has more than {most} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are read.
        most: usize,
    },
    /// No machine has so many cores.
    #[error("the file claims {cores} cores")]
    Cores {
        /// How many.
        cores: u32,
    },
    /// A sample says what cannot be.
    #[error("sample {number} of the file is impossible: its {field} is out of range")]
    BadSample {
        /// Its number, from 1.
        number: usize,
        /// The field.
        field: &'static str,
    },
}

#[cfg(test)]
mod tests;
