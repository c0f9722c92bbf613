//! The file's name in `Content-Disposition` (RFC 6266), as servers really write it.

use super::percent_decoded;

/// The name that the header gives: the one with an encoding goes first.
pub(super) fn file_name(header: &str) -> Option<String> {
    let (mut plain, mut encoded) = (None, None);
    let mut rest = Some(header);
    while let Some(text) = rest {
        let (parameter, after) = parameter(text);
        if let Some((name, value)) = parameter {
            let name = name.trim_ascii();
            if name.eq_ignore_ascii_case("filename") {
                plain = plain.or(Some(value));
            } else if name.eq_ignore_ascii_case("filename*") {
                encoded = encoded.or_else(|| decoded(&value));
            }
        }
        rest = after;
    }
    encoded.or_else(|| plain.map(|name| as_utf8(&name).unwrap_or(name)))
}

/// What stands up to the next semicolon outside quotes, and what comes after that.
fn parameter(text: &str) -> (Option<(&str, String)>, Option<&str>) {
    let end = text.find([';', '=']).filter(|end| text.as_bytes().get(*end) == Some(&b'='));
    let Some((name, value)) = end.and_then(|_| text.split_once('=')) else {
        // The kind, `attachment`, has no value.
        return (None, text.split_once(';').map(|(_, after)| after));
    };
    let (value, after) = value_of(value.trim_ascii_start());
    (Some((name, value)), after)
}

/// A value, quoted or not, and what comes after its semicolon.
fn value_of(text: &str) -> (String, Option<&str>) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, after) = text.split_once(';').map_or((text, None), |(value, after)| (value, Some(after)));
        return (value.trim_ascii().to_owned(), after);
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next() {
            None => return (value, None),
            Some('"') => break,
            Some('\\') => value.extend(characters.next()),
            Some(character) => value.push(character),
        }
    }
    (value, characters.as_str().split_once(';').map(|(_, after)| after))
}

/// A value with its encoding and language in front: `UTF-8'en'na%C3%AFve.txt`.
fn decoded(value: &str) -> Option<String> {
    let (encoding, rest) = value.split_once('\'')?;
    let (_, text) = rest.split_once('\'')?;
    let bytes = percent_decoded(text);
    if encoding.eq_ignore_ascii_case("UTF-8") {
        String::from_utf8(bytes).ok()
    } else if encoding.eq_ignore_ascii_case("ISO-8859-1") {
        Some(bytes.into_iter().map(char::from).collect())
    } else {
        None
    }
}

/// What is meant if the header's bytes, which the browser reads one by one, are UTF-8.
fn as_utf8(text: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> = text.chars().map(|character| u8::try_from(character).ok()).collect();
    String::from_utf8(bytes?).ok()
}
