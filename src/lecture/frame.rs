//! The frame around every lesson.

use std::rc::Rc;

use yew::prelude::*;
use yew::virtual_dom::VText;

use super::downloads::{view_addresses, view_downloads};
use super::drawings::{Picture, PicturePanel, view_head};
use super::pipeline::{view_file, view_pipeline};
use super::tabs::{Tab, view_python, view_rows, view_table, view_why};
use super::window::view_window;
use super::{LecturePage, Message, Open};
use crate::browser::{address, clock, hall};
use crate::ui::{
    ButtonLook, FieldLook, attributed, element, link, text, view_button, view_button_like, view_button_of,
};
use dartboard_core::address::Page;
use dartboard_core::lecture::guess::GuessKind;
use dartboard_core::lecture::presenter::Step;
use dartboard_core::lecture::recorded::MACHINE;
use dartboard_core::lecture::runs::Hang;
use dartboard_core::lecture::settings::{FieldValue, Kind, LessonField, Value};
use dartboard_core::lecture::shared_memory::{Reason, SharedMemory};
use dartboard_core::lecture::shown::{Actor, Figure, Places, Shown};
use dartboard_core::lecture::stage::{Event, Status};
use dartboard_core::lecture::{About, FIRST_FIELDS, Lesson, MemoryNeed};

impl LecturePage {
    /// The lesson that is open.
    pub(super) fn view_lesson(&self, context: &Context<Self>, open: &Open) -> Html {
        let about = open.stage.lesson().about();
        let shown = open.stage.shown();
        let crumb = link("", Page::Lecture.route().to_owned(), vec!["Lecture".into()]);
        let place = format!(" › {} › {}", about.group, about.title);
        let head = vec![
            element("p", "crumb", vec![crumb, VText::new(place).into()]),
            text("h1", "", worded(open, about.question)),
        ];
        let spoken = VText::new(self.spoken_state(open, &shown)).into();
        let parts = vec![
            view_mirror(open, &shown, &self.shared_memory),
            element("div", "lesson-head", head),
            self.view_controls(context, open, about),
            view_status(context, open),
            view_figures(open, &shown),
            view_pictures(context, open, &shown),
            view_tabs(context, open, about, &shown),
            view_recorded(about),
            view_steps(context, open),
            attributed("p", "spoken", &[("role", "status")], vec![spoken]),
        ];
        let class = match open.step {
            None => "lesson",
            Some(Step::Question) => "lesson step-question",
            Some(Step::Guess) => "lesson step-guess",
            Some(Step::Run) => "lesson step-run",
            Some(Step::Why) => "lesson step-why",
            Some(Step::Python) => "lesson step-python",
        };
        element("div", class, parts)
    }

    fn view_controls(&self, context: &Context<Self>, open: &Open, about: &'static About) -> Html {
        let link = context.link();
        let is_running = *open.stage.status() == Status::Running;
        let not_ready = open.stage.not_ready().filter(|_| !is_running);
        let onclick = link.callback(|_: MouseEvent| Message::RunOrStop);
        let runs = open.stage.rounds().filter(|_| is_running);
        let [run, stop] = open.stage.lesson().buttons();
        let label = match runs {
            _ if !is_running => run.to_owned(),
            Some((over, of)) if of > 1 => format!("{stop} ({over} of {of})"),
            _ => stop.to_owned(),
        };
        // The number of parts is always the same: a field that moves to another place loses what is typed in it.
        let reason = |said: Option<String>| {
            said.map_or_else(Html::default, |said| text("p", "hint reason", said.into()))
        };
        let mut parts = vec![view_guess(context, open)];
        match open.stage.lesson() {
            Lesson::Pipeline => parts.push(view_file(context, open)),
            Lesson::Downloads => {
                let (addresses, said) = self.offered();
                let addresses = self.addresses.as_ref().unwrap_or(&addresses);
                parts.push(view_addresses(context, open, addresses, said));
            }
            _ => {}
        }
        parts.extend(about.fields.iter().take(FIRST_FIELDS).map(|&field| view_field(context, open, field)));
        let space = || attributed("kbd", "", &[("aria-hidden", "true")], vec![VText::new("Space").into()]);
        let look = ButtonLook { id: Some("run-lesson"), class: Some("start"), ..ButtonLook::default() };
        if self.offers_shared_memory() {
            let label: Html = [VText::new("Turn on shared memory").into(), space()].into_iter().collect();
            parts.push(view_button_like(look, label, link.callback(|_| Message::TurnOnSharedMemory)));
            let why = "Threads need shared memory. This reloads the page once; nothing is lost. ";
            let mut why = vec![VText::new(why).into()];
            if about.memory == MemoryNeed::OrMessages {
                why.push(view_button_of(Some("link-like"), "Run with messages instead.", false, onclick));
            }
            parts.push(element("p", "hint reason", why));
        } else {
            let class = if is_running { "stop" } else { "start" };
            let disabled = not_ready.is_some() || !self.can_run(about);
            let label: Html = [VText::new(label).into(), space()].into_iter().collect();
            parts.push(view_button_like(ButtonLook { class: Some(class), disabled, ..look }, label, onclick));
            parts.push(reason(self.without_memory(about)));
            parts.extend(self.view_elsewhere());
        }
        parts.push(reason(not_ready));
        parts.push(reason(open.stage.warning().filter(|_| !is_running)));
        attributed("section", "panel controls", &[("aria-label", "Try it")], parts)
    }

