//! A translator like those of browsers: it replaces all texts of a page by elements.

use crate::{Browser, Error};

/// How a translator takes a text away.
#[derive(Clone, Copy, Debug)]
pub enum Translator {
    /// It replaces it in one step.
    Replaces,
    /// It puts its element before it and removes it then.
    Removes,
    /// It puts the text itself into its element.
    Wraps,
}

const TRANSLATE: &str = "
    const texts = document.createTreeWalker(document.querySelector('WITHIN'), NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) if (texts.currentNode.data.trim()) found.push(texts.currentNode);
    for (const text of found.filter(text => !text.parentNode.closest('script, style, font'))) {
        const [font, inner] = [document.createElement('font'), document.createElement('font')];
        font.append(inner);
        inner.textContent = `«${text.data}»`;
        if (WAY === 'Removes') {
            text.before(font);
            text.remove();
        } else {
            text.replaceWith(font);
            if (WAY === 'Wraps') inner.replaceChildren('«', text, '»');
        }
    }
    return null;";

impl Translator {
    /// Translates all texts in the first element that `selector` finds: each is the same, in `«»`.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn translate(self, browser: &Browser, selector: &str) -> Result<(), Error> {
        let script = TRANSLATE.replace("WITHIN", selector).replace("WAY", &format!("'{self:?}'"));
        browser.evaluate(&script).await
    }
}
