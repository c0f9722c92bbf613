//! The devices on the screen: rows, or a wall of tiles.

use yew::prelude::*;

use crate::ui::{attributed, element, table, text, use_room};
use dartboard_core::hall::message::MemberState;
use dartboard_core::hall::page::tiles::{self, Tile};
use dartboard_core::hall::page::words;
use dartboard_core::text::{Fixed, short_count};

/// The gap between two tiles, in heights of a line: as the style sheet has it.
const GAP_LINES: f64 = 0.155;

const STATES: [MemberState; 4] =
    [MemberState::Counting, MemberState::Waiting, MemberState::Away, MemberState::Banned];

/// How many devices and cores there are, and what they do: the legend of rows and tiles.
pub(super) fn view_counts(tiles: &[Tile]) -> Html {
    let in_state = |state| tiles.iter().filter(|tile| tile.member.state == state).count();
    let here = in_state(MemberState::Counting) + in_state(MemberState::Waiting);
    let cores = |tile: &Tile| match tile.member.state {
        MemberState::Counting | MemberState::Waiting => tile.member.cores,
        MemberState::Away | MemberState::Banned => 0,
    };
    let cores: u32 = tiles.iter().map(cores).sum();
    let key = |state: MemberState| {
        let look = [("data-state", state.name()), ("aria-hidden", "true")];
        let word = format!("{} {}", in_state(state), words::state(state));
        element("span", "", vec![attributed("i", "tile", &look, vec![]), word.into()])
    };
    let bold = |count: String| text("b", "", count.into());
    let mut all = vec![bold(here.to_string())];
    if here < tiles.len() {
        all.push(format!(" of {}", tiles.len()).into());
    }
    all.push(if tiles.len() == 1 { " device, " } else { " devices, " }.into());
    all.extend([bold(cores.to_string()), if cores == 1 { " core" } else { " cores" }.into()]);
    let keys = STATES.into_iter().filter(|state| in_state(*state) > 0).map(key);
    element("p", "class-counts", std::iter::once(element("span", "", all)).chain(keys).collect())
}

/// A row for each device.
pub(super) fn view_rows(tiles: &[Tile], points_per_second: u64) -> Html {
    let rate = |tile: &Tile| match tile.member.points_per_second {
        0 => "–".to_owned(),
        rate => short_count(rate as f64),
    };
    let share = |tile: &Tile| match (tile.member.points_per_second, points_per_second) {
        (0, _) | (_, 0) => "–".to_owned(),
        (own, all) => format!("{}\u{a0}%", Fixed((100.0 * own as f64 / all as f64).min(100.0), 0)),
    };
    let row = |tile: &Tile| {
        vec![
            view_tile("span", tile),
            tile.member.cores.to_string().into(),
            rate(tile).into(),
            share(tile).into(),
            short_count(tile.member.points as f64).into(),
        ]
    };
    let head = ["device", "cores", "points a second", "share", "points"];
    table("class-rows", &head, tiles.iter().map(row).collect())
}

/// A tile: its look says what its device does, and a word says so to people who cannot see it.
fn view_tile(tag: &'static str, tile: &Tile) -> Html {
    let flash = if tile.is_flashing { "yes" } else { "no" };
    let look = [("data-state", tile.member.state.name()), ("data-flash", flash)];
    let word = format!(", {}", words::state(tile.member.state));
    let name = text("b", if tile.name.len() > 5 { "long" } else { "" }, tile.name.clone().into());
    attributed(tag, "tile", &look, vec![name, text("span", "spoken", word.into())])
}

#[derive(Properties, PartialEq)]
pub(super) struct WallProps {
    /// The devices, each in its place.
    pub(super) tiles: Vec<Tile>,
}

/// A wall of tiles, as large as they can be.
#[component]
pub(super) fn Wall(props: &WallProps) -> Html {
    let node = use_node_ref();
    let room = use_room(&node);
    let wall = tiles::Wall::of(props.tiles.len(), room.width, room.height, room.line * GAP_LINES);
    // The page's policy forbids style attributes.
    let style = format!("--columns: {}", wall.columns);
    html! {
        <ul class="class-wall" ref={node} ~style={style}>
            { for props.tiles.iter().map(|tile| view_tile("li", tile)) }
        </ul>
    }
}
