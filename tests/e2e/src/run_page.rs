//! The estimate page: its controls by accessible name, its texts by id, and the mirror of the run in `#run`.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use dartboard_points::tally::Tally;
use serde::Deserialize;
use serde_json::json;
use thirtyfour::prelude::*;
use tokio::time::{Instant, sleep};

use crate::site::BLANK;
use crate::{Browser, Engine, Error, Site};

/// How long anything that must happen at last may take on a slow and busy machine.
/// Tests wait for what happens; no test passes because time went by.
pub const LIVENESS: Duration = Duration::from_secs(60);

/// How often the page is looked at while waiting.
const POLL: Duration = Duration::from_millis(40);

/// What begins so far from the top of the page is seen without scrolling.
const ALWAYS_SEEN_PX: f64 = 300.0;

/// How often `WebKit` is asked for a click, of which it loses one in some hundred: the mouse button goes down and up beside an element
/// that moves while the page is being drawn.
const CLICKS: usize = 5;

const LISTEN_FOR_CLICK: &str = "window.isClickHeard = false;
    arguments[0].addEventListener('click', () => { window.isClickHeard = true; }, { capture: true, once: true });
    return null;";

/// How often it is looked whether an element keeps its place, before it is clicked all the same.
const SETTLING_LOOKS: usize = 20;

/// Longer than it takes to draw the page after it was scrolled.
const SCROLLED: Duration = Duration::from_millis(200);

/// What the site has stored in the browser goes: runs, and what is kept for use without a network.
///
/// A service worker whose page was left while it was being installed stays so in `WebKit`, and to remove it does not end
/// while the page that asks is open. It has kept nothing and answers no page, so it is not waited for without end.
const FORGET_EVERYTHING: &str = "
    localStorage.clear();
    sessionStorage.clear();
    const kept = await navigator.serviceWorker?.getRegistrations() ?? [];
    const patience = new Promise(resolve => setTimeout(resolve, 3_000));
    await Promise.all(kept.map(registration => {
        const isRemoved = registration.unregister();
        return registration.active ? isRemoved : Promise.race([isRemoved, patience]);
    }));
    const names = await window.caches?.keys() ?? [];
    await Promise.all(names.map(name => caches.delete(name)));
    return null;";

/// The elements of a selector, those first that look as if they had a certain name: the driver is asked for the name
/// of each, and a page may have a hundred. What one of these is folded into is opened, as a person would, and what else
/// lies over the page is closed.
const CANDIDATES: &str = "
    const [selector, name] = arguments;
    const looksRight = element => element.getAttribute('aria-label') === name
        || [element, ...element.labels ?? []].some(it => it.textContent.trim() === name);
    const elements = [...document.querySelectorAll(selector)];
    const right = elements.filter(looksRight);
    if (right.length > 0) for (const folded of document.querySelectorAll('details')) {
        const holds = right.some(element => folded.contains(element));
        if (holds || folded.matches('.menu')) folded.open = holds;
    }
    return [...right, ...elements.filter(element => !looksRight(element))];";

/// Two frames are drawn, or a page that draws none has had time for them.
const NEXT_FRAMES: &str = "
    const drawn = new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    await Promise.race([drawn, new Promise(resolve => setTimeout(resolve, 1_000))]);
    return null;";

/// `data-status` of the mirror.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownStatus {
    /// Nothing was started yet.
    Idle,
    /// Workers compute.
    Running,
    /// Stopped, can go on.
    Paused,
    /// The target is reached.
    Finished,
    /// Running with fewer slots than asked for.
    Degraded,
    /// No worker can be kept alive.
    Failed,
}

impl FromStr for ShownStatus {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text {
            "idle" => Self::Idle,
            "running" => Self::Running,
            "paused" => Self::Paused,
            "finished" => Self::Finished,
            "degraded" => Self::Degraded,
            "failed" => Self::Failed,
            _ => return Err(()),
        })
    }
}

/// The run as the element `#run` mirrors it, read in one go.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    /// Where the run stands.
    pub status: ShownStatus,
    /// Points counted.
    pub points: u64,
    /// Points counted that lie inside the circle.
    pub inside: u64,
    /// What names the run.
    pub seed: u64,
    /// Workers alive.
    pub workers: u32,
    /// Workers replaced since the page was loaded.
    pub restarts: u64,
    /// Points per second.
    pub rate: f64,
}

