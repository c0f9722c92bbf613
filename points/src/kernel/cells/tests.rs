//! The table of cells, computed again in another way, and what its geometry says.

use std::f64::consts::PI;

use super::*;
use crate::tally::Seed;

/// A rectangle by its edges, all of them exact in `f64`.
#[derive(Clone, Copy, Debug)]
struct Rectangle {
    number: u16,
    left: f64,
    bottom: f64,
    width: f64,
    height: f64,
}

impl Rectangle {
    fn meets_the_circle(self) -> bool {
        let (right, top) = (self.left + self.width, self.bottom + self.height);
        right * right + top * top > 1.0 && self.left * self.left + self.bottom * self.bottom < 1.0
    }

    fn area(self) -> f64 {
        self.width * self.height
    }

    fn halves(self) -> [Self; 2] {
        let Self { number, left, bottom, width, height } = self;
        let in_x = width > height || (width - height).abs() < f64::EPSILON && left >= bottom;
        let (width, height) = if in_x { (width / 2.0, height) } else { (width, height / 2.0) };
        let other = if in_x { (left + width, bottom) } else { (left, bottom + height) };
        [
            Self { number: 2 * number, left, bottom, width, height },
            Self { number: 2 * number + 1, left: other.0, bottom: other.1, width, height },
        ]
    }
}

/// All rectangles of the tree, those that are settled too, by recursion.
fn rectangles() -> Vec<Rectangle> {
    fn descend(from: Rectangle, into: &mut Vec<Rectangle>) {
        into.push(from);
        if from.meets_the_circle() && from.number < 1 << DEPTH {
            from.halves().into_iter().for_each(|half| descend(half, into));
        }
    }
    let mut all = Vec::new();
    descend(Rectangle { number: 1, left: 0.0, bottom: 0.0, width: 1.0, height: 1.0 }, &mut all);
    all
}

#[test]
fn the_table_is_the_tree_in_the_order_of_its_numbers() {
    let all = rectangles();
    let mut meeting: Vec<_> = all.iter().copied().filter(|rectangle| rectangle.meets_the_circle()).collect();
    meeting.sort_by_key(|rectangle| rectangle.number);
    assert_eq!(meeting.len(), INNER_CELLS + LEAVES);
    let place = |number| meeting.iter().position(|rectangle| rectangle.number == number);
    for (rectangle, to) in meeting.iter().zip(TABLE.halves) {
        let expected = rectangle.halves().map(|half| match place(half.number) {
            Some(place) => FIRST_CELL + u8::try_from(place).unwrap(),
            None if half.left.hypot(half.bottom) < 1.0 => INSIDE,
            None => OUTSIDE,
        });
        assert_eq!(to, expected, "cell {}", rectangle.number);
    }
    for (rectangle, leaf) in meeting[INNER_CELLS..].iter().zip(TABLE.leaves) {
        assert_eq!(leaf.number, rectangle.number);
        let corner = [leaf.cx, leaf.cy].map(|index| f64::from(index) / 32.0);
        assert_eq!((corner, leaf.wx, leaf.wy), ([rectangle.left, rectangle.bottom], 5, 5));
        assert_eq!([rectangle.width, rectangle.height], [1.0 / 32.0; 2]);
    }
}

/// The figures that the texts about the kernel name.
#[test]
fn the_cells_cost_bits_and_bracket_pi_as_is_said() {
    let all = rectangles();
    let area_of = |which: &dyn Fn(&Rectangle) -> bool| {
        all.iter().filter(|rectangle| which(rectangle)).map(|rectangle| rectangle.area()).sum::<f64>()
    };
    let settled = |rectangle: &Rectangle| !rectangle.meets_the_circle();
    let leaves = area_of(&|rectangle| rectangle.meets_the_circle() && rectangle.number >= 1 << DEPTH);
    let inside = area_of(&|rectangle| settled(rectangle) && rectangle.left.hypot(rectangle.bottom) < 1.0);
    let outside = area_of(&|rectangle| settled(rectangle) && rectangle.left.hypot(rectangle.bottom) >= 1.0);
    assert!((inside + outside + leaves - 1.0).abs() < 1e-12);
    let [low, high] = [4.0 * inside, 4.0 * (inside + leaves)];
    assert!(low < PI && PI < high);
    assert_eq!([low, high].map(|bound| format!("{bound:.3}")), ["3.008", "3.254"]);
    // One bit for each dart of each cell that is halved, 32 for each dart of a leaf.
    let used =
        area_of(&|rectangle| rectangle.meets_the_circle() && rectangle.number < 1 << DEPTH) + 32.0 * leaves;
    assert_eq!(format!("{used:.1}"), "6.5");
}

#[test]
fn the_picture_is_the_table() {
    let all = rectangles();
    // What the square of side 1/32 with that lower left corner comes to.
    let come_to = |x: f64, y: f64| {
        let has = |rectangle: &&Rectangle| {
            (rectangle.left..rectangle.left + rectangle.width).contains(&x)
                && (rectangle.bottom..rectangle.bottom + rectangle.height).contains(&y)
        };
        let last = all.iter().filter(has).max_by_key(|rectangle| rectangle.number).unwrap();
        match (last.meets_the_circle(), x.hypot(y) < 1.0) {
            (true, _) => 'o',
            (false, false) => '.',
            (false, true) => char::from_digit(last.number.ilog2(), 16).unwrap(),
        }
    };
    let row = |row: u32| {
        let of_column = |column: u32| {
            let [lower, upper] =
                [2 * row, 2 * row + 1].map(|row| come_to(f64::from(column) / 32.0, f64::from(row) / 32.0));
            if upper == 'o' { upper } else { lower }
        };
        format!("//! {}\n", (0..32).map(of_column).collect::<String>())
    };
    let picture: String = (0..16).rev().map(row).collect();
    assert!(include_str!("../cells.rs").contains(&picture), "the picture should be\n{picture}");
}

#[test]
fn coordinates_are_put_together_from_cell_word_and_low_words() {
    let low_words = LowWords::new(Seed(0x1234), 99);
    let leaf = Cell { number: 1_234, wx: 5, wy: 5, cx: 19, cy: 25 };
    let [low_x, low_y] = low_words.of(1_234, 7);
    let expected = Point {
        x: (19 << 26) | ((0x8001 ^ 0x8000) << 10) | low_x >> 22,
        y: (25 << 26) | ((0x0203 ^ 0x8000) << 10) | low_y >> 22,
    };
    assert_eq!(leaf.leaf_point(0x0203_8001, 7, low_words), expected);
    let half = Cell { number: 5, wx: 1, wy: 2, cx: 1, cy: 2 };
    let [low_x, low_y] = low_words.of(5, 0);
    assert_eq!(
        half.settled_point(0, low_words),
        Point { x: (1 << 30) | low_x >> 2, y: (2 << 29) | low_y >> 3 }
    );
}
