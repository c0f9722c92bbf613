//! What of a script is shipped: everything but its comments, which are for who reads the source.

use crate::content_names::Files;

/// Takes the lines that are a comment alone out of every script. None of them stands inside a text of several lines.
pub fn drop_comments(files: &mut Files) {
    for (_, content) in files.iter_mut().filter(|(name, _)| name.strip_suffix(".js").is_some()) {
        if let Ok(script) = str::from_utf8(content) {
            *content = without_comments(script).into_bytes();
        }
    }
}

fn without_comments(script: &str) -> String {
    script.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("//")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
