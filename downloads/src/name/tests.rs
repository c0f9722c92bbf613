use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn by_header(header: &str) -> String {
    of(Some(header), "/of/the/address.bin")
}

#[test]
fn the_server_names_the_file_first() {
    // Fails with: the plain name preferred, an escape kept, a semicolon in quotes taken for an end.
    for (header, name) in [
        ("attachment; filename=plain.txt", "plain.txt"),
        ("attachment;filename = \"two words.txt\" ; size=3", "two words.txt"),
        ("inline; FILENAME=\"a\\\"b;c\\\\d.txt\"", "a_b;c_d.txt"),
        ("attachment; filename=\"old.txt\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.txt", "naïve €.txt"),
        ("attachment; filename*=utf-8'en'new.txt; filename=old.txt", "new.txt"),
        ("attachment; filename*=ISO-8859-1''caf%E9.txt", "café.txt"),
        ("filename=no-kind.txt", "no-kind.txt"),
        ("attachment; filename=first.txt; filename=second.txt", "first.txt"),
        // Not of that encoding, or of none that is known.
        ("attachment; filename=old.txt; filename*=UTF-8''%FF.txt", "old.txt"),
        ("attachment; filename=old.txt; filename*=KOI8-R''%C1.txt", "old.txt"),
        // UTF-8 in a header comes as single bytes.
        ("attachment; filename=\"Ã¤.txt\"", "ä.txt"),
        ("attachment; filename=\"é.txt\"", "é.txt"),
        ("attachment; filename=\"never ends.txt", "never ends.txt"),
        ("attachment", "address.bin"),
        ("attachment; filename=\"\"", "address.bin"),
        ("attachment; filename=\"...\"", "address.bin"),
        (";;=;\"", "address.bin"),
        ("", "address.bin"),
    ] {
        assert_eq!(by_header(header), name, "{header}");
    }
}

#[test]
fn else_the_address_does() {
    // Fails with: percent signs left in, a name taken from a folder, an empty name.
    for (path, name) in [
        ("/a/b/file.zip", "file.zip"),
        ("/a/two%20words.txt", "two words.txt"),
        ("/%C3%A4.txt", "ä.txt"),
        ("/%FF%zz%4.txt", "\u{FFFD}%zz%4.txt"),
        ("/a%2Fb%5Cc.txt", "a_b_c.txt"),
        ("/folder/", "download"),
        ("/", "download"),
        ("", "download"),
        ("/..", "download"),
        ("/%2E%2E%2Fetc%2Fpasswd", "_etc_passwd"),
    ] {
        assert_eq!(of(None, path), name, "{path}");
    }
}

#[test]
fn a_name_is_clean() {
    // Fails with: a separator, a control, a mark that turns the text, or a device let through.
    for (name, cleaned) in [
        ("a/b\\c:d*e?f\"g<h>i|j", "a_b_c_d_e_f_g_h_i_j"),
        ("line\nend\0\u{7F}\u{85}", "line_end___"),
        ("photo\u{202E}gpj.exe", "photo_gpj.exe"),
        ("\u{61C}\u{200E}\u{200F}\u{2066}\u{2069}\u{200B}\u{FEFF}", "_______"),
        ("  .hidden. ", "hidden"),
        ("../../up", "_.._up"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("nul .tar.gz", "_nul .tar.gz"),
        ("Com1.txt", "_Com1.txt"),
        ("LPT³", "_LPT³"),
        ("COM10.txt", "COM10.txt"),
        ("CONFIG.txt", "CONFIG.txt"),
        ("COM", "COM"),
        ("…", "…"),
        ("", "download"),
        ("\u{A0}\u{3000}.", "download"),
    ] {
        assert_eq!(clean(name), cleaned, "{name:?}");
    }
}

#[test]
fn a_long_name_keeps_its_kind() {
    // Fails with: a cut through the kind or inside a character, a long end taken for a kind.
    assert_eq!(clean(&format!("{}.html", "x".repeat(500))), format!("{}.html", "x".repeat(115)));
    assert_eq!(clean(&format!("{}.tar.gz", "x".repeat(500))), format!("{}.tar.gz", "x".repeat(113)));
    assert_eq!(clean(&format!("{}.zip", "語".repeat(500))), format!("{}.zip", "語".repeat(65)));
    assert_eq!(clean(&format!("a.{}", "x".repeat(500))), format!("a.{}", "x".repeat(118)));
    assert_eq!(clean(&format!("x{}y.txt", " ".repeat(500))), "x.txt");
    assert_eq!(clean(&format!("CON{}y.txt", " ".repeat(500))), "_CON.txt");
}

#[test]
fn names_that_collide_get_a_number() {
    // Fails with: names that differ by capitals alone, a number behind the kind, a name never given back.
    let mut names = Names::default();
    let given: Vec<_> = ["a.tar.gz", "A.tar.gz", "a.tar.gz", "a (2).tar.gz", "b", "b", "..", ""]
        .iter()
        .map(|name| names.give(name))
        .collect();
    let expected = [
        "a.tar.gz",
        "A (2).tar.gz",
        "a (3).tar.gz",
        "a (2) (2).tar.gz",
        "b",
        "b (2)",
        "download",
        "download (2)",
    ];
    assert_eq!(given, expected);
    names.release("A (2).tar.gz");
    names.release("never given");
    assert_eq!(names.give("a.tar.gz"), "a (2).tar.gz");
}

/// Texts made of what is dangerous, and of anything.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "CON", "nul", "COM", "1", "¹", ".", "..", "/", "\\", " ", "\u{A0}", "\u{202E}", "\u{200B}",
            ".tar", ".gz", ".txt", "_", "%2F", "語", "😀", "(2)", "\0",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,60}",
        " {100,130}",
        "x{80,130}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn assert_clean(name: &str) {
    let forbidden =
        |character: char| "/\\:*?\"<>|".contains(character) || is_control(character) || is_mark(character);
    assert!(!name.is_empty() && !name.contains(forbidden), "{name:?}");
    assert!(!name.starts_with(['.', ' ']) && !name.ends_with(['.', ' ']), "{name:?}");
    assert!(name.chars().count() <= MOST_CHARACTERS && name.len() <= MOST_BYTES, "{name:?}");
    assert!(!is_device(name), "{name:?}");
    assert_eq!(clean(name), name);
}

proptest! {
    /// Fails with: a cut that leaves a device's name or a blank end, a mark that makes a name too long.
    #[test]
    fn any_name_is_clean_and_stays_so(header in text(), path in text()) {
        assert_clean(&clean(&header));
        assert_clean(&of(None, &path));
        let header = format!("attachment; filename=\"{header}\"; filename*=UTF-8''{path}");
        assert_clean(&of(Some(&header), &path));
    }

    /// Fails with: a number lost in a cut.
    #[test]
    fn given_names_are_distinct_and_clean(texts in prop::collection::vec(text(), 1..4)) {
        let mut names = Names::default();
        let given: Vec<_> = texts.iter().cycle().take(30).map(|text| names.give(text)).collect();
        let distinct: BTreeSet<_> = given.iter().map(|name| name.to_ascii_lowercase()).collect();
        prop_assert_eq!(distinct.len(), given.len());
        for name in &given {
            assert_clean(name);
        }
    }
}
