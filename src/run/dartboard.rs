//! The picture of the run: real points of the blocks just counted, thrown at the quarter circle.

use std::f64::consts::FRAC_PI_2;
use std::rc::Rc;

use dartboard_points::kernel::Point;
use dartboard_points::tally::Seed;
use gloo::timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};
use yew::prelude::*;

use crate::browser::screen;
use crate::ui::use_room;
use dartboard_core::run::darts::{Dart, SquarePart, Throw, darts};
use dartboard_core::run::trace::Trace;
use dartboard_core::text::short_count;

/// What [`Dartboard`] shows.
#[derive(Properties, PartialEq)]
pub(super) struct DartboardProps {
    /// Another one whenever what is drawn may look otherwise: by its colours, or on another screen.
    pub(super) look: u32,
    /// The run's seed.
    pub(super) seed: Seed,
    /// The first darts of the run, if they are shown one by one, in the place of others.
    pub(super) first_darts: Option<FirstDarts>,
    /// The darts thrown last.
    pub(super) thrown: Option<Throw>,
    /// Points of the run, for how many of them are drawn.
    pub(super) points: u64,
}

/// The first darts of a run, thrown one by one.
#[derive(Clone)]
pub(super) struct FirstDarts {
    /// All points of the first block, behind its history.
    first_block: Rc<(Trace, Vec<Point>)>,
    /// How many of them have been thrown.
    shown: usize,
}

impl PartialEq for FirstDarts {
    fn eq(&self, other: &Self) -> bool {
        self.shown == other.shown && Rc::ptr_eq(&self.first_block, &other.first_block)
    }
}

impl FirstDarts {
    /// `shown` of the points listed in `first_block`; none if there are fewer.
    pub(super) fn of(first_block: &Rc<(Trace, Vec<Point>)>, shown: u64) -> Option<Self> {
        let shown = usize::try_from(shown).ok().filter(|&shown| shown <= first_block.1.len())?;
        Some(Self { first_block: first_block.clone(), shown })
    }

    /// Those that have been thrown.
    pub(super) fn thrown(&self) -> &[Point] {
        &self.first_block.1[..self.shown]
    }
}

/// The canvas is at most this wide, in CSS pixels.
const MAX_SIDE_PX: f64 = 900.0;
/// How long after its frame a block is listed.
const LISTING_DELAY_MS: u32 = 30;
/// How much of the darts drawn before goes with each new picture.
const FADE: f64 = 0.04;

/// What has been drawn so far.
#[derive(Default)]
struct Drawn {
    seed: Option<Seed>,
    /// The colours of a look. To find them out, the browser lays the whole page out.
    colours: Option<(u32, Colours)>,
    thrown: Option<Throw>,
    /// The darts of a block in the part shown.
    listed: Option<(u64, SquarePart, Vec<Dart>)>,
    /// What will list the next block. Dropping it cancels it.
    listing: Option<Timeout>,
    darts: u64,
    points: u64,
    /// How many of the first darts; none if they are not shown one by one.
    first: Option<usize>,
}

impl Drawn {
    fn has_listed(&self, block: u64, view: SquarePart) -> bool {
        self.listed.as_ref().is_some_and(|listed| (listed.0, listed.1) == (block, view))
    }

    /// Draws a share of a block's darts; on a board without any, also the shares before it.
    fn throw(&mut self, board: &Board, thrown: Throw, view: SquarePart) {
        let Some(seed) = self.seed else { return };
        if !self.has_listed(thrown.block, view) {
            self.listed = Some((thrown.block, view, darts(seed, thrown.block, view).collect()));
        }
        let listed = self.listed.as_ref().map_or(&[][..], |listed| &listed.2);
        let first = if self.darts == 0 { 0 } else { thrown.share };
        for share in first..=thrown.share {
            board.fade();
            self.darts += board.draw(Throw { share, ..thrown }.of(listed));
        }
        self.thrown = Some(thrown);
    }
}

