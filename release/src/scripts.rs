//! What of a script is shipped: everything but its comments, which are for who reads the source.

use crate::content_names::{Files, change};

/// Takes the lines that are a comment alone out of every script, and sets its integrity right. None of them stands inside
/// a text of several lines.
pub fn drop_comments(files: &mut Files) {
    let scripts: Vec<_> = files.keys().filter(|name| name.strip_suffix(".js").is_some()).cloned().collect();
    for name in scripts {
        if let Ok(script) = str::from_utf8(&files[&name]) {
            let shipped = without_comments(script).into_bytes();
            change(files, &name, shipped);
        }
    }
}

fn without_comments(script: &str) -> String {
    script.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("//")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content_names::integrity;

    // Fails with: a script that does something else than its source, or a file that is no script and is changed.
    #[test]
    fn comments_on_lines_of_their_own_go_from_scripts_alone() {
        let source = "// What it is.\nconst url = 'https://a.example'; // where\n\n  // Why.\n  go(url);\n//";
        let shipped = "const url = 'https://a.example'; // where\n\n  go(url);\n";
        let mut files = Files::from([
            ("boot.js".to_owned(), source.into()),
            ("notes.txt".to_owned(), source.into()),
            ("odd.js".to_owned(), b"// \xff\ngo();".to_vec()),
        ]);
        drop_comments(&mut files);
        assert_eq!(files["boot.js"], shipped.as_bytes());
        assert_eq!(files["notes.txt"], source.as_bytes());
        assert_eq!(files["odd.js"], b"// \xff\ngo();");
    }

    // Fails with: a page that refuses its own script, since the integrity in it is that of the source.
    #[test]
    fn the_page_has_the_integrity_of_what_is_shipped() {
        let source = "// What it is.\ngo();";
        let page = format!("<link href=a.js integrity={}>", integrity(source.as_bytes()));
        let mut files =
            Files::from([("a.js".to_owned(), source.into()), ("index.html".to_owned(), page.into_bytes())]);
        drop_comments(&mut files);
        let shipped = format!("<link href=a.js integrity={}>", integrity(b"go();"));
        assert_eq!(files["index.html"], shipped.as_bytes());
    }
}
