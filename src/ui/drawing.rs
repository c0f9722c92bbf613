//! A drawing of the pure half, on the page.

use std::borrow::Cow;

use yew::prelude::*;
use yew::virtual_dom::VTag;

use dartboard_core::chart::SvgElement;

/// Shows `element`: of one shown before only what differs is changed.
pub fn view_svg(element: SvgElement) -> Html {
    let mut tag = VTag::new(element.tag);
    for (name, value) in element.attributes {
        tag.add_attribute(name, shown(value));
    }
    if !element.text.is_empty() {
        tag.add_child(html! { { shown(element.text) } });
    }
    tag.add_children(element.children.into_iter().map(view_svg));
    tag.into()
}

fn shown(text: Cow<'static, str>) -> AttrValue {
    match text {
        Cow::Borrowed(text) => AttrValue::Static(text),
        Cow::Owned(text) => text.into(),
    }
}