/// The dartboard. It draws a share of a block's darts at a time; with reduced motion, only the first ones and then no more.
#[component]
pub(super) fn Dartboard(props: &DartboardProps) -> Html {
    let frame = use_node_ref();
    let canvas = use_node_ref();
    let side_px = use_room(&frame).width.min(MAX_SIDE_PX);
    let at_rim = use_state(|| false);
    let view = if *at_rim { SquarePart::RIM } else { SquarePart::WHOLE };
    let drawn = use_mut_ref(Drawn::default);
    let share = use_state_eq(|| None::<String>);
    {
        let (canvas, share) = (canvas.clone(), share.clone());
        let (look, seed, thrown, points) = (props.look, props.seed, props.thrown, props.points);
        let first_darts = props.first_darts.clone();
        let pixel_ratio = screen::pixel_ratio();
        use_effect_with((seed, first_darts, thrown, view, side_px, look), move |(_, first_darts, ..)| {
            let mut now = drawn.borrow_mut();
            let known = now.colours.take().filter(|(of, _)| *of == look);
            let is_known = known.is_some();
            let Some((board, is_new)) =
                Board::on(&canvas, side_px, pixel_ratio, known.map(|(_, colours)| colours))
            else {
                return;
            };
            let is_other_run = now.seed != Some(seed);
            if is_other_run || is_new || !is_known || now.first.is_some() != first_darts.is_some() {
                let listed = now.listed.take().filter(|_| !is_other_run);
                // What comes after the first darts falls among them.
                let goes_on = now.first.is_some() && first_darts.is_none();
                *now = Drawn { seed: Some(seed), points, listed, ..Drawn::default() };
                if !goes_on || is_other_run || is_new || !is_known {
                    board.clear();
                }
            }
            now.colours = Some((look, board.colours.clone()));
            board.draw_rim(view);
            if let Some(first_darts) = first_darts {
                let thrown = first_darts.thrown();
                let new = &thrown[now.first.unwrap_or(0).min(thrown.len())..];
                board.draw(&new.iter().filter_map(|&point| Dart::of(point, view)).collect::<Vec<_>>());
                board.draw_rim(view);
                now.first = Some(thrown.len());
                return;
            }
            let still = screen::prefers_reduced_motion() && now.darts > 0;
            let Some(thrown) = thrown.filter(|&thrown| now.thrown != Some(thrown) && !still) else { return };
            let throw = {
                let drawn = drawn.clone();
                move || {
                    let now = &mut *drawn.borrow_mut();
                    now.throw(&board, thrown, view);
                    board.draw_rim(view);
                    let counted = points.saturating_sub(now.points) as f64;
                    share.set((counted > 0.0).then(|| short_count(counted / now.darts.max(1) as f64)));
                }
            };
            if now.has_listed(thrown.block, view) {
                drop(now);
                throw();
            } else {
                // To list a block takes a while: not in the frame that answers the user.
                now.listing = Some(Timeout::new(LISTING_DELAY_MS, throw));
            }
        });
    }
    let on_zoom = {
        let at_rim = at_rim.clone();
        Callback::from(move |_: MouseEvent| at_rim.set(!*at_rim))
    };
    html! {
        <div class="dartboard">
            <div ref={frame} class="board">
                // A new canvas for a new view: what was drawn in the other one means nothing here.
                <canvas key={if *at_rim { "rim" } else { "whole" }} ref={canvas} role="img"
                    aria-label="Points of the blocks just counted, inside and outside of the quarter circle" />
            </div>
            <p class="legend">
                <span class="dart-key">{ "inside" }</span>
                <span class="miss-key">{ "outside" }</span>
                if props.first_darts.is_none() && let Some(share) = &*share { <span>{ format!("1 in {share}") }</span> }
                <button class="small" onclick={on_zoom}>
                    { if *at_rim { "Show the whole circle" } else { "Zoom to the rim" } }
                </button>
            </p>
        </div>
    }
}

/// The canvas, ready to be drawn on in CSS pixels.
struct Board {
    context: CanvasRenderingContext2d,
    side_px: f64,
    colours: Colours,
}

/// What the style sheet says of the colours to draw in.
#[derive(Clone)]
struct Colours {
    inside: String,
    outside: String,
    rim: String,
}

impl Board {
    /// Makes the canvas `side_px` wide, as sharp as the screen is, to be drawn on in `colours` if they are known; also
    /// whether it has nothing on it yet.
    fn on(
        canvas: &NodeRef,
        side_px: f64,
        pixel_ratio: f64,
        colours: Option<Colours>,
    ) -> Option<(Self, bool)> {
        let canvas = canvas.cast::<HtmlCanvasElement>()?;
        // The cast saturates.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of pixels")]
        let pixels = (side_px * pixel_ratio).round() as u32;
        let is_new = canvas.width() != pixels;
        if is_new {
            canvas.set_width(pixels);
            canvas.set_height(pixels);
        }
        let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let scale = f64::from(pixels) / side_px;
        context.set_transform(scale, 0.0, 0.0, scale, 0.0, 0.0).ok()?;
        let colours = colours.unwrap_or_else(|| Colours {
            inside: screen::colour(&canvas, "--accent"),
            outside: screen::colour(&canvas, "--second"),
            rim: screen::colour(&canvas, "--text"),
        });
        Some((Self { context, side_px, colours }, is_new))
    }

    fn clear(&self) {
        self.context.clear_rect(0.0, 0.0, self.side_px, self.side_px);
    }

    /// Fades what is there.
    fn fade(&self) {
        let context = &self.context;
        context.set_global_alpha(FADE);
        // Neither name is unknown to a browser that has a canvas.
        let _ = context.set_global_composite_operation("destination-out");
        context.fill_rect(0.0, 0.0, self.side_px, self.side_px);
        let _ = context.set_global_composite_operation("source-over");
        context.set_global_alpha(1.0);
    }

    /// Draws `darts`: squares inside, crosses outside. Returns how many.
    fn draw(&self, darts: &[Dart]) -> u64 {
        let context = &self.context;
        let size = (self.side_px / 160.0).clamp(2.0, 5.0);
        let place = |(x, y): (f64, f64)| (x * self.side_px, (1.0 - y) * self.side_px);

        context.begin_path();
        for (x, y) in darts.iter().filter(|dart| dart.inside).map(|dart| place(dart.at)) {
            context.rect(x - size / 2.0, y - size / 2.0, size, size);
        }
        context.set_fill_style_str(&self.colours.inside);
        context.fill();

        context.begin_path();
        for (x, y) in darts.iter().filter(|dart| !dart.inside).map(|dart| place(dart.at)) {
            context.move_to(x - size / 1.5, y - size / 1.5);
            context.line_to(x + size / 1.5, y + size / 1.5);
            context.move_to(x - size / 1.5, y + size / 1.5);
            context.line_to(x + size / 1.5, y - size / 1.5);
        }
        context.set_stroke_style_str(&self.colours.outside);
        context.set_line_width(size / 2.5);
        context.stroke();
        darts.len() as u64
    }

    /// Draws the circle's rim as far as `view` shows it.
    fn draw_rim(&self, view: SquarePart) {
        let context = &self.context;
        let unit_px = self.side_px / view.side;
        context.begin_path();
        // It fails only for a negative radius.
        let _ = context.arc(
            -view.corner * unit_px,
            self.side_px + view.corner * unit_px,
            unit_px,
            -FRAC_PI_2,
            0.0,
        );
        context.set_stroke_style_str(&self.colours.rim);
        context.set_line_width(1.5);
        context.stroke();
    }
}
