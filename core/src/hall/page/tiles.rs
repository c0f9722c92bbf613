//! The place of each device on the screen.

use crate::hall::message::{MemberState, ShownMember};
use crate::hall::names::device_name;
use crate::hall::seats::number_of;

/// The most devices that are rows; more are a wall of tiles.
pub const MOST_ROWS: usize = 10;

/// How much wider than high a tile is best.
const ASPECT: f64 = 1.6;

/// A device on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Its name.
    pub name: String,
    /// Whether it flashes, as its user looks for it.
    pub is_flashing: bool,
    /// What is known of it.
    pub member: ShownMember,
}

/// The devices in the order in which they came. One that leaves stays in its place, and finds it again.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(Vec<ShownMember>);

impl Places {
    /// Takes what is known now. Who is not among `members` is away.
    pub(super) fn update(&mut self, members: Vec<ShownMember>) {
        let mut there = vec![false; self.0.len()];
        for (index, member) in members.into_iter().enumerate() {
            // Mostly each is where it was.
            let is_same = |place: &ShownMember| place.seat == member.seat;
            let found = self.0.get(index).is_some_and(is_same).then_some(index);
            match found.or_else(|| self.0.iter().position(is_same)) {
                Some(place) => {
                    self.0[place] = member;
                    if let Some(there) = there.get_mut(place) {
                        *there = true;
                    }
                }
                None => self.0.push(member),
            }
        }
        let missing = self.0.iter_mut().zip(there).filter(|(_, there)| !there);
        for (place, _) in missing.filter(|(place, _)| place.state != MemberState::Banned) {
            (place.state, place.points_per_second) = (MemberState::Away, 0);
        }
    }

    /// All of them, of which those in the seats of `flashing` flash.
    pub(super) fn tiles(&self, flashing: &[String]) -> Vec<Tile> {
        let tile = |member: &ShownMember| Tile {
            name: number_of(&member.seat).map_or_else(|| member.seat.clone(), device_name),
            is_flashing: flashing.contains(&member.seat),
            member: member.clone(),
        };
        self.0.iter().map(tile).collect()
    }
}

/// A wall of equal tiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wall {
    /// Tiles side by side.
    pub columns: usize,
    /// Tiles one under another.
    pub rows: usize,
}

impl Wall {
    /// The wall of so many tiles that makes them largest in an area of this width and height, with `gap` between them.
    pub fn of(tiles: usize, width: f64, height: f64, gap: f64) -> Self {
        let size = |columns: usize| {
            let wall = Self { columns, rows: tiles.div_ceil(columns) };
            let (tile_width, tile_height) = wall.tile(width, height, gap);
            (tile_width / ASPECT).min(tile_height)
        };
        let columns = (1..=tiles.max(1)).max_by(|a, b| size(*a).total_cmp(&size(*b))).unwrap_or(1);
        Self { columns, rows: tiles.div_ceil(columns) }
    }

    /// Width and height of its tiles, in an area of this width and height.
    pub fn tile(self, width: f64, height: f64, gap: f64) -> (f64, f64) {
        let side = |room: f64, count: usize| {
            let count = count.max(1) as f64;
            (room - gap * (count - 1.0)) / count
        };
        (side(width, self.columns), side(height, self.rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(seat: &str, state: MemberState) -> ShownMember {
        ShownMember { seat: seat.to_owned(), state, cores: 4, points_per_second: 10, points: 100 }
    }

    fn shown(places: &Places) -> Vec<(String, MemberState)> {
        places.tiles(&[]).into_iter().map(|tile| (tile.member.seat, tile.member.state)).collect()
    }

    // Fails with: a student who looks for a tile where it was, and finds another's.
    #[test]
    fn a_device_that_leaves_and_comes_back_keeps_its_place() {
        use MemberState::{Away, Counting, Waiting};

        let mut places = Places::default();
        places.update(vec![member("s000", Counting), member("s001", Counting), member("s002", Waiting)]);
        places.update(vec![member("s002", Counting), member("s000", Counting)]);
        let all = |states: [MemberState; 3]| {
            ["s000", "s001", "s002"].map(str::to_owned).into_iter().zip(states).collect::<Vec<_>>()
        };
        assert_eq!(shown(&places), all([Counting, Away, Counting]));
        assert_eq!(places.0[1].points_per_second, 0);
        places.update(vec![member("s003", Waiting), member("s001", Counting)]);
        assert_eq!(shown(&places)[..3], all([Away, Counting, Away]));
        assert_eq!(shown(&places)[3], ("s003".to_owned(), Waiting));
    }

    #[test]
    fn an_excluded_device_is_not_merely_away() {
        let mut places = Places::default();
        places.update(vec![member("s000", MemberState::Banned)]);
        places.update(vec![]);
        assert_eq!(shown(&places), [("s000".to_owned(), MemberState::Banned)]);
    }

    #[test]
    fn tiles_have_the_names_of_their_devices_and_flash_alone() {
        let mut places = Places::default();
        places
            .update(vec![member("s001", MemberState::Counting), member("cluster-7", MemberState::Counting)]);
        let tiles = places.tiles(&["s001".to_owned()]);
        assert_eq!((tiles[0].name.clone(), tiles[0].is_flashing), (device_name(1), true));
        assert_eq!((tiles[1].name.as_str(), tiles[1].is_flashing), ("cluster-7", false));
    }

    // Fails with: a hundred tiles that nobody reads from the last row: less than 72 by 48 beside the number.
    #[test]
    fn a_hundred_tiles_are_large_enough_on_a_small_projector() {
        let (width, height, gap) = (925.0, 475.0, 3.6);
        let wall = Wall::of(100, width, height, gap);
        let (tile_width, tile_height) = wall.tile(width, height, gap);
        assert!(tile_width >= 72.0 && tile_height >= 48.0, "{wall:?}: {tile_width} × {tile_height}");
        for tiles in 1..=600 {
            let wall = Wall::of(tiles, width, height, gap);
            assert!(wall.columns * wall.rows >= tiles, "{tiles} need more than {wall:?}");
            assert!(wall.columns * (wall.rows - 1) < tiles, "an empty row of {wall:?} for {tiles}");
        }
        assert_eq!(Wall::of(0, width, height, gap), Wall { columns: 1, rows: 0 });
    }
}