    /// The way to lessons that share memory, where a class is served without https and names a page that has it.
    pub(super) fn view_elsewhere(&self) -> Option<Html> {
        let elsewhere =
            (self.shared_memory == SharedMemory::Never(Reason::Insecure)).then(hall::lessons)??;
        let way = link("", elsewhere.clone() + &address::fragment(), vec![VText::new(elsewhere).into()]);
        let why = "Lessons that share memory run at this class’s https address: ";
        let code = [("src", "hall/lessons.svg"), ("alt", "QR code of that address")];
        let parts =
            vec![element("p", "", vec![VText::new(why).into(), way]), attributed("img", "", &code, vec![])];
        Some(element("div", "notice elsewhere", parts))
    }

    /// Whether the lesson can run as memory is now.
    fn can_run(&self, about: &About) -> bool {
        about.memory != MemoryNeed::All || self.shared_memory == SharedMemory::Here
    }

    /// What follows where memory cannot be shared; none where it can.
    fn without_memory(&self, about: &About) -> Option<String> {
        match (&self.shared_memory, about.memory) {
            (SharedMemory::Never(reason), MemoryNeed::OrMessages) => {
                Some(format!("{reason} The threads use messages instead."))
            }
            (SharedMemory::Never(reason), MemoryNeed::All) => {
                Some(format!("{reason} This lesson cannot run without it."))
            }
            (SharedMemory::NotYet, MemoryNeed::All) => {
                Some("The browser is storing this page, which shared memory needs.".to_owned())
            }
            _ => None,
        }
    }

    fn spoken_state(&self, open: &Open, shown: &Shown) -> String {
        let status = open.stage.status();
        let news = || match status {
            Status::Idle => String::new(),
            Status::Running => "Running.".to_owned(),
            Status::Finished => format!("Finished. {}", shown.findings.join(" ")),
            Status::Failed(reason) => reason.clone(),
        };
        self.spoken.borrow_mut().say(clock::now(), status.word(), news)
    }
}

/// A text of the lesson as it is set.
fn worded(open: &Open, text: &'static str) -> AttrValue {
    open.stage.lesson().worded(text, open.stage.values()).into()
}

/// What sets a field.
fn view_field(context: &Context<LecturePage>, open: &Open, field: &'static LessonField) -> Html {
    let link = context.link();
    let value = open.stage.values().value(field);
    let disabled = *open.stage.status() == Status::Running;
    match field.kind {
        Kind::Number { .. } | Kind::Names { .. } => {
            let on_take =
                link.callback(move |taken: FieldValue| Message::Lesson(Event::Set(field, taken.value)));
            let on_refused =
                link.callback(move |refused| Message::Lesson(Event::Refused(field.name, refused)));
            let look =
                FieldLook { disabled, on_refused, ..FieldLook::new(field, field.with(value), on_take) };
            look.view()
        }
        Kind::Choice { choices } => {
            let on_choose =
                link.callback(move |chosen| Message::Lesson(Event::Set(field, Value::Units(chosen))));
            let options = choices.iter().map(|choice| (choice.name, worded(open, choice.label))).collect();
            view_select(
                "field",
                (field.name, worded(open, field.label)),
                options,
                value.units(),
                disabled,
                on_choose,
            )
        }
    }
}

