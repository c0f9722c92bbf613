//! All orders in which two threads can take the steps of an addition, each to be gone through.

use yew::prelude::*;
use yew::virtual_dom::VText;

use crate::ui::{ButtonLook, element, table, text, view_button_like, view_button_of};
use dartboard_core::lecture::race::{Order, STEPS, StepSeen, orders};

const TITLE: &str = "All 20 possible orders";

/// Asks first; then shows every order, and the chosen one step by step. `on_choose` is told the place of one.
pub(super) fn view_orders(chosen: Option<usize>, on_choose: &Callback<usize>) -> Html {
    let Some(chosen) = chosen else {
        let question = "Two threads add 1 once each. Their six steps can follow each other in 20 orders. \
            How many of the 20 give 2?";
        let on_show = on_choose.reform(|_: MouseEvent| 0);
        let button = view_button_of(Some("small"), "Show the 20 orders", false, on_show);
        let parts = vec![text("h3", "", TITLE.into()), text("p", "", question.into()), button];
        return element("div", "orders", parts);
    };
    let orders = orders();
    let right = orders.iter().filter(|order| order.total() == 2).count();
    let row = |(index, order): (usize, &Order)| {
        let total = order.total();
        let threads = order.steps().map(|seen| if seen.thread == 0 { 'A' } else { 'B' });
        let name = format!("{} = {total}", threads.iter().collect::<String>());
        let look = ButtonLook {
            class: Some(if total == 2 { "order right" } else { "order" }),
            is_chosen: index == chosen,
            ..ButtonLook::default()
        };
        view_button_like(look, VText::new(name).into(), on_choose.reform(move |_: MouseEvent| index))
    };
    let answer = format!(
        "{right} of the 20 give 2: those in which one thread is done before the other begins. Choose one."
    );
    let mut parts = vec![
        text("h3", "", TITLE.into()),
        text("p", "", answer.into()),
        element("div", "order-list", orders.iter().enumerate().map(row).collect()),
    ];
    parts.extend(orders.get(chosen).map(|&order| view_steps(order)));
    element("div", "orders", parts)
}

fn view_steps(order: Order) -> Html {
    let value = |value: Option<u32>| value.map_or_else(|| "–".to_owned(), |value| value.to_string());
    let row = |seen: StepSeen| {
        let thread = if seen.thread == 0 { "A" } else { "B" };
        let step = format!("{thread} {}s", STEPS[seen.step]);
        let cells = [step, value(seen.own[0]), value(seen.own[1]), seen.counter.to_string()];
        cells.map(|cell| VText::new(cell).into()).into()
    };
    table("steps", &["step", "A has", "B has", "counter"], order.steps().map(row).into())
}
