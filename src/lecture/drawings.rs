//! The pictures of lessons, in the room that they have.

use std::rc::Rc;

use yew::prelude::*;
use yew::virtual_dom::VText;

use crate::ui::{attributed, element, text, use_room, view_svg};
use dartboard_core::chart::{Room, SvgElement};
use dartboard_core::lecture::drawing::{
    bars_height, curves_height, draw_bars, draw_curves, draw_lanes, draw_strip, draw_tree, lanes_height,
    legend_box, tree_height,
};
use dartboard_core::lecture::shown::{Bars, Curves, Lanes, Look, Strip, Tree};
use dartboard_core::text::counted;

/// What is drawn.
pub(super) enum Picture {
    /// What threads did over time.
    Lanes(Lanes),
    /// The results of all runs.
    Strip(Strip),
    /// How long each way took.
    Bars(Bars),
    /// Lines in a chart.
    Curves(Curves),
    /// Who has started whom; of two, the second.
    Tree(Tree, bool),
}

#[derive(Properties)]
pub(super) struct PicturePanelProps {
    pub(super) picture: Rc<Picture>,
}

impl PartialEq for PicturePanelProps {
    /// A picture is drawn with the page, which a lesson that stands still seldom is: to compare pictures would be 1 KB of
    /// download.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.picture, &other.picture)
    }
}

/// A picture under its heading, with its legend.
#[component]
pub(super) fn PicturePanel(props: &PicturePanelProps) -> Html {
    let frame = use_node_ref();
    let drawing = props.picture.draw(use_room(&frame));
    let (class, id) = match *props.picture {
        Picture::Lanes(_) => ("panel lanes-panel", "lanes-heading"),
        Picture::Strip(_) => ("panel strip-panel", "strip-heading"),
        Picture::Bars(_) => ("panel bars-panel", "bars-heading"),
        Picture::Curves(_) => ("panel curves-panel", "curves-heading"),
        Picture::Tree(_, false) => ("panel", "tree-heading"),
        Picture::Tree(_, true) => ("panel", "tree-2-heading"),
    };
    let (heading, note) = props.picture.heading();
    html! {
        <section ~className={class} aria-labelledby={id}>
            { view_head(attributed("h2", "", &[("id", id)], vec![VText::new(heading).into()]), note) }
            <div class="picture-frame" ref={frame}>{ view_svg(drawing) }</div>
            { element("p", "legend", props.picture.legend()) }
        </section>
    }
}

impl Picture {
    fn draw(&self, room: Room) -> SvgElement {
        match self {
            Self::Lanes(lanes) => draw_lanes(lanes, Room { height: lanes_height(lanes, room.line), ..room }),
            Self::Strip(strip) => draw_strip(strip, room),
            Self::Bars(bars) => draw_bars(bars, Room { height: bars_height(bars, room.line), ..room }),
            Self::Curves(curves) => {
                draw_curves(curves, Room { height: curves_height(curves, room.line), ..room })
            }
            Self::Tree(tree, _) => draw_tree(tree, Room { height: tree_height(tree, room.line), ..room }),
        }
    }

    /// The heading, and what stands beside it.
    fn heading(&self) -> (String, &str) {
        match self {
            Self::Lanes(lanes) => (lanes.title.clone(), &lanes.note),
            Self::Strip(strip) => {
                let count = strip.rows.first().map_or(0, |row| row.values.len());
                (counted(count, strip.what), &strip.note)
            }
            Self::Bars(bars) => (bars.title.clone(), &bars.note),
            Self::Curves(curves) => (curves.title.to_owned(), &curves.note),
            Self::Tree(tree, _) => (tree.title.to_owned(), &tree.note),
        }
    }

    fn legend(&self) -> Vec<Html> {
        let entry = |sign: Html, name: AttrValue| element("span", "", vec![sign, VText::new(name).into()]);
        let look = |&(look, name): &(Look, &'static str)| entry(view_svg(legend_box(look)), name.into());
        match self {
            Self::Lanes(lanes) => lanes.legend.iter().map(look).collect(),
            Self::Tree(tree, _) => tree.legend.iter().map(look).collect(),
            Self::Strip(strip) => {
                let sign = |class, sign: &'static str, name| entry(text("i", class, sign.into()), name);
                let mut legend = vec![
                    sign("dot", "", format!("a {}", strip.what).into()),
                    sign("dot ring", "", format!("the last {}", strip.what).into()),
                ];
                if !strip.guesses.is_empty() {
                    legend.push(sign("mark", "▼", "a guess".into()));
                }
                legend
            }
            Self::Curves(_) => Vec::new(),
            Self::Bars(bars) => vec![VText::new(bars.legend.clone()).into()],
        }
    }
}

/// A panel's heading, and what stands beside it.
pub(super) fn view_head(heading: Html, note: &str) -> Html {
    element("div", "panel-head", vec![heading, text("span", "hint", note.to_owned().into())])
}