impl RunState {
    /// What is counted.
    pub fn tally(&self) -> Tally {
        Tally { points: self.points, inside: self.inside }
    }
}

impl RunState {
    /// 4 × inside / points.
    pub fn pi(&self) -> f64 {
        4.0 * self.inside as f64 / self.points as f64
    }

    /// How many standard errors [`Self::pi`] is away from π.
    pub fn standard_errors_from_pi(&self) -> f64 {
        use std::f64::consts::{FRAC_PI_4, PI};
        // Of 4 × the mean of Bernoulli trials that succeed with probability π/4.
        let standard_error = 4.0 * (FRAC_PI_4 * (1.0 - FRAC_PI_4) / self.points as f64).sqrt();
        (self.pi() - PI).abs() / standard_error
    }

    fn parse(data: &HashMap<String, String>) -> Result<Self, Error> {
        fn field<T: FromStr>(
            data: &HashMap<String, String>,
            name: &'static str,
            expected: &'static str,
        ) -> Result<T, Error> {
            let value = data.get(name);
            value.and_then(|text| text.parse().ok()).ok_or_else(|| Error::Mirror {
                name,
                value: value.cloned(),
                expected,
            })
        }
        const WHOLE: &str = "a whole number";
        Ok(Self {
            status: field(data, "status", "a status")?,
            points: field(data, "points", WHOLE)?,
            inside: field(data, "inside", WHOLE)?,
            seed: field(data, "seed", WHOLE)?,
            workers: field(data, "workers", WHOLE)?,
            restarts: field(data, "restarts", WHOLE)?,
            rate: field(data, "rate", "a number")?,
        })
    }
}

/// A file that the page lets its user save.
#[derive(Clone, Debug, Deserialize)]
pub struct SavedFile {
    /// The name that the page gives it.
    pub name: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

impl SavedFile {
    /// What a text file says; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }
}

/// The estimate page, open in a browser.
pub struct RunPage<'a> {
    browser: &'a Browser,
    patience: Duration,
}

impl<'a> RunPage<'a> {
    /// Loads the page as on a first visit, with nothing stored, with `parameters` in its address
    /// (`seed=42&start=1`; none if empty), and waits until it shows the run.
    ///
    /// # Errors
    /// When the app does not come up.
    pub async fn open(browser: &'a Browser, site: &Site, parameters: &str) -> Result<Self, Error> {
        Self::load(browser, &site.url(), parameters).await?.shown().await
    }

    /// Loads the page with `parameters`, keeping what earlier visits have stored, and waits until it shows the run.
    ///
    /// # Errors
    /// When the app does not come up.
    pub async fn revisit(browser: &'a Browser, site: &Site, parameters: &str) -> Result<Self, Error> {
        Self::revisit_at(browser, &site.url(), parameters).await
    }

    /// Loads the page at `url` as [`Self::revisit`] does.
    ///
    /// # Errors
    /// When the app does not come up.
    pub async fn revisit_at(browser: &'a Browser, url: &str, parameters: &str) -> Result<Self, Error> {
        Self::visit(browser, url, parameters).await?.shown().await
    }

