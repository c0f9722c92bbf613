//! Causes faults in workers with the page's own buttons, and counts what its event log says about them.
//!
//! The log's table shows only the newest entries, so they are collected in the page while the run goes.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Browser, Error};

/// Collects the log's entries, and presses buttons until enough faults of each kind have come true: a worker asked
/// to hang may panic before it does.
const WATCH: &str = r"
    const entries = new Map();
    const read = () => {
        for (const row of document.querySelectorAll('.log tbody tr')) {
            const [time, slot, worker, what, , recovered] = [...row.cells].map(cell => cell.textContent);
            entries.set([time, slot, worker, what].join('|'), { slot, worker, what, recovered });
        }
    };
    new MutationObserver(read).observe(
        document.querySelector('.log'), { childList: true, subtree: true, characterData: true });
    const asked = {
        'you pressed Crash': 'Crash',
        'you pressed Hang': 'Hang',
        'you pressed Kill; the coordinator was not told': 'Kill',
    };
    // A kill may hit a replacement that is not ready yet.
    const came_true = {
        Crash: /^the worker panicked: /,
        Hang: /^the worker did not answer /,
        Kill: /^the worker did not (answer|start) /,
    };
    const survey = () => {
        read();
        const found = { panics: 0, Crash: 0, Hang: 0, Kill: 0, other: {}, panic_to_result_ms: [] };
        const open = { Crash: 0, Hang: 0, Kill: 0 };
        const deaths = new Map(), busy = new Set();
        for (const entry of entries.values()) {
            if (entry.worker === '–' || entry.what in asked) continue;
            deaths.set(entry.worker, entry);
            if (entry.what.startsWith('the worker panicked: ')) {
                found.panics += 1;
                const ms = Number.parseFloat(entry.recovered);
                if (!Number.isNaN(ms)) found.panic_to_result_ms.push(ms);
            }
        }
        for (const entry of entries.values()) {
            if (!(entry.what in asked)) continue;
            const kind = asked[entry.what], death = deaths.get(entry.worker);
            if (!death) {
                open[kind] += 1;
                busy.add(entry.slot);
            } else if (came_true[kind].test(death.what)) {
                found[kind] += 1;
            }
        }
        for (const { what } of deaths.values()) {
            if (!/^the worker (panicked: |did not answer |did not start )/.test(what)) found.other[what] = (found.other[what] ?? 0) + 1;
        }
        return { found, open, busy };
    };
    const wanted = { Crash: 0, Hang: 0, Kill: 0 };
    const pressed = new Map();
    const press = () => {
        const { found, open, busy } = survey();
        const now = performance.now();
        for (const button of document.querySelectorAll('.workers button')) {
            const [, kind, slot] = /^(\w+) worker (\d+)$/.exec(button.getAttribute('aria-label'));
            // What was pressed shows in the log a little later, or never if the worker was gone.
            if (button.disabled || busy.has(slot) || now - (pressed.get(slot) ?? -1e4) < 1_500) continue;
            if (found[kind] + open[kind] >= wanted[kind]) continue;
            button.click();
            pressed.set(slot, now);
            open[kind] += 1;
        }
    };
    setInterval(press, 25);
    window.faultLog = { wanted, read: () => survey().found };
    return null;
";

/// What the page's log says of the faults so far.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Faults {
    /// Workers that panicked, by chaos or by their button.
    pub panics: u32,
    /// Workers asked to crash that panicked.
    #[serde(rename = "Crash")]
    pub crashes: u32,
    /// Workers asked to hang that were found not to answer.
    #[serde(rename = "Hang")]
    pub hangs: u32,
    /// Workers killed without a word that were found not to answer, or not to start.
    #[serde(rename = "Kill")]
    pub kills: u32,
    /// Deaths of which the log says something else, by what the log says of them.
    pub other: BTreeMap<String, u32>,
    /// For each panic: the milliseconds until its slot's replacement had its first result.
    pub panic_to_result_ms: Vec<f64>,
}

/// How many faults of each kind are to come true by the page's buttons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WantedFaults {
    /// By *Crash*.
    pub crashes: u32,
    /// By *Hang*.
    pub hangs: u32,
    /// By *Kill*.
    pub kills: u32,
}

/// The event log of the page that `browser` shows, for as long as that page is not left.
pub struct FaultLog<'a> {
    browser: &'a Browser,
}

impl<'a> FaultLog<'a> {
    /// Collects the log's entries from now on.
    ///
    /// # Errors
    /// When the page shows no log.
    pub async fn watch(browser: &'a Browser) -> Result<Self, Error> {
        browser.evaluate::<()>(WATCH).await?;
        Ok(Self { browser })
    }

    /// Presses the buttons of all slots from now on, until the log says that so many faults came true.
    ///
    /// # Errors
    /// When the page was left.
    pub async fn inject(&self, wanted: WantedFaults) -> Result<(), Error> {
        let WantedFaults { crashes, hangs, kills } = wanted;
        let script = format!(
            "Object.assign(window.faultLog.wanted, {{ Crash: {crashes}, Hang: {hangs}, Kill: {kills} }});
            return null;"
        );
        self.browser.evaluate(&script).await
    }

    /// What the log says so far.
    ///
    /// # Errors
    /// When the page was left.
    pub async fn read(&self) -> Result<Faults, Error> {
        self.browser.evaluate("return window.faultLog.read();").await
    }
}
