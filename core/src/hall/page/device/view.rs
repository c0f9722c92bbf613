//! What is shown of a device.

use std::time::Duration;

use super::{Device, Seated, Stage};
use crate::hall::member::MemberStanding;
use crate::hall::page::words;
use crate::time::Instant;
use dartboard_points::tally::Tally;

/// How long a desk may not answer before the page says so.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the device stands.
#[derive(Clone, Debug, PartialEq)]
pub enum DeviceStanding {
    /// It does not take part.
    Form,
    /// It has asked for a seat, or waits for the first word of its class.
    Joining,
    /// It counts.
    Counting,
    /// There is nothing to count, for now.
    Waiting,
    /// It has been without its class for so long.
    Away {
        /// How long.
        span: Duration,
        /// Whether the connection is there, and only the answer is not.
        is_connected: bool,
    },
    /// All is counted.
    Finished,
    /// It is excluded, and why.
    Excluded(String),
    /// It cannot take part, and why.
    Refused(String),
}

impl DeviceStanding {
    /// Its name for scripts and style sheets.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Joining => "joining",
            Self::Counting => "counting",
            Self::Waiting => "waiting",
            Self::Away { .. } => "away",
            Self::Finished => "finished",
            Self::Excluded(_) => "excluded",
            Self::Refused(_) => "refused",
        }
    }
}

/// What is shown of the device.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceView {
    /// How it stands.
    pub standing: DeviceStanding,
    /// The code that the address or the last attempt has.
    pub code: String,
    /// Why it did not join.
    pub refusal: Option<String>,
    /// What of the address cannot be followed.
    pub unread: Vec<String>,
    /// Its name and its seat, once it has one.
    pub seat: Option<(String, String)>,
    /// Points that it has counted.
    pub points: u64,
    /// Points a second.
    pub points_per_second: f64,
    /// What all have counted.
    pub tally: Tally,
    /// How many cores count.
    pub cores: u32,
    /// Whether its screen is to stay on.
    pub stays_awake: bool,
    /// Whether the browser can do that.
    pub can_keep_awake: bool,
    /// What came of the last *Where am I?*, for a while.
    pub found: Option<String>,
    /// Why no worker counts, if so.
    pub trouble: Option<String>,
}

impl Device {
    pub(in crate::hall::page) fn view(&self, now: Instant) -> DeviceView {
        let seated = match &self.stage {
            Stage::In(seated) => Some(seated),
            _ => None,
        };
        let points = |seated: &Seated| {
            let counted = seated.member.counted_points().saturating_add(seated.progress);
            seated.before.saturating_add(counted)
        };
        DeviceView {
            standing: self.standing(now),
            code: self.code.clone(),
            refusal: self.refusal.clone(),
            unread: self.unread.clone(),
            seat: seated.and(self.seat.as_ref()).map(|seat| (seat.name(), seat.credentials.user.clone())),
            points: seated.map_or(0, |seated| points(seated)),
            points_per_second: seated.map_or(0.0, |seated| seated.points_per_second(now)),
            tally: seated.map(|seated| seated.member.tally()).unwrap_or_default(),
            cores: self.cores,
            stays_awake: self.stays_awake,
            can_keep_awake: self.can_keep_awake,
            found: seated.and_then(|seated| seated.found.as_ref()).map(|(said, _)| said.clone()),
            trouble: seated.and_then(|seated| seated.trouble.clone()),
        }
    }

    fn standing(&self, now: Instant) -> DeviceStanding {
        match &self.stage {
            Stage::Out => DeviceStanding::Form,
            Stage::Joining => DeviceStanding::Joining,
            Stage::In(seated) => seated.standing(now),
        }
    }
}

impl Seated {
    fn points_per_second(&self, now: Instant) -> f64 {
        if self.member.counting().is_some() { self.rate.per_second(now) } else { 0.0 }
    }

    fn standing(&self, now: Instant) -> DeviceStanding {
        let silent = self.member.silent_since().map(|since| now - since).filter(|span| *span >= PATIENCE);
        match (self.member.standing(), silent) {
            (MemberStanding::Banned(why), _) => DeviceStanding::Excluded(words::sentence(&why)),
            (MemberStanding::Refused(why), _) => DeviceStanding::Refused(words::sentence(&why)),
            (MemberStanding::Finished, _) => DeviceStanding::Finished,
            (MemberStanding::Away { since }, _) => {
                DeviceStanding::Away { span: now - since, is_connected: false }
            }
            (_, Some(span)) => DeviceStanding::Away { span, is_connected: true },
            (MemberStanding::Joining, None) => DeviceStanding::Joining,
            (MemberStanding::Counting, None) => DeviceStanding::Counting,
            (MemberStanding::WaitingForWork, None) => DeviceStanding::Waiting,
        }
    }
}