    /// Loads the page at `url` with `parameters`, keeping what earlier visits have stored, and waits for nothing.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn visit(browser: &'a Browser, url: &str, parameters: &str) -> Result<Self, Error> {
        let page = Self::attach(browser);
        page.go(url, parameters).await?;
        Ok(page)
    }

    /// Loads the page at `url` with `parameters` and nothing stored but that its first darts were seen, and waits for
    /// nothing.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn load(browser: &'a Browser, url: &str, parameters: &str) -> Result<Self, Error> {
        Self::attach(browser).forget(url).await?;
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        let seen = format!("localStorage.setItem('dartboard /{path} first-darts', 'on'); return null;");
        browser.evaluate::<()>(&seen).await?;
        Self::visit(browser, url, parameters).await
    }

    /// Loads the page as somebody sees it who was never here, and waits until it shows the run.
    ///
    /// # Errors
    /// When the app does not come up.
    pub async fn first_visit(browser: &'a Browser, site: &Site, parameters: &str) -> Result<Self, Error> {
        Self::attach(browser).forget(&site.url()).await?;
        Self::revisit(browser, site, parameters).await
    }

    /// The page as it is open in `browser` already.
    pub fn attach(browser: &'a Browser) -> Self {
        Self { browser, patience: LIVENESS }
    }

    /// Waits for as long as `patience` from now on, instead of [`LIVENESS`].
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Loads the page anew, as the browser's button does, and waits until it shows the run.
    ///
    /// # Errors
    /// When the app does not come up.
    pub async fn reload(&self) -> Result<(), Error> {
        // The driver's own way is, in Firefox, a reload past the service worker.
        // The script ends before the page does: a driver may have no answer from a page that is gone.
        const RELOAD: &str = "window.isLeft = true; setTimeout(() => location.reload()); return null;";
        self.browser.evaluate::<()>(RELOAD).await?;
        self.wait("the page to be loaded anew", async || {
            // While there is no page, a script may fail.
            let is_old =
                self.browser.evaluate::<bool>("return window.isLeft === true;").await.unwrap_or(true);
            Ok((!is_old).then_some(()))
        })
        .await?;
        self.wait_for("the run to be mirrored in #run", |_| true).await?;
        Ok(())
    }

    /// Goes from the page to an empty one of the same site, as [`site::BLANK`](crate::site::BLANK) is.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn leave(&self, url: &str) -> Result<(), Error> {
        let origin: Vec<_> = url.splitn(4, '/').take(3).collect();
        Ok(self.browser.webdriver().goto(origin.join("/") + BLANK).await?)
    }

    /// Goes to an empty page of the same site, as [`Self::leave`] does, and has the browser forget all that the site has
    /// stored.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn forget(&self, url: &str) -> Result<(), Error> {
        self.leave(url).await?;
        self.browser.evaluate_async(FORGET_EVERYTHING).await
    }

    async fn go(&self, url: &str, parameters: &str) -> Result<(), Error> {
        let address = if parameters.is_empty() { url.to_owned() } else { format!("{url}#/?{parameters}") };
        // From an address that differs only behind the # the page would not be loaded anew.
        self.leave(url).await?;
        Ok(self.browser.webdriver().goto(address).await?)
    }

    async fn shown(self) -> Result<Self, Error> {
        self.wait_for("the run to be mirrored in #run", |_| true).await?;
        Ok(self)
    }

    /// The run as it is mirrored now.
    ///
    /// # Errors
    /// When the mirror is missing or breaks its contract.
    pub async fn state(&self) -> Result<RunState, Error> {
        let data: Option<HashMap<String, String>> = self
            .browser
            .evaluate("const run = document.getElementById('run'); return run ? { ...run.dataset } : null;")
            .await?;
        let missing = Error::Mirror { name: "status", value: None, expected: "there, as there is no #run" };
        RunState::parse(&data.ok_or(missing)?)
    }

    /// The visible text of the element `id`; empty if it is not there.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn text(&self, id: &str) -> Result<String, Error> {
        self.wait(&format!("the text of #{id}"), async || {
            let elements = self.browser.webdriver().find_all(By::Id(id)).await?;
            let Some(element) = elements.first() else { return Ok(Some(String::new())) };
            Ok(Some(element.text().await?))
        })
        .await
    }

    /// Looks at the page again and again until `look` finds what is waited for; `what` says it in words. What is drawn
    /// anew since it was found is looked for again, and so is, in `WebKit`, what goes while it is looked for.
    ///
    /// # Errors
    /// When nothing is found within the page's patience: the error holds what the page and the console said instead.
    /// When `look` fails otherwise.
    pub async fn wait<T>(
        &self,
        what: &str,
        mut look: impl AsyncFnMut() -> Result<Option<T>, Error>,
    ) -> Result<T, Error> {
        let begun = Instant::now();
        loop {
            match look().await {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => {}
                Err(error) if error.is_stale() => {}
                Err(error) => return Err(error),
            }
            if begun.elapsed() > self.patience {
                return Err(self.timed_out(what).await);
            }
            sleep(POLL).await;
        }
    }

    /// Waits until the mirrored run meets `condition`; `what` says it in words.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn wait_for(
        &self,
        what: &str,
        condition: impl Fn(&RunState) -> bool,
    ) -> Result<RunState, Error> {
        self.wait(what, async || match self.state().await {
            Ok(state) => Ok(condition(&state).then_some(state)),
            Err(Error::Mirror { .. }) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    /// Waits until the mirrored run has this status.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn wait_for_status(&self, status: ShownStatus) -> Result<RunState, Error> {
        self.wait_for(&format!("status {status:?}"), |run| run.status == status).await
    }

    /// Waits until `condition`, an expression in JavaScript, is true on the page.
    ///
    /// # Errors
    /// When it does not become true in time, or the browser refuses.
    pub async fn wait_until(&self, condition: &str) -> Result<(), Error> {
        let script = format!("return Boolean({condition});");
        self.wait(condition, async || Ok(self.browser.evaluate::<bool>(&script).await?.then_some(()))).await
    }

    /// Clicks the button `name`, and returns the file that the page saves by it, as the link has it that the page
    /// follows: where a browser puts files is its own business.
    ///
    /// # Errors
    /// When nothing is saved in time, or the browser refuses.
    pub async fn save_file(&self, name: &str) -> Result<SavedFile, Error> {
        const HEAR: &str = "
            window.saved = [];
            HTMLAnchorElement.prototype.click = function () { window.saved.push([this.download, this.href]); };
            return null;";
        const READ: &str = "
            const [name, url] = window.saved[0];
            const [head, data] = [url.slice(0, url.indexOf(',')), url.slice(url.indexOf(',') + 1)];
            const bytes = head.endsWith(';base64') ? atob(data) : unescape(data);
            return { name, content: Array.from(bytes, byte => byte.charCodeAt(0)) };";
        self.browser.evaluate::<()>(HEAR).await?;
        self.click(name).await?;
        self.wait_until("window.saved.length > 0").await?;
        self.browser.evaluate(READ).await
    }

    /// Lets the user choose the file at `path` to be loaded as a run.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn choose_file(&self, path: &Path) -> Result<(), Error> {
        let input = self.browser.webdriver().find(By::Id("load-run")).await?;
        Ok(input.send_keys(path.display().to_string()).await?)
    }

    /// Waits until the visible text of the element `id` meets `condition`, and returns it.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn wait_for_text(&self, id: &str, condition: impl Fn(&str) -> bool) -> Result<String, Error> {
        self.wait(&format!("another text in #{id}"), async || {
            let text = self.text(id).await?;
            Ok(condition(&text).then_some(text))
        })
        .await
    }

    /// Clicks the button that assistive technology calls `name`.
    ///
    /// # Errors
    /// When there is none, or it cannot be clicked.
    pub async fn click(&self, name: &str) -> Result<(), Error> {
        self.click_control("button", name).await
    }

    /// Clicks the link whose text is `text`.
    ///
    /// # Errors
    /// When there is none, or it cannot be clicked.
    pub async fn click_link(&self, text: &str) -> Result<(), Error> {
        self.click_on(&self.browser.webdriver().find(By::LinkText(text)).await?).await
    }

    async fn click_control(&self, selector: &str, name: &str) -> Result<(), Error> {
        self.wait(&format!("a click on {name:?}"), async || {
            match self.click_on(&self.control_now("button", selector, name).await?).await {
                Err(error) if error.is_hidden() => Ok(None),
                clicked => clicked.map(Some),
            }
        })
        .await
    }

    async fn click_on(&self, element: &WebElement) -> Result<(), Error> {
        // While the page is still being drawn for the first time, a click for which WebKit's driver has to scroll is
        // only a mouse button that goes down and up there.
        if self.browser.engine() == Engine::WebKit
            && !element.rect().await.is_ok_and(|rect| rect.y < ALWAYS_SEEN_PX)
        {
            element.scroll_into_view().await?;
            // What is above it may still take its size.
            for _ in 0..SETTLING_LOOKS {
                let before = element.rect().await?;
                sleep(SCROLLED).await;
                if (element.rect().await?.y - before.y).abs() < 1.0 {
                    break;
                }
            }
        }
        if self.browser.engine() != Engine::WebKit {
            return Ok(element.click().await?);
        }
        for _ in 0..CLICKS {
            self.browser.webdriver().execute(LISTEN_FOR_CLICK, vec![element.to_json()?]).await?;
            element.click().await?;
            // Where there is no page, or another one, it was heard by the page that is gone.
            if self.browser.evaluate::<bool>("return window.isClickHeard !== false;").await.unwrap_or(true) {
                return Ok(());
            }
            sleep(SCROLLED).await;
        }
        Err(Error::ClickLost(element.text().await?, CLICKS))
    }

    /// The button that assistive technology calls `name`.
    ///
    /// # Errors
    /// When there is none.
    pub async fn button(&self, name: &str) -> Result<WebElement, Error> {
        self.control("button", "button", name).await
    }

    /// The field, slider or checkbox that assistive technology calls `name`.
    ///
    /// # Errors
    /// When there is none.
    pub async fn field(&self, name: &str) -> Result<WebElement, Error> {
        self.control("field", "input, select, textarea", name).await
    }

    /// Opens what the page keeps folded under the words `summary`.
    ///
    /// # Errors
    /// When there is no such summary.
    pub async fn open_details(&self, summary: &str) -> Result<(), Error> {
        let script = format!(
            "[...document.querySelectorAll('summary')].find(it => it.textContent === '{summary}').parentElement.open = true;
            return null;"
        );
        self.browser.evaluate(&script).await
    }

    /// What stands in the field that assistive technology calls `name`.
    ///
    /// # Errors
    /// When there is none.
    pub async fn value(&self, name: &str) -> Result<String, Error> {
        Ok(self.field(name).await?.value().await?.unwrap_or_default())
    }

    /// Presses keys where the focus is.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn press(&self, keys: impl Into<TypingData>) -> Result<(), Error> {
        Ok(self.browser.webdriver().active_element().await?.send_keys(keys).await?)
    }

    /// Presses keys where no control has the focus.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn press_on_page(&self, keys: impl Into<TypingData>) -> Result<(), Error> {
        self.browser.evaluate::<()>("document.activeElement?.blur(); return null;").await?;
        self.press(keys).await
    }

    /// Makes letters commands, by the switch in the list of keys.
    ///
    /// # Errors
    /// When there is none.
    pub async fn use_letter_keys(&self) -> Result<(), Error> {
        self.click("Keyboard shortcuts").await?;
        self.wait_for_dialog("Keyboard shortcuts").await?;
        self.browser.webdriver().find(By::Id("letter-keys")).await?.click().await?;
        self.click_in_dialog("Close").await?;
        self.wait_for_no_dialog().await
    }

    /// The value of each parameter in the page's address.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn address(&self) -> Result<BTreeMap<String, String>, Error> {
        let script = "return Object.fromEntries(new URLSearchParams(location.hash.split('?')[1] ?? ''));";
        self.browser.evaluate(script).await
    }

    /// Waits until the page's address names `value` for `parameter` (none: does not name it), and shows what it says.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn wait_for_address(&self, parameter: &str, value: Option<&str>) -> Result<(), Error> {
        self.wait(&format!("{parameter}={value:?} in the address"), async || {
            Ok((self.address().await?.get(parameter).map(String::as_str) == value).then_some(()))
        })
        .await?;
        // The address is written at once, what it says drawn with the next frames.
        self.browser.evaluate_async(NEXT_FRAMES).await
    }

    /// Replaces the content of the field that assistive technology calls `name`, as a person would, by `text`.
    ///
    /// # Errors
    /// When there is none, or it takes no input.
    pub async fn fill(&self, name: &str, text: &str) -> Result<(), Error> {
        let field = self.field(name).await?;
        field.send_keys(Key::Control + "a").await?;
        field.send_keys(Key::Backspace + text).await?;
        // Leaves the field: some apply what was typed only then.
        field.send_keys("" + Key::Tab).await?;
        Ok(())
    }

    /// Waits for an open dialog that assistive technology calls `name`, and returns its visible text.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn wait_for_dialog(&self, name: &str) -> Result<String, Error> {
        self.wait(&format!("the dialog {name:?}"), async || match self.dialog().await? {
            Some(dialog) if self.browser.accessible_name(&dialog).await? == name => {
                Ok(Some(dialog.text().await?))
            }
            _ => Ok(None),
        })
        .await
    }

    /// Waits until no dialog is open.
    ///
    /// # Errors
    /// When one still is.
    pub async fn wait_for_no_dialog(&self) -> Result<(), Error> {
        self.wait("the dialog to close", async || Ok(self.dialog().await?.is_none().then_some(()))).await
    }

    /// Whether a dialog is open.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn has_dialog(&self) -> Result<bool, Error> {
        Ok(self.dialog().await?.is_some())
    }

    /// Clicks the button that assistive technology calls `name` in the dialog that is open.
    ///
    /// # Errors
    /// When there is none, or it cannot be clicked.
    pub async fn click_in_dialog(&self, name: &str) -> Result<(), Error> {
        self.click_control("dialog[open] button", name).await
    }

    async fn dialog(&self) -> Result<Option<WebElement>, Error> {
        Ok(self.browser.webdriver().find_all(By::Css("dialog[open]")).await?.into_iter().next())
    }

    async fn control(&self, kind: &'static str, selector: &str, name: &str) -> Result<WebElement, Error> {
        self.wait(&format!("the {kind} {name:?}"), async || {
            self.control_now(kind, selector, name).await.map(Some)
        })
        .await
    }

    async fn control_now(&self, kind: &'static str, selector: &str, name: &str) -> Result<WebElement, Error> {
        let (mut found, mut gone) = (Vec::new(), None);
        let candidates =
            self.browser.webdriver().execute(CANDIDATES, vec![json!(selector), json!(name)]).await?;
        for element in candidates.elements()? {
            let its_name = match self.browser.accessible_name(&element).await {
                // Since it was found: a run that goes on changes its buttons.
                Err(error) if error.is_stale() => {
                    gone = Some(error);
                    continue;
                }
                its_name => its_name?,
            };
            if its_name == name {
                return Ok(element);
            }
            found.push(its_name);
        }
        Err(gone.unwrap_or(Error::NoControl { kind, name: name.to_owned(), found }))
    }

    async fn timed_out(&self, what: &str) -> Error {
        let report = async {
            let state = self.state().await;
            let address = self.browser.webdriver().current_url().await?;
            let text: String = self.browser.evaluate("return document.body.innerText;").await?;
            let console = self.browser.console().await?;
            Ok::<_, Error>(format!(
                "address: {address}\nrun: {state:?}\npage:\n{text}\nconsole:\n{}",
                console.join("\n")
            ))
        };
        let page = report.await.unwrap_or_else(|error| format!("the page could not be read: {error}"));
        Error::TimedOut { what: what.to_owned(), within: self.patience, page }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirror(changes: &[(&str, &str)]) -> HashMap<String, String> {
        let whole = [
            ("status", "running"),
            ("points", "400"),
            ("inside", "300"),
            ("seed", "18446744073709551615"),
            ("workers", "4"),
            ("restarts", "0"),
            ("rate", "123.5"),
        ];
        whole.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn mirror_is_read_exactly_and_refused_by_name() {
        let state = RunState::parse(&mirror(&[])).unwrap();
        assert_eq!((state.status, state.seed, state.rate), (ShownStatus::Running, u64::MAX, 123.5));
        for (name, value) in
            [("points", "1,000"), ("status", "Running"), ("inside", "1e3"), ("workers", "-1")]
        {
            let error = RunState::parse(&mirror(&[(name, value)])).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
    }

    #[test]
    fn standard_errors_match_a_case_worked_by_hand() {
        // π̂ = 3, standard error 4 √(π/4 (1 − π/4) / 400) = 0.082109
        let state = RunState::parse(&mirror(&[])).unwrap();
        assert!(
            (state.standard_errors_from_pi() - 1.724_45).abs() < 1e-3,
            "{}",
            state.standard_errors_from_pi()
        );
    }
}
