use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::{
    ConstExpr, CustomSection, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
    ImportSection, RefType, StartSection, TableSection, TableType, TypeSection, ValType,
};
use wasmparser::{ElementItems, Operator, Validator};

use super::*;
use crate::content_names::integrity;

/// Functions that the module imports; its own come after them.
const IMPORTED: u32 = 2;

/// Bodies of two kinds that take turns, so that likeness separates them.
const FUNCTIONS: u32 = 12;

/// A module whose functions each have a number of their own, call the next and take the address of the one after it,
/// some of them with a parameter; the last is exported, the third starts, the second and the first are in the table.
fn wasm() -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    types.ty().function([ValType::I32], []);
    let mut imports = ImportSection::new();
    for name in ["a", "b"] {
        imports.import("script", name, EntityType::Function(0));
    }
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for place in 0..FUNCTIONS {
        functions.function(u32::from(place % 4 == 1));
        code.function(&body(place));
    }
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 8,
        maximum: None,
        shared: false,
    });
    let mut exports = ExportSection::new();
    exports.export("first_import", ExportKind::Func, 0);
    exports.export("last", ExportKind::Func, IMPORTED + FUNCTIONS - 1);
    exports.export("table", ExportKind::Table, 0);
    let mut elements = ElementSection::new();
    elements.active(None, &ConstExpr::i32_const(0), Elements::Functions([3, 1, 2][..].into()));
    elements.declared(Elements::Functions((0..IMPORTED + FUNCTIONS).collect::<Vec<_>>().into()));
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&tables).section(&exports);
    module.section(&StartSection { function_index: IMPORTED + 2 }).section(&elements).section(&code);
    module.section(&CustomSection { name: "producers".into(), data: b"somebody"[..].into() });
    module.finish()
}

fn body(place: u32) -> Function {
    let number = IMPORTED + place;
    let mut body = Function::new([(1, ValType::I64)]);
    let mut code = body.instructions();
    for _ in 0..4 {
        if place.is_multiple_of(2) {
            code.i64_const(0x0123_4567_89ab).drop();
        } else {
            code.f64_const(1.5.into()).drop();
        }
    }
    code.i32_const(i32::try_from(number).unwrap()).drop();
    let callee = (number + 1) % (IMPORTED + FUNCTIONS);
    // The functions with a parameter.
    if callee >= IMPORTED && (callee - IMPORTED) % 4 == 1 {
        code.i32_const(7);
    }
    code.call(callee).ref_func((number + 2) % (IMPORTED + FUNCTIONS)).drop().end();
    body
}

/// What a module says of its functions, each by the number in its body, an import by its place.
#[derive(Debug, Default, PartialEq, Eq)]
struct Meaning {
    /// The type of each function, then what its body names, in order.
    functions: BTreeMap<i32, (u32, Vec<i32>)>,
    exports: BTreeMap<String, i32>,
    start: Option<i32>,
    table: Vec<i32>,
    declared: BTreeSet<i32>,
}

/// What `wasm` says of its functions, and these in the order in which they stand.
fn meaning(wasm: &[u8]) -> (Meaning, Vec<i32>) {
    Validator::new().validate_all(wasm).unwrap();
    let mut types = Vec::new();
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::FunctionSection(section) => types = section.into_iter().map(Result::unwrap).collect(),
            Payload::CodeSectionEntry(body) => bodies.push(operators(&body)),
            _ => {}
        }
    }
    let order: Vec<i32> = bodies.iter().map(|body| number_in(body)).collect();
    let numbers: Vec<i32> = (0..).take(IMPORTED as usize).chain(order.iter().copied()).collect();
    let named = |index: u32| numbers[index as usize];
    let mut meaning = Meaning::default();
    for ((number, body), kind) in order.iter().zip(&bodies).zip(types) {
        let callees = body.iter().filter_map(|operator| match operator {
            Operator::Call { function_index } | Operator::RefFunc { function_index } => {
                Some(named(*function_index))
            }
            _ => None,
        });
        meaning.functions.insert(*number, (kind, callees.collect()));
    }
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::ExportSection(section) => {
                let exports = section.into_iter().map(Result::unwrap);
                let functions = exports.filter(|export| export.kind == wasmparser::ExternalKind::Func);
                meaning.exports = functions.map(|it| (it.name.to_owned(), named(it.index))).collect();
            }
            Payload::StartSection { func, .. } => meaning.start = Some(named(func)),
            Payload::ElementSection(section) => {
                for element in section.into_iter().map(Result::unwrap) {
                    let ElementItems::Functions(items) = element.items else { panic!("expressions") };
                    let numbers = items.into_iter().map(|index| named(index.unwrap()));
                    match element.kind {
                        wasmparser::ElementKind::Declared => meaning.declared = numbers.collect(),
                        _ => meaning.table = numbers.collect(),
                    }
                }
            }
            _ => {}
        }
    }
    (meaning, order)
}

