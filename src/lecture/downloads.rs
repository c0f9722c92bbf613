//! A list of downloads: where its addresses are typed, how each stands, and how the user gets what came.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::utils::document;
use js_sys::Array;
use js_sys::futures::{JsFuture, spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Blob, File, HtmlTextAreaElement, MessageChannel, MessageEvent, MessagePort};
use yew::prelude::*;
use yew::virtual_dom::{VTag, VText};

use super::kept::Kept;
use super::{LecturePage, Message, Open};
use crate::browser::files;
use crate::ui::{attributed, element, text, view_button_of};
use dartboard_core::lecture::shown::{Downloads, RowAction, RowShown};
use dartboard_core::lecture::stage::{Event, Status};

/// What the page's own service worker answers, slowly on purpose.
const TRY: &str = "try/lecture-2.pdf
try/darts.csv
try/points.json
try/missing.txt
try/half.zip
try/slow.png
try/stall.dat
try/last.csv";

/// How much of a file of addresses is read, in bytes: more than 500 of them have.
const MOST_LIST_BYTES: i32 = 2 << 20;

/// How many files of the page's own are offered where there is no service worker.
const OWN_FILES: u32 = 8;

/// What was downloaded in a run. Dropping it deletes that.
pub(super) struct Fetched {
    kept: Kept,
    /// What each row has, once it is whole.
    files: Rc<RefCell<BTreeMap<u32, Blob>>>,
    /// Hears what is whole.
    listener: RefCell<Option<EventListener>>,
}

impl Fetched {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self { kept: Kept::new(), files: Rc::default(), listener: RefCell::default() }
    }

    /// Puts behind an order to begin what belongs to it; what of that is handed over.
    pub(super) fn equip(&self, message: &Array, addresses: &str) -> Array {
        self.files.borrow_mut().clear();
        let base = document().base_uri().ok().flatten().unwrap_or_default();
        for part in [addresses, &base, self.kept.folder()] {
            message.push(&part.into());
        }
        let Some(port) = self.listen() else { return Array::new() };
        message.push(&port);
        Array::of1(&port)
    }

    /// The other end of a port by which files come.
    fn listen(&self) -> Option<MessagePort> {
        let channel = MessageChannel::new().ok()?;
        let (here, files) = (channel.port1(), Rc::clone(&self.files));
        self.listener.replace(Some(EventListener::new(&here, "message", move |event| {
            let parts: Array = event.unchecked_ref::<MessageEvent>().data().unchecked_into();
            let row = parts.get(0).as_f64();
            if let (Some(row), Ok(blob)) = (row, parts.get(1).dyn_into::<Blob>()) {
                // The worker's own number of a row.
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a small number"
                )]
                files.borrow_mut().insert(row as u32, blob);
            }
        })));
        here.start();
        Some(channel.port2())
    }

    /// Lets the user save a row's file under this name; whether it is there.
    pub(super) fn save(&self, row: u32, name: &str) -> bool {
        self.files.borrow().get(&row).is_some_and(|blob| files::save_blob(blob, name))
    }
}

/// The list that is offered first, and what there is to say of it.
pub(super) fn offered(has_service_worker: bool) -> (String, &'static str) {
    if has_service_worker {
        return (TRY.to_owned(), "Test files: served by this page, slow on purpose.");
    }
    let own = document().query_selector_all("head [src], head [href]").ok();
    let address = |at| {
        let node = own.as_ref()?.item(at)?;
        let tag: web_sys::Element = node.dyn_into().ok()?;
        tag.get_attribute("src").or_else(|| tag.get_attribute("href"))
    };
    let own: Vec<String> = (0..OWN_FILES).map_while(address).collect();
    let said = "These are files of this page. The slow test files need the page’s service worker.";
    (own.join("\n"), said)
}

/// Where the addresses are typed.
pub(super) fn view_addresses(
    context: &Context<LecturePage>,
    open: &Open,
    addresses: &str,
    said: &'static str,
) -> Html {
    let link = context.link();
    let oninput = link.batch_callback(|event: InputEvent| {
        let field = event.target_dyn_into::<HtmlTextAreaElement>()?;
        Some(Message::Addresses(Some(field.value())))
    });
    let disabled = *open.stage.status() == Status::Running;
    // A file that is dropped would take the page's place.
    let ondragover = Callback::from(|event: DragEvent| {
        // Which file it is, is told only once it is dropped.
        let kinds = event.data_transfer().map(|dragged| dragged.types());
        if kinds.is_some_and(|kinds| kinds.includes(&"Files".into(), 0)) {
            event.prevent_default();
        }
    });
    let ondrop = {
        let link = link.clone();
        Callback::from(move |event: DragEvent| {
            let Some(file) = dropped_file(&event) else { return };
            event.prevent_default();
            let link = link.clone();
            spawn_local(async move {
                if !disabled && let Some(text) = text_of(&file).await {
                    link.send_message(Message::Addresses(Some(text)));
                }
            });
        })
    };
    let fill_in = link.callback(|_| Message::Addresses(None));
    html! {
        <div class="field addresses">
            <label for="addresses">{ "Addresses, one a line" }</label>
            <textarea
                id="addresses"
                rows="8"
                spellcheck="false"
                autocomplete="off"
                translate="no"
                value={addresses.to_owned()}
                aria-describedby="addresses-note"
                {oninput}
                {ondragover}
                {ondrop}
                {disabled}
            />
            <p id="addresses-note" class="hint">
                { said }{ " Nothing is fetched before Download All. " }
                { view_button_of(Some("link-like"), "Fill in again", disabled, fill_in) }
            </p>
        </div>
    }
}

