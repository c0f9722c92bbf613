use wasm_encoder::{CustomSection, EntityType, ExportKind, TypeSection};

use super::*;
use crate::content_names::integrity;

const IMPORT: &str = "__wbg_log_0123456789abcdef";
const EXPORT: &str = "__wbindgen_malloc";

/// Imports and exports each of `names`, and has another section.
fn wasm(names: &[&str]) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let (mut imports, mut exports) = (ImportSection::new(), ExportSection::new());
    for (index, name) in (0..).zip(names) {
        imports.import("./app_bg.js", name, EntityType::Function(0));
        exports.export(name, ExportKind::Func, index);
    }
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&exports);
    module.section(&CustomSection { name: "notes".into(), data: IMPORT.as_bytes().into() });
    module.finish()
}

fn shortened(script: &str, wasm: Vec<u8>) -> Files {
    let mut files = Files::from([("app.js".to_owned(), script.into()), ("app_bg.wasm".to_owned(), wasm)]);
    shorten(&mut files).unwrap();
    files
}

// Fails with: a name that is changed in one of the two files alone.
#[test]
fn both_files_have_the_same_short_names() {
    let script = format!("const i = {{ {IMPORT}: f, x{IMPORT}: g }}; wasm.{EXPORT}(1); wasm.{EXPORT};");
    let files = shortened(&script, wasm(&[IMPORT, EXPORT]));
    let expected = format!("const i = {{ $a: f, x{IMPORT}: g }}; wasm.$b(1); wasm.$b;");
    assert_eq!(str::from_utf8(&files["app.js"]).unwrap(), expected);
    assert_eq!(files["app_bg.wasm"], wasm(&["$a", "$b"]));
    assert_eq!(shortened(&expected, files["app_bg.wasm"].clone()), files, "nothing is left to do");
}

#[test]
fn names_that_somebody_else_may_know_are_kept_and_none_is_given_twice() {
    let script = format!("memory; {IMPORT}; $a; {EXPORT}");
    let files = shortened(&script, wasm(&["memory", "not_in_the_script", IMPORT, EXPORT]));
    assert_eq!(str::from_utf8(&files["app.js"]).unwrap(), "memory; $b; $a; $c");
    assert_eq!(files["app_bg.wasm"], wasm(&["memory", "not_in_the_script", "$b", "$c"]));
}

// Fails with: a function that is called by a name it no longer has, one that others import, a word of somebody else's.
#[test]
fn a_scripts_own_functions_have_short_names_and_what_it_exports_keeps_its_own() {
    let script = "function getString0(e){return decode.getString0x(e);}function initialize(e){getString0(e);}\
        function decodeText(e){return e.decodeText();}function cached1(){}let a='cached1';export{initialize as default};";
    let files = shortened(script, wasm(&["memory"]));
    let expected = script.replace("getString0(", "$a(");
    assert_eq!(str::from_utf8(&files["app.js"]).unwrap(), expected);
}

// Fails with: a function that a loader misses, one that nobody calls.
#[test]
fn a_function_is_shipped_to_loaders_alone() {
    let script =
        "function a(){}function initSync(e){return e;}async function b(e){}export{initSync,b as default};";
    let mut files = shortened(script, wasm(&["memory"]));
    let expected = "function a(){}async function b(e){}export{b as default};";
    assert_eq!(str::from_utf8(&files["app.js"]).unwrap(), expected);
    files.insert("app.js".to_owned(), script.into());
    files.insert("app-loader.js".to_owned(), b"initSync".to_vec());
    shorten(&mut files).unwrap();
    assert_eq!(str::from_utf8(&files["app.js"]).unwrap(), script);
}

#[test]
fn integrities_follow_and_other_files_stay() {
    let (script, program) = (IMPORT, wasm(&[IMPORT]));
    let page = |script: &[u8], program: &[u8]| {
        format!("<link integrity={}><link integrity={}>", integrity(script), integrity(program)).into_bytes()
    };
    let mut files = Files::from([
        ("app.js".to_owned(), script.into()),
        ("app_bg.wasm".to_owned(), program.clone()),
        ("index.html".to_owned(), page(script.as_bytes(), &program)),
        ("other.js".to_owned(), IMPORT.into()),
    ]);
    shorten(&mut files).unwrap();
    assert_eq!(files["index.html"], page(&files["app.js"], &files["app_bg.wasm"]));
    assert_eq!(files["app.js"], b"$a");
    assert_eq!(files["other.js"], IMPORT.as_bytes());
}

#[test]
fn what_is_no_wasm_is_named() {
    let mut files =
        Files::from([("app.js".to_owned(), vec![]), ("app_bg.wasm".to_owned(), b"<html>".to_vec())]);
    assert!(
        shorten(&mut files).unwrap_err().to_string().starts_with("app_bg.wasm cannot be read as WebAssembly")
    );
}

#[test]
fn letters_count_on() {
    assert_eq!([0, 1, 25, 26, 27, 675, 676].map(letters), ["a", "b", "z", "ba", "bb", "zz", "baa"]);
}