fn operators<'a>(body: &FunctionBody<'a>) -> Vec<Operator<'a>> {
    body.get_operators_reader().unwrap().into_iter().map(Result::unwrap).collect()
}

fn number_in(body: &[Operator<'_>]) -> i32 {
    let mut constants = body.iter().filter_map(|operator| match operator {
        Operator::I32Const { value } => Some(*value),
        _ => None,
    });
    constants.next().unwrap()
}

// Fails with: a call, address, export, start, table or type that is left with another function.
#[test]
fn the_same_functions_do_the_same_in_another_order() {
    let (before, old_order) = meaning(&wasm());
    let (after, new_order) = meaning(&reordered(&wasm()).unwrap());
    assert_eq!(after, before);
    assert_ne!(new_order, old_order);
}

// Fails with: a next function that has less in common with those before it than another.
#[test]
fn like_functions_stand_together() {
    let (_, order) = meaning(&reordered(&wasm()).unwrap());
    let changes = order.windows(2).filter(|pair| pair[0] % 2 != pair[1] % 2).count();
    assert_eq!(changes, 1, "{order:?}");
}

// Fails with: a window that only grows, or forgets what is still in it.
#[test]
fn what_is_out_of_the_window_is_compared_no_more() {
    let [a, b] = [b"likeness", b"unlikely"].map(|word| word.repeat(2_000));
    let bodies = [&a[..], &b[..], &a[..], &b[..], b"likeness", b"unlikely"];
    let mut window = Window::new(&bodies);
    window.push(0);
    assert!(window.likeness(4) > 0.0 && window.likeness(5) <= 0.0);
    window.push(1);
    assert!(window.likeness(4) <= 0.0 && window.likeness(5) > 0.0, "16,000 bytes twice are too many");
    window.push(5);
    assert!(window.likeness(5) > 0.0);
    window.push(0);
    assert!(window.likeness(5) > 0.0, "the short one is still in it");
}

#[test]
fn integrities_follow_and_custom_sections_go() {
    let page = |program: &[u8]| format!("<link integrity={}>", integrity(program)).into_bytes();
    let mut files = Files::from([
        ("app_bg.wasm".to_owned(), wasm()),
        ("index.html".to_owned(), page(&wasm())),
        ("other.bin".to_owned(), wasm()),
    ]);
    by_likeness(&mut files).unwrap();
    assert_eq!(files["index.html"], page(&files["app_bg.wasm"]));
    assert_ne!(files["app_bg.wasm"], wasm());
    assert!(!files["app_bg.wasm"].windows(9).any(|bytes| bytes == b"producers"));
    assert_eq!(files["other.bin"], wasm());
}

#[test]
fn what_is_no_wasm_is_named() {
    for (damaged, reason) in [
        (b"<html>".to_vec(), "magic"),
        // In place of each `ref.func` stands no instruction.
        (wasm().iter().map(|byte| if *byte == 0xd2 { 0xff } else { *byte }).collect(), "opcode"),
    ] {
        let mut files = Files::from([("app_bg.wasm".to_owned(), damaged)]);
        let error = by_likeness(&mut files).unwrap_err().to_string();
        assert!(error.starts_with("app_bg.wasm cannot be read as WebAssembly: "), "{error}");
        assert!(error.contains(reason), "{error}");
    }
}
