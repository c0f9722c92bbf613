//! The order of a program's functions: similar ones are near each other, so that the program compresses better. It also removes
//! custom sections.
//!
//! gzip writes a sequence of bytes that occurred in the last 32 KB as a reference, so a function costs least soon after
//! functions that share sequences with it. The idea is from Hoag, Lee, Mestre and Pupyrev,
//! "Optimizing function layout for mobile applications" (2023, <https://arxiv.org/abs/2211.09285>). They split the
//! functions again and again; here they form a chain, in which the next is the one that has most in common with those before it.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{
    CodeSectionReader, CustomSectionReader, FunctionBody, FunctionSectionReader, Parser, Payload, TypeRef,
};

use crate::Error;
use crate::content_names::{Files, change};

/// Bytes of the sequences by which functions are compared. Shorter ones say little, longer ones are rarely shared.
const SEQUENCE_BYTES: usize = 6;

/// Bytes of the functions that the next one is compared with: a little less than gzip looks back.
const WINDOW_BYTES: usize = 30_000;

/// The weight of a shared sequence, to be divided by the number of functions that have it.
const SHARED: u64 = 1 << 20;

/// Puts similar functions of each program near each other. The programs do the same as before.
///
/// # Errors
/// When one of them is not WebAssembly.
pub fn by_likeness(files: &mut Files) -> Result<(), Error> {
    let programs: Vec<String> = files.keys().filter(|name| name.ends_with("_bg.wasm")).cloned().collect();
    for name in programs {
        let wasm = reordered(&files[&name]).map_err(|error| {
            let reason = match error {
                reencode::Error::ParseError(error) => error.to_string(),
                error => error.to_string(),
            };
            Error::NotWasm { name: name.clone(), reason }
        })?;
        change(files, &name, wasm);
    }
    Ok(())
}

fn reordered(wasm: &[u8]) -> Result<Vec<u8>, reencode::Error> {
    let mut imported = 0;
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    let mut module = Module::new();
    let mut order = Order::new(imported, chain(&bodies));
    order.parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish())
}

/// The order in which each body is followed by the one that is most like it and those before.
fn chain(bodies: &[&[u8]]) -> Vec<usize> {
    let mut window = Window::new(bodies);
    let mut left: Vec<usize> = (0..bodies.len()).collect();
    let mut order = Vec::with_capacity(bodies.len());
    // Of equals the first: the order of the compiler is better than none.
    while let Some(place) = (0..left.len()).rev().max_by(|a, b| {
        let [a, b] = [a, b].map(|place| window.likeness(left[*place]));
        a.total_cmp(&b)
    }) {
        let next = left.remove(place);
        order.push(next);
        window.push(next);
    }
    order
}

/// The last bodies of a chain, and what the others have in common with them.
struct Window<'a> {
    bodies: &'a [&'a [u8]],
    /// The sequences of each body that another has too.
    sequences: Vec<Vec<usize>>,
    /// The bodies that have each sequence.
    owners: Vec<Vec<usize>>,
    /// How many bodies in the window have each sequence.
    held: Vec<usize>,
    /// What each body shares with the window.
    shared: Vec<u64>,
    inside: VecDeque<usize>,
    bytes: usize,
}

impl<'a> Window<'a> {
    fn new(bodies: &'a [&'a [u8]]) -> Self {
        let mut owners: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (index, body) in bodies.iter().enumerate() {
            for sequence in body.windows(SEQUENCE_BYTES) {
                let owners = owners.entry(sequence).or_default();
                if owners.last() != Some(&index) {
                    owners.push(index);
                }
            }
        }
        let owners: Vec<Vec<usize>> = owners.into_values().filter(|owners| owners.len() > 1).collect();
        let mut sequences = vec![Vec::new(); bodies.len()];
        for (sequence, owners) in owners.iter().enumerate() {
            for owner in owners {
                sequences[*owner].push(sequence);
            }
        }
        let (held, shared) = (vec![0; owners.len()], vec![0; bodies.len()]);
        Self { bodies, sequences, owners, held, shared, inside: VecDeque::new(), bytes: 0 }
    }

    /// What a body has in common with the window, divided by its length to the power 3/4: per byte, short functions would
    /// all come first. Roots are the same on every machine, powers are not.
    fn likeness(&self, body: usize) -> f64 {
        let length = self.bodies[body].len() as f64;
        self.shared[body] as f64 / (length * length.sqrt()).sqrt()
    }

    fn push(&mut self, body: usize) {
        self.inside.push_back(body);
        self.bytes += self.bodies[body].len();
        for sequence in &self.sequences[body] {
            self.held[*sequence] += 1;
            if self.held[*sequence] == 1 {
                let owners = &self.owners[*sequence];
                for owner in owners {
                    self.shared[*owner] += SHARED / owners.len() as u64;
                }
            }
        }
        while self.bytes > WINDOW_BYTES
            && let Some(oldest) = self.inside.pop_front()
        {
            self.forget(oldest);
        }
    }

    fn forget(&mut self, body: usize) {
        self.bytes -= self.bodies[body].len();
        for sequence in &self.sequences[body] {
            self.held[*sequence] -= 1;
            if self.held[*sequence] == 0 {
                let owners = &self.owners[*sequence];
                for owner in owners {
                    self.shared[*owner] -= SHARED / owners.len() as u64;
                }
            }
        }
    }
}

/// Writes a module again with its functions in another order, and their new numbers wherever one is named.
struct Order {
    /// Functions that are imported: they come first and keep their numbers.
    imported: u32,
    /// The old place of each function of the module, in the new order.
    old_places: Vec<usize>,
    /// The new number of each function of the module, in the old order.
    numbers: Vec<u32>,
}

impl Order {
    fn new(imported: u32, old_places: Vec<usize>) -> Self {
        let mut numbers = vec![0; old_places.len()];
        for (number, old) in (imported..).zip(&old_places) {
            numbers[*old] = number;
        }
        Self { imported, old_places, numbers }
    }

    /// What the module has for each of its functions, in the new order. A damaged one may have too few or too many.
    fn in_new_order<T: Clone>(&self, in_old_order: &[T]) -> Result<Vec<T>, reencode::Error> {
        if in_old_order.len() != self.old_places.len() {
            return Err(reencode::Error::InvalidCodeSectionSize);
        }
        Ok(self.old_places.iter().map(|old| in_old_order[*old].clone()).collect())
    }
}

impl Reencode for Order {
    type Error = Infallible;

    /// Drops it: who made the program with what tools is of no use to a browser.
    fn parse_custom_section(
        &mut self,
        _: &mut Module,
        _: CustomSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        Ok(())
    }

    fn function_index(&mut self, number: u32) -> Result<u32, reencode::Error> {
        let own = number.checked_sub(self.imported).and_then(|place| usize::try_from(place).ok());
        Ok(own.and_then(|place| self.numbers.get(place)).copied().unwrap_or(number))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        let types = section.into_iter().collect::<Result<Vec<u32>, _>>()?;
        for kind in self.in_new_order(&types)? {
            functions.function(kind);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        let bodies = section.into_iter().collect::<Result<Vec<FunctionBody<'_>>, _>>()?;
        for body in self.in_new_order(&bodies)? {
            self.parse_function_body(code, body)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
