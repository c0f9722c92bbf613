//! An address as a QR code, for the phones in a hall.
//!
//! The code of `#/lecture/race?threads=2` is shown at `#/qr/lecture/race?threads=2`. It follows the standard ISO/IEC
//! 18004; the crate qrcodegen computes its modules.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};

use crate::address::Page;

/// Light modules around the code, by which scanners find it.
const QUIET_MODULES: i32 = 4;

/// A code to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// How many modules it is wide and high, with the light ones around it.
    pub modules: i32,
    /// The dark ones as data of an SVG path, in modules from the upper left corner.
    pub path: String,
}

/// The address, from `#` on, at which the code of `address`, also from `#` on, is shown.
pub fn route_of(address: &str) -> String {
    format!("{}{}", Page::QrCode.route(), address.trim_start_matches('#'))
}

/// The address, from `#` on, whose code is shown at `fragment`; none if `fragment` is that of another page.
pub fn shown_at(fragment: &str) -> Option<String> {
    let rest = fragment.strip_prefix(Page::QrCode.route())?;
    match rest.chars().next() {
        None => Some(Page::Run.route().to_owned()),
        Some('/') => Some(format!("#{rest}")),
        Some('?') => Some(format!("{}{rest}", Page::Run.route())),
        Some(_) => None,
    }
}

/// Whether a host's name means the very computer that it is asked on.
pub fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "[::1]") || host.starts_with("127.") || host.ends_with(".localhost")
}

/// The code of `link` for a terminal, two rows of modules a line, light on dark; none if a code cannot hold it.
pub fn in_letters(link: &str) -> Option<String> {
    let code = QrCode::encode_text(link, QrCodeEcc::Low).ok()?;
    let is_light = |x, y| !code.get_module(x, y);
    let modules = -QUIET_MODULES..code.size() + QUIET_MODULES;
    let mut letters = String::new();
    for y in modules.clone().step_by(2) {
        for x in modules.clone() {
            // Beyond the last row there is nothing to show.
            let lower = y + 1 < modules.end && is_light(x, y + 1);
            letters.push(match (is_light(x, y), lower) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        letters.push('\n');
    }
    Some(letters)
}

/// The code of `link`, with as few modules as it takes: they are the larger. None if a code cannot hold it.
pub fn draw(link: &str) -> Option<Drawing> {
    let code = QrCode::encode_text(link, QrCodeEcc::Low).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let begin = x;
            while code.get_module(x, y) {
                x += 1;
            }
            if x > begin {
                let (width, left, top) = (x - begin, begin + QUIET_MODULES, y + QUIET_MODULES);
                // Writing to a String cannot fail.
                let _ = write!(path, "M{left} {top}h{width}v1h-{width}z");
            }
            x += 1;
        }
    }
    Some(Drawing { modules: code.size() + 2 * QUIET_MODULES, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether each module is dark, by what is drawn.
    fn dark(drawing: &Drawing) -> Vec<Vec<bool>> {
        let side = usize::try_from(drawing.modules).unwrap();
        let mut dark = vec![vec![false; side]; side];
        for part in drawing.path.split('M').skip(1) {
            let mut numbers = part.split([' ', 'h', 'v']).map(str::parse::<usize>);
            let [left, top, width] = std::array::from_fn(|_| numbers.next().unwrap().unwrap());
            assert_eq!(part, format!("{left} {top}h{width}v1h-{width}z"));
            dark[top][left..left + width].fill(true);
        }
        dark
    }

    // Fails with: modules that are moved, turned or left out, a code that no scanner finds, a link that is another one.
    #[test]
    fn a_scanner_reads_the_link() {
        for link in [
            "https://host.example/dartboard/#/lecture/race?threads=2&increments=1000000&guard=none&runs=20",
            "http://127.0.0.1:8080/#/",
            &format!("https://host.example/#/?{}", "a".repeat(2_000)),
        ] {
            let drawing = draw(link).unwrap();
            let dark = dark(&drawing);
            // As a camera sees it: four pixels a module.
            let side = dark.len() * 4;
            let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
                if dark[y / 4][x / 4] { 0 } else { 255 }
            });
            let [found] = &image.detect_grids()[..] else { panic!("one code in {link}") };
            assert_eq!(found.decode().unwrap().1, link);
        }
        assert_eq!(draw(&"a".repeat(3_000)), None);
    }

    #[test]
    fn a_phone_cannot_reach_this_computer_by_its_own_name() {
        for host in ["localhost", "127.0.0.1", "[::1]", "dart.localhost"] {
            assert!(is_local(host), "{host}");
        }
        for host in ["host.example", "192.168.0.7", "localhost.example"] {
            assert!(!is_local(host), "{host}");
        }
    }

    #[test]
    fn the_code_of_an_address_has_an_address() {
        for (address, route) in [
            ("#/lecture/race?threads=2", "#/qr/lecture/race?threads=2"),
            ("#/?seed=1", "#/qr/?seed=1"),
            ("#/benchmark", "#/qr/benchmark"),
        ] {
            assert_eq!(route_of(address), route);
            assert_eq!(shown_at(route).as_deref(), Some(address));
        }
        assert_eq!(shown_at("#/qr").as_deref(), Some("#/"));
        assert_eq!(shown_at("#/qr?seed=1").as_deref(), Some("#/?seed=1"));
        for other in ["#/", "#/qrs", "", "#/lecture/qr"] {
            assert_eq!(shown_at(other), None, "{other}");
        }
    }
}
