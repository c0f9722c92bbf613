//! Which parts of a script or a style sheet are shipped: everything except comments and indentation, which are for readers of
//! the source.

use crate::content_names::{Files, change};

/// Removes comment lines and indentation from every script and style sheet, none of which is inside a text of several
/// lines, and updates the integrity hashes.
pub fn shorten(files: &mut Files) {
    let scripts: Vec<_> = files.keys().filter(|name| is_text(name)).cloned().collect();
    for name in scripts {
        if let Ok(script) = str::from_utf8(&files[&name]) {
            let script = shortened(script).into_bytes();
            change(files, &name, script);
        }
    }
}

fn shortened(script: &str) -> String {
    let lines = script.split_inclusive('\n').map(|line| line.trim_start_matches(' '));
    let is_comment =
        |line: &str| line.starts_with("//") || (line.starts_with("/*") && line.trim_end().ends_with("*/"));
    lines.filter(|line| !is_comment(line)).collect()
}

fn is_text(name: &str) -> bool {
    [".js", ".css"].iter().any(|extension| name.ends_with(extension))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content_names::integrity;

    // Fails with: a script that does something else than its source, or a file that is no script and is changed.
    #[test]
    fn comments_on_lines_of_their_own_and_indents_go_from_scripts_and_style_sheets_alone() {
        let source = "// What it is.\nconst url = 'https://a.example'; // where\n\n  // Why.\n  go(url);\n//";
        let shipped = "const url = 'https://a.example'; // where\n\ngo(url);\n";
        let mut files = Files::from([
            ("boot.js".to_owned(), source.into()),
            ("page.css".to_owned(), "/* What it is. */\n.a {\n  width: 1px; /* one */\n}\n".into()),
            ("notes.txt".to_owned(), source.into()),
            ("odd.js".to_owned(), b"// \xff\ngo();".to_vec()),
        ]);
        shorten(&mut files);
        assert_eq!(files["boot.js"], shipped.as_bytes());
        assert_eq!(files["page.css"], b".a {\nwidth: 1px; /* one */\n}\n");
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
        shorten(&mut files);
        let shipped = format!("<link href=a.js integrity={}>", integrity(b"go();"));
        assert_eq!(files["index.html"], shipped.as_bytes());
    }
}