/// The file that is dropped, if one is.
fn dropped_file(event: &DragEvent) -> Option<File> {
    event.data_transfer()?.files()?.get(0)
}

/// As much of a file of addresses as is read of any list.
async fn text_of(file: &File) -> Option<String> {
    let beginning = file.slice_with_i32_and_i32(0, MOST_LIST_BYTES).ok()?;
    JsFuture::from(beginning.text()).await.ok()?.as_string()
}

/// How all of them stand.
pub(super) fn view_downloads(context: &Context<LecturePage>, downloads: &Downloads) -> Html {
    let mut counts = Vec::new();
    for &(count, word) in &downloads.counts {
        if !counts.is_empty() {
            counts.push(text("span", "soft", " · ".into()));
        }
        counts.push(text("b", if word.starts_with("error") { "bad" } else { "" }, count.to_string().into()));
        counts.push(VText::new(format!(" {word}")).into());
    }
    let totals = vec![element("p", "big", counts), text("p", "soft", downloads.totals.clone().into())];
    let notes = downloads.notes.iter().map(|note| text("p", "hint", note.clone().into()));
    let mut parts = vec![element("div", "totals", totals)];
    parts.extend(notes);
    parts.push(element("ul", "downloads", downloads.rows.iter().map(|row| view_row(context, row)).collect()));
    parts.push(element("p", "after", view_actions(context, downloads)));
    attributed("section", "panel list-panel", &[("aria-label", "Downloads")], parts)
}

fn view_actions(context: &Context<LecturePage>, downloads: &Downloads) -> Vec<Html> {
    let link = context.link();
    let mut buttons: Vec<Html> = downloads
        .actions
        .iter()
        .map(|&action| {
            let onclick = link.callback(move |_| Message::Lesson(Event::Act(action.act)));
            view_button_of(Some("small"), action.label, false, onclick)
        })
        .collect();
    let done = downloads.rows.iter().filter(|row| row.action == Some(RowAction::Save));
    let done: Vec<(u32, String)> = done.map(|row| (row.row, row.name.clone())).collect();
    if done.len() > 1 {
        let onclick = link.callback(move |_| Message::SaveDownloads(done.clone()));
        buttons.push(view_button_of(Some("small"), "Save all", false, onclick));
    }
    if !downloads.failed.is_empty() {
        let failed = downloads.failed.join("\n");
        let onclick = link.callback(move |_| Message::CopyText(failed.clone()));
        buttons.push(view_button_of(Some("small"), "Copy failed addresses", false, onclick));
    }
    buttons
}

fn view_row(context: &Context<LecturePage>, row: &RowShown) -> Html {
    let mut name = VTag::new("b");
    name.add_attribute("title", row.address.clone());
    name.add_attribute("translate", "no");
    name.add_child(VText::new(row.name.clone()).into());
    let state = text("span", "state", row.state.into());
    let mut parts = vec![name.into(), state];
    if row.state == "downloading" || row.state == "done" {
        parts.push(view_progress(row));
        parts.push(text("span", "amount", row.amount.clone().into()));
        parts.push(text("span", "pace soft", row.pace.clone().into()));
    }
    parts.push(text("span", "reason", row.reason.clone().into()));
    parts.extend(row.action.map(|action| view_row_action(context, row, action)));
    let class = match row.state {
        "waiting" => "download waiting",
        "downloading" => "download downloading",
        "done" => "download done",
        _ => "download error",
    };
    element("li", class, parts)
}

fn view_progress(row: &RowShown) -> Html {
    let mut progress = VTag::new("progress");
    progress.add_attribute("aria-label", row.name.clone());
    progress.add_attribute("max", "1000");
    if let Some(per_mille) = row.per_mille {
        progress.add_attribute("value", per_mille.to_string());
    }
    progress.into()
}

fn view_row_action(context: &Context<LecturePage>, row: &RowShown, action: RowAction) -> Html {
    let link = context.link();
    match action {
        RowAction::Act(action) => {
            let onclick = link.callback(move |_| Message::Lesson(Event::Act(action.act)));
            view_button_of(Some("small"), action.label, false, onclick)
        }
        RowAction::Save => {
            let row = (row.row, row.name.clone());
            let onclick = link.callback(move |_| Message::SaveDownloads(vec![row.clone()]));
            view_button_of(Some("small"), "Save", false, onclick)
        }
    }
}
