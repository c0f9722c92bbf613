//! A tree of who has started whom: a row a generation, each above those that it has started.

use crate::chart::{Room, SvgElement, picture};
use crate::lecture::shown::{Look, Node, Tree};

/// Height of a node and of the gap below its row, in lines of text.
const NODE: f64 = 1.6;
const GAP: f64 = 1.2;

/// The widest node, in lines of text.
const WIDEST: f64 = 4.5;

/// The height of the drawing, in pixels, where a line of text has `line`.
pub fn tree_height(tree: &Tree, line: f64) -> f64 {
    let rows = depths(&tree.nodes).into_iter().max().unwrap_or(0) + 1;
    line * (rows as f64 * (NODE + GAP) - GAP) + 2.0
}

/// The tree in `room`.
pub fn draw_tree(tree: &Tree, room: Room) -> SvgElement {
    let line = room.line;
    let (depths, slots) = (depths(&tree.nodes), slots(&tree.nodes));
    let leaves = slots.iter().copied().fold(0.0, f64::max) + 1.0;
    let slot = (room.width - 2.0) / leaves;
    let narrow = (slot - 0.25 * line).min(WIDEST * line).max(1.0);
    let place = |index: usize| {
        let x = 1.0 + (slots[index] + 0.5) * slot;
        (x, 1.0 + depths[index] as f64 * (NODE + GAP) * line)
    };
    let mut parts = Vec::new();
    for (index, node) in tree.nodes.iter().enumerate() {
        let (x, top) = place(index);
        if let Some((from, above)) = node.parent.filter(|&parent| parent < index).map(place) {
            let edge = SvgElement::new("line").with("class", "base");
            parts.push(edge.at("x1", from).at("y1", above + NODE * line).at("x2", x).at("y2", top));
        }
        // The first one is alone in its row, so there is room for its name.
        let width = if index == 0 { WIDEST * line } else { narrow };
        let shape = SvgElement::new("rect").with("class", node.look.class());
        let shape = shape.at("x", x - width / 2.0).at("y", top).at("width", width).at("height", NODE * line);
        let name = SvgElement::label(x, top + 0.7 * NODE * line, node.name.clone());
        let class = if node.look == Look::Working { "on" } else { "beside" };
        parts.extend([shape, name.with("text-anchor", "middle").with("class", class)]);
    }
    picture(room.width, tree_height(tree, line), in_words(tree)).with("class", "lanes tree").holding(parts)
}

/// In which row each node is: the first is in row 0.
fn depths(nodes: &[Node]) -> Vec<usize> {
    let mut depths = Vec::new();
    for node in nodes {
        depths.push(node.parent.and_then(|parent| depths.get(parent)).map_or(0, |&above: &usize| above + 1));
    }
    depths
}

/// Where each node is, in widths of a leaf: leaves one after another, others in the middle above theirs.
fn slots(nodes: &[Node]) -> Vec<f64> {
    // Each lies below the one that has started it, so leaves come in their order.
    let mut next = -1.0;
    let mut leaf = |index| {
        next += f64::from(nodes.iter().all(|node| node.parent != Some(index)));
        next
    };
    let mut slots: Vec<f64> = (0..nodes.len()).map(&mut leaf).collect();
    for index in (0..nodes.len()).rev() {
        let below: Vec<f64> = slots
            .iter()
            .zip(nodes)
            .filter(|(_, node)| node.parent == Some(index))
            .map(|(&slot, _)| slot)
            .collect();
        if let (Some(first), Some(last)) = (below.first(), below.last()) {
            slots[index] = f64::midpoint(*first, *last);
        }
    }
    slots
}

fn in_words(tree: &Tree) -> String {
    format!("{}: {}", tree.title, tree.note)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: two nodes on each other, one outside the picture, a line to another one than the parent.
    #[test]
    fn every_node_has_a_place_of_its_own_below_its_parent() {
        // A page, two generations of two.
        let parents = [None, Some(0), Some(1), Some(1), Some(0), Some(4), Some(4)];
        let node = |(index, &parent): (usize, &Option<usize>)| Node {
            name: index.to_string(),
            parent,
            look: Look::Working,
        };
        let nodes: Vec<Node> = parents.iter().enumerate().map(node).collect();
        let tree = Tree { title: "Without", note: "6 workers".to_owned(), nodes, legend: Vec::new() };
        for width in [300.0, 900.0] {
            let drawing = draw_tree(&tree, Room { width, height: 0.0, line: 16.0 });
            let numbers = |tag: &str, names: [&str; 2]| -> Vec<[f64; 2]> {
                let parts = drawing.children.iter().filter(|part| part.tag == tag);
                let number = |part: &SvgElement, name: &str| -> f64 {
                    part.attributes.iter().find(|(other, _)| *other == name).unwrap().1.parse().unwrap()
                };
                parts.map(|part| names.map(|name| number(part, name))).collect()
            };
            let (places, sizes) = (numbers("rect", ["x", "y"]), numbers("rect", ["width", "height"]));
            assert_eq!(places.len(), 7);
            for (index, [x, y]) in places.iter().enumerate() {
                assert!(
                    *x >= 0.0
                        && x + sizes[index][0] <= width
                        && y + sizes[index][1] <= tree_height(&tree, 16.0)
                );
                let apart = |[other_x, other_y]: &[f64; 2]| {
                    (x - other_x).abs() >= sizes[index][0] || (y - other_y).abs() >= sizes[index][1]
                };
                assert!(places[..index].iter().all(apart), "{places:?}");
            }
            let middle = |index: usize| places[index][0] + sizes[index][0] / 2.0;
            let ends = numbers("line", ["x1", "x2"]);
            for ([from, to], (child, parent)) in
                ends.iter().zip([(1, 0), (2, 1), (3, 1), (4, 0), (5, 4), (6, 4)])
            {
                assert!((from - middle(parent)).abs() < 0.3 && (to - middle(child)).abs() < 0.3, "{ends:?}");
            }
        }
        assert!(
            draw_tree(&tree, Room { width: 300.0, height: 0.0, line: 16.0 })
                .to_string()
                .contains("Without: 6")
        );
    }
}