/// A list to choose from: its id and label, its options as value and name, and the place of the one chosen.
fn view_select(
    class: &'static str,
    (id, label): (&'static str, AttrValue),
    options: Vec<(&'static str, AttrValue)>,
    chosen: u64,
    disabled: bool,
    on_choose: Callback<u64>,
) -> Html {
    let onchange = Callback::from(move |event: web_sys::Event| {
        let select = event.target_dyn_into::<web_sys::HtmlSelectElement>();
        // Nothing is chosen in a list without options.
        if let Some(index) = select.and_then(|select| u64::try_from(select.selected_index()).ok()) {
            on_choose.emit(index);
        }
    });
    let option = |((value, name), index): ((&'static str, AttrValue), u64)| {
        html! { <option {value} selected={index == chosen}>{ name }</option> }
    };
    html! {
        <div ~className={class}>
            <label for={id}>{ label }</label>
            <select {id} {onchange} {disabled}>{ for options.into_iter().zip(0..).map(option) }</select>
        </div>
    }
}

/// The presenter view's steps.
fn view_steps(context: &Context<LecturePage>, open: &Open) -> Html {
    let Some(now) = open.step else { return html! {} };
    let link = context.link();
    let step = |(number, &step): (u32, &Step)| {
        let look = ButtonLook { is_chosen: step == now, ..ButtonLook::default() };
        let name = VText::new(format!("{number} {}", step.name())).into();
        let onclick = link.callback(move |_| Message::Present(Some(step)));
        element("li", "", vec![view_button_like(look, name, onclick)])
    };
    let steps = element("ol", "", (1..).zip(&Step::ALL).map(step).collect());
    let leave = view_button("Leave", link.callback(|_| Message::Present(None)));
    let nav = vec![steps, view_qr_link(open, "QR code (Q)"), leave];
    attributed("nav", "steps-nav", &[("aria-label", "Steps")], nav)
}

/// The way to the QR code of the lesson as it is set.
fn view_qr_link(open: &Open, name: &'static str) -> Html {
    link("qr-link", open.qr_route(), vec![VText::new(name).into()])
}

/// What stands below the pictures.
fn view_tabs(context: &Context<LecturePage>, open: &Open, about: &'static About, shown: &Shown) -> Html {
    let link = context.link();
    let has_run = open.stage.has_run();
    let shown_tab = if has_run { open.tab } else { Tab::Settings };
    let shown_tab = match open.step {
        Some(Step::Python) => Tab::Python,
        Some(_) => Tab::Why,
        None => shown_tab,
    };
    let on_copy = link.callback(|text: String| Message::CopyText(text));
    let on_save = link.callback(|(name, kind, text)| Message::Save(name, kind, text));
    let more = about.fields.iter().skip(FIRST_FIELDS);
    let tab = |tab: Tab| {
        let look = ButtonLook {
            id: Some(tab.id()),
            tab_of: Some("tab-body"),
            is_chosen: tab == shown_tab,
            disabled: tab.tells() && !has_run,
            class: None,
        };
        view_button_like(look, VText::new(tab.name()).into(), link.callback(move |_| Message::Tab(tab)))
    };
    let list = [("role", "tablist"), ("aria-label", "About this lesson")];
    let hint = if has_run {
        Html::default()
    } else {
        text("span", "hint", "Why, Python and Table open after the first run.".into())
    };
    let on_present = link.callback(|_| Message::Present(Some(Step::Question)));
    let end = vec![
        view_button_of(Some("small"), "Copy link", false, link.callback(|_| Message::CopyLink)),
        view_qr_link(open, "QR code"),
        view_button_of(Some("small"), "Present", false, on_present),
    ];
    let tabs =
        vec![attributed("div", "", &list, Tab::ALL.map(tab).into()), hint, element("span", "end", end)];
    let body = match shown_tab {
        Tab::Why if has_run => {
            let why = about.why.iter().map(|&said| worded(open, said)).collect();
            view_why(open.stage.lesson(), why, shown, (open.order, link.callback(Message::Order)))
        }
        Tab::Why => text("p", "sentence", "Run it first.".into()),
        Tab::Python => view_python(about, open.stage.values(), &on_copy, &on_save),
        Tab::Table => view_table(about, &shown.table, &on_save),
        Tab::Settings => {
            element("div", "more-settings", more.map(|&field| view_field(context, open, field)).collect())
        }
    };
    let panel = [("id", "tab-body"), ("role", "tabpanel"), ("aria-labelledby", shown_tab.id())];
    let body = attributed("div", "tab-body", &panel, vec![view_copied(open), body]);
    attributed("section", "panel tabbed", &[("aria-label", "More")], vec![element("div", "tabs", tabs), body])
}

/// The lesson's result recorded on a named machine, on request.
fn view_recorded(about: &About) -> Html {
    let said = |parts: [&str; 2], between: &str| text("li", "", parts.join(between).into());
    let figures = about.figures.into_iter().zip(about.recorded.figures);
    let mut rows: Vec<Html> = figures.map(|(name, figure)| said([name, figure], ": ")).collect();
    rows.extend(about.recorded.findings.iter().map(|&finding| text("li", "", finding.into())));
    let hint =
        ["Not measured on this device, but recorded on ", MACHINE, ", with the lesson’s first settings."];
    let parts = vec![
        text("summary", "", "A recorded result".into()),
        text("p", "hint", hint.concat().into()),
        element("ul", "", rows),
    ];
    attributed("details", "panel recorded", &[("id", "recorded")], parts)
}

/// Where the room's guesses are typed, and what was read.
fn view_guess(context: &Context<LecturePage>, open: &Open) -> Html {
    let label = match open.stage.figures().1 {
        GuessKind::Numbers { label, .. } => label,
        GuessKind::Words { label, answers } => return view_answers(context, open, label, answers),
    };
    let guess = open.stage.guess();
    let oninput = context.link().batch_callback(|event: InputEvent| {
        let input = event.target_dyn_into::<web_sys::HtmlInputElement>()?;
        Some(Message::Lesson(Event::Guess(input.value())))
    });
    let refusal = guess.read.as_ref().err().cloned();
    html! {
        <div class="field guess">
            <label for="guess">{ label }</label>
            <input
                id="guess"
                type="text"
                autocomplete="off"
                spellcheck="false"
                placeholder="type a number"
                value={guess.text.clone()}
                aria-invalid={refusal.is_some().then_some("true")}
                aria-describedby="guess-error"
                {oninput}
            />
            <p id="guess-error" class="field-error" aria-live="polite">
                { refusal.map(|refusal| format!("{refusal}.")) }
            </p>
        </div>
    }
}

/// Where the room chooses among answers.
fn view_answers(
    context: &Context<LecturePage>,
    open: &Open,
    label: &'static str,
    answers: &'static [&'static str],
) -> Html {
    let guess = &open.stage.guess().text;
    let mut options = vec![("", AttrValue::Static("choose an answer"))];
    options.extend(answers.iter().map(|&answer| (answer, worded(open, answer))));
    let chosen =
        options.iter().zip(0..).find(|((answer, _), _)| guess == answer).map_or(0, |(_, index)| index);
    let values: Vec<&'static str> = options.iter().map(|&(answer, _)| answer).collect();
    let on_choose = context.link().callback(move |index: u64| {
        let answer = usize::try_from(index).ok().and_then(|index| values.get(index));
        Message::Lesson(Event::Guess(answer.copied().unwrap_or_default().to_owned()))
    });
    view_select("field guess", ("guess", AttrValue::Static(label)), options, chosen, false, on_choose)
}

/// What went wrong, and the way out.
fn view_status(context: &Context<LecturePage>, open: &Open) -> Html {
    let notice = |parts| attributed("div", "notice", &[("role", "alert")], parts);
    if let Some(Hang { text: said, rescue }) = open.stage.hang() {
        let on_rescue = context.link().callback(|_: MouseEvent| Message::Lesson(Event::Rescue));
        return notice(vec![text("p", "", said.into()), view_button(rescue, on_rescue)]);
    }
    let Status::Failed(reason) = open.stage.status() else { return Html::default() };
    notice(vec![text("p", "", format!("{reason} Run again.").into())])
}

fn view_figures(open: &Open, shown: &Shown) -> Html {
    let figure = |(&name, figure): (&&'static str, &Option<Figure>)| {
        let (value, beside, is_loss) = match figure {
            Some(Figure { text, beside, is_loss }) => (text.clone(), beside.clone(), *is_loss),
            None => ("?".to_owned(), None, false),
        };
        let mut value = vec![VText::new(value).into()];
        value.extend(beside.map(|beside| text("small", "", beside.into())));
        let class = if is_loss { "figure loss" } else { "figure" };
        element("div", class, vec![text("dt", "", name.into()), element("dd", "", value)])
    };
    let (names, _) = open.stage.figures();
    let figures = names.iter().zip(&shown.figures).map(figure).collect();
    attributed("section", "panel", &[("aria-label", "Result")], vec![element("dl", "figures", figures)])
}

fn view_pictures(context: &Context<LecturePage>, open: &Open, shown: &Shown) -> Html {
    let before = || {
        let is_running = *open.stage.status() == Status::Running;
        let text = if is_running {
            "The first run is on its way."
        } else {
            "What each thread does is drawn here as it was measured, once it has run."
        };
        html! { <section class="panel lanes-panel"><p class="hint">{ text }</p></section> }
    };
    let panel = |picture| html! { <PicturePanel picture={Rc::new(picture)} /> };
    if let [first, second] = &shown.trees[..] {
        let trees = [(first, false), (second, true)];
        let trees = trees.map(|(tree, is_second)| panel(Picture::Tree(tree.clone(), is_second)));
        return element("div", "lesson-pictures even", trees.into());
    }
    if let Some((title, note)) = &shown.table_head {
        // Beside it stands what else there is; alone it has all the room.
        let bars = shown.bars.clone().map(Picture::Bars);
        let others = bars.into_iter().chain(shown.lanes.clone().map(Picture::Lanes));
        let mut panels: Vec<Html> =
            others.chain(shown.strip.clone().map(Picture::Strip)).map(panel).collect();
        let class = if panels.is_empty() { "lesson-pictures one" } else { "lesson-pictures even" };
        let head = view_head(text("h2", "", (*title).into()), note);
        let label = [("aria-label", *title)];
        let parts = vec![head, view_rows(title, &shown.table)];
        panels.insert(0, attributed("section", "panel grid-panel", &label, parts));
        return element("div", class, panels);
    }
    if let Some(pipeline) = &shown.pipeline {
        let mut parts = vec![view_pipeline(context, pipeline, shown.output.as_ref())];
        parts.extend(shown.curves.iter().map(|curves| panel(Picture::Curves(curves.clone()))));
        return element("div", "lesson-pictures one", parts);
    }
    if let Some(downloads) = &shown.downloads {
        let mut parts = vec![view_downloads(context, downloads)];
        parts.extend(shown.bars.clone().map(|bars| panel(Picture::Bars(bars))));
        return element("div", "lesson-pictures one", parts);
    }
    let lanes = shown.lanes.clone().map_or_else(before, |lanes| panel(Picture::Lanes(lanes)));
    let strip = shown.strip.clone().map(|strip| panel(Picture::Strip(strip)));
    if open.stage.lesson() == Lesson::Window {
        let on_press = context.link().callback(|_| Message::PressInWindow);
        let mut parts = vec![view_window(open.presses, on_press), lanes];
        parts.extend(strip);
        return element("div", "lesson-pictures window-pictures", parts);
    }
    if let Some(bars) = shown.bars.clone() {
        return element("div", "lesson-pictures even", vec![panel(Picture::Bars(bars)), lanes]);
    }
    if let Some(places) = &shown.places {
        return element("div", "lesson-pictures one", vec![view_places(places), lanes]);
    }
    let guesses_are_numbers = matches!(open.stage.lesson().about().guess, GuessKind::Numbers { .. });
    match strip.or_else(|| guesses_are_numbers.then(|| view_guesses(open))) {
        None => element("div", "lesson-pictures one", vec![lanes]),
        Some(beside) => element("div", "lesson-pictures", vec![lanes, beside]),
    }
}

/// A queue and who is at it: producers, places with the next out to the right, consumers.
fn view_places(places: &Places) -> Html {
    let actor = |actor: &Actor| {
        let parts =
            vec![text("b", "", actor.name.clone().into()), text("span", "", actor.does.clone().into())];
        attributed("li", "actor", &[("data-look", actor.look.class())], parts)
    };
    let actors = |actors: &[Actor]| element("ul", "actors", actors.iter().map(actor).collect());
    let full = places.items.iter().map(|item| text("li", "full", item.clone().into()));
    let empty = (places.items.len()..places.places).map(|_| text("li", "", "".into()));
    let mut cells: Vec<Html> = full.chain(empty).collect();
    if places.more > 0 {
        cells.push(text("li", "more", format!("{} more", places.more).into()));
    }
    let head = view_head(text("h2", "", places.title.clone().into()), &places.note);
    let row = vec![
        actors(&places.producers),
        attributed("ol", "places", &[("aria-label", "In the queue, next out first")], cells),
        actors(&places.consumers),
    ];
    let parts = vec![head, element("div", "queue-row", row)];
    attributed("section", "panel", &[("aria-label", "The queue")], parts)
}

/// Guesses before the first run: without an axis, which would give the range away.
fn view_guesses(open: &Open) -> Html {
    let guesses = open.stage.guess().read.as_deref().unwrap_or_default();
    let guess = |&guess: &f64| text("li", "", dartboard_core::lecture::guess::shown(guess).into());
    let shown = if guesses.is_empty() {
        let hint = "Guess first: the result is more interesting then. Run works without a guess, too.";
        text("p", "hint", hint.into())
    } else {
        element("ul", "chips", guesses.iter().map(guess).collect())
    };
    let head = element("div", "panel-head", vec![text("h2", "", "Guesses".into())]);
    attributed("section", "panel strip-panel", &[("aria-label", "Guesses")], vec![head, shown])
}

fn view_copied(open: &Open) -> Html {
    let Some((link, on_clipboard)) = &open.copied else { return html! {} };
    let said = if *on_clipboard { "Copied:" } else { "The browser did not copy it. The link is" };
    html! { <p class="hint" role="status">{ said }{ " " }<code translate="no">{ link }</code></p> }
}

/// The lesson's state as attributes of `#lesson`, for tests and scripts: plain numbers without separators.
fn view_mirror(open: &Open, shown: &Shown, shared_memory: &SharedMemory) -> Html {
    let about = open.stage.lesson().about();
    let reason = match (open.stage.status(), shared_memory) {
        (Status::Failed(reason), _) => Some(reason.clone()),
        (_, SharedMemory::Never(reason)) if about.memory != MemoryNeed::None => Some(reason.to_string()),
        _ => None,
    };
    let mut mirror = yew::virtual_dom::VTag::new("div");
    mirror.add_attribute("id", "lesson");
    mirror.add_attribute("hidden", "");
    mirror.add_attribute("data-lesson", about.name);
    let is_unavailable = matches!(shared_memory, SharedMemory::Never(_)) && about.memory == MemoryNeed::All;
    let status = if is_unavailable { "unavailable" } else { open.stage.status().word() };
    mirror.add_attribute("data-status", status);
    if let Some(reason) = reason {
        mirror.add_attribute("data-reason", reason);
    }
    mirror.add_attribute(
        "data-memory",
        if *shared_memory == SharedMemory::Here { "shared" } else { "messages" },
    );
    for (name, value) in &shown.data {
        mirror.add_attribute(name, value.clone());
    }
    mirror.into()
}
