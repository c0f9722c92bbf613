//! Kinds of characters, recognised without Unicode's tables, which would be larger than everything else here.

/// Whether it cannot be seen at the end of a text: white space, a control character, a mark without width.
pub(crate) fn is_blank(character: char) -> bool {
    is_control(character) || is_mark(character) || is_space(character)
}

/// White space that is no control character.
pub(crate) fn is_space(character: char) -> bool {
    matches!(
        character,
        ' ' | '\u{A0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200A}' | '\u{2028}' | '\u{2029}' | '\u{202F}' | '\u{205F}' | '\u{3000}'
    )
}

pub(crate) fn is_control(character: char) -> bool {
    matches!(character, '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}')
}

/// Marks without width: those that turn the direction of a text, those that join or part, and the byte order mark.
pub(crate) fn is_mark(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
    )
}

/// The longest beginning of `text` with at most so many characters and so many bytes.
pub(crate) fn beginning(text: &str, most_characters: usize, most_bytes: usize) -> &str {
    let fits = |&(count, (at, character)): &(usize, (usize, char))| {
        count < most_characters && at + character.len_utf8() <= most_bytes
    };
    let end = text.char_indices().enumerate().take_while(fits).last();
    let end = end.map_or(0, |(_, (at, character))| at + character.len_utf8());
    text.get(..end).unwrap_or_default()
}
