//! A drawing as data, and the one writer of SVG text.

use std::borrow::Cow;
use std::fmt::{self, Write};

use crate::text::Fixed;

/// An SVG element: the page shows it, a file has its text.
#[derive(Clone, Debug, PartialEq)]
pub struct SvgElement {
    /// Such as `path`.
    pub tag: &'static str,
    /// In the order of writing, each name once.
    pub attributes: Vec<(&'static str, Cow<'static, str>)>,
    /// The text in it, before its children.
    pub text: Cow<'static, str>,
    /// The elements in it.
    pub children: Vec<Self>,
}

impl SvgElement {
    /// An empty element.
    pub fn new(tag: &'static str) -> Self {
        Self { tag, attributes: Vec::new(), text: Cow::Borrowed(""), children: Vec::new() }
    }

    /// A path of the style sheet's `class`.
    pub fn path(class: impl Into<Cow<'static, str>>, d: String) -> Self {
        Self::new("path").with("class", class).with("d", d)
    }

    /// A line of text whose base line begins at (`x`, `y`), in pixels.
    pub fn label(x: f64, y: f64, text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), ..Self::new("text").at("x", x).at("y", y) }
    }

    /// The same with one more attribute.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// The same with an attribute in pixels. Tenths of a pixel are finer than can be seen.
    #[must_use]
    pub fn at(self, name: &'static str, px: f64) -> Self {
        self.with(name, Fixed(px, 1).to_string())
    }

    /// The same with elements in it.
    #[must_use]
    pub fn holding(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// The text of a file with this drawing alone, which is called `title` and has the look of `style`.
    pub fn to_file(&self, title: &'static str, style: String) -> String {
        let head = [("title", Cow::Borrowed(title)), ("style", style.into())];
        let head = head.map(|(tag, text)| Self { text, ..Self::new(tag) });
        let children = head.into_iter().chain(self.children.iter().cloned()).collect();
        Self { children, ..self.clone() }.to_string()
    }
}

impl fmt::Display for SvgElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.tag)?;
        if self.tag == "svg" {
            f.write_str(r#" xmlns="http://www.w3.org/2000/svg""#)?;
        }
        for (name, value) in &self.attributes {
            write!(f, r#" {name}="{}""#, Escaped(value))?;
        }
        if self.text.is_empty() && self.children.is_empty() {
            return f.write_str("/>");
        }
        write!(f, ">{}", Escaped(&self.text))?;
        for child in &self.children {
            child.fmt(f)?;
        }
        write!(f, "</{}>", self.tag)
    }
}

/// Text as XML may hold it: a loaded file names the other machine.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                character if character.is_control() => f.write_char(' ')?,
                character => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: a text that ends its element or its attribute; a file that no program takes for a drawing.
    #[test]
    fn a_drawing_is_written_as_xml() {
        let drawing = SvgElement::new("svg").with("role", "img").holding([
            SvgElement::path("curve", "M0 0".to_owned()),
            SvgElement::label(1.25, -0.01, "<&>\u{7}").with("title", "a \"b\""),
        ]);
        let [start, rest] = [
            r#"<svg xmlns="http://www.w3.org/2000/svg" role="img">"#,
            r#"<path class="curve" d="M0 0"/><text x="1.3" y="0.0" title="a &quot;b&quot;">&lt;&amp;&gt; </text></svg>"#,
        ];
        assert_eq!(drawing.to_string(), format!("{start}{rest}"));
        let file = drawing.to_file("what it is", "text{fill:#000}".to_owned());
        assert_eq!(file, format!("{start}<title>what it is</title><style>text{{fill:#000}}</style>{rest}"));
    }
}
