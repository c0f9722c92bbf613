//! Where downloads are kept until they are saved: private files in the browser, or memory where it has none.

use dartboard_downloads::error::Cause;
use dartboard_worker::own_files::{self, OwnFile};
use js_sys::{Array, Error, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use super::{FlightId, with};

/// How many bytes are collected before they become a part.
const PART_BYTES: usize = 1 << 20;

/// What is kept of all rows.
pub(super) struct Stores {
    folder: String,
    list: u32,
    has_disk: bool,
    /// How many files there ever were: each has a name of its own.
    files: u32,
    /// Each with its row.
    rows: Vec<(u32, Store)>,
}

/// What is kept of a row.
pub(super) enum Store {
    /// A file in a folder: how many bytes are in it.
    Disk { access: OwnFile, folder: String, file: String, bytes: u64 },
    /// Parts, and what is to become the next one.
    Memory { parts: Array, collected: Vec<u8> },
}

impl Stores {
    /// In the folder of that name, if the browser has files of its own.
    pub(super) async fn new(folder: String, list: u32) -> Self {
        const PROBE: &str = "probe";
        let probe = OwnFile::open(&folder, PROBE).await;
        let has_disk = probe.is_some();
        if let Some(probe) = probe {
            probe.close();
            own_files::remove(&folder, PROBE);
        }
        Self { folder, list, has_disk, files: 0, rows: Vec::new() }
    }

    fn get(&mut self, row: u32) -> Option<&mut Store> {
        self.rows.iter_mut().find(|(other, _)| *other == row).map(|(_, store)| store)
    }

    fn take(&mut self, row: u32) -> Option<Store> {
        let place = self.rows.iter().position(|(other, _)| *other == row)?;
        Some(self.rows.swap_remove(place).1)
    }

    pub(super) fn has_disk(&self) -> bool {
        self.has_disk
    }

    /// What comes next is the row's file from its beginning.
    pub(super) fn start_over(&mut self, row: u32) {
        let is_empty = match self.get(row) {
            Some(Store::Disk { access, bytes, .. }) => {
                *bytes = 0;
                access.clear().is_ok()
            }
            Some(Store::Memory { .. }) => false,
            None => true,
        };
        if !is_empty {
            self.discard(row);
        }
    }

    /// Nothing of it is wanted any more.
    pub(super) fn discard_all(self) {
        self.rows.into_iter().for_each(|(_, store)| store.discard());
    }

    /// The row's file is not wanted any more.
    pub(super) fn discard(&mut self, row: u32) {
        self.take(row).into_iter().for_each(Store::discard);
    }

    /// The row's file, which nobody writes any more; none if nothing came.
    pub(super) fn keep(&mut self, row: u32) -> Option<Store> {
        let store = self.take(row);
        if let Some(Store::Disk { access, .. }) = &store {
            access.close();
        }
        store
    }
}

impl Store {
    /// It is not wanted any more.
    fn discard(self) {
        if let Self::Disk { access, folder, file, .. } = self {
            access.close();
            own_files::remove(&folder, &file);
        }
    }
}

/// Writes what has come for a row behind what is there.
///
/// # Errors
/// Why it cannot be written.
pub(super) async fn write(id: FlightId, chunk: &Uint8Array) -> Result<(), Cause> {
    let row = id.row;
    if with(|manager| manager.stores.get(row).is_none()) == Some(true) {
        open(id).await?;
    }
    // After it was ended nothing is stored: it may be resumed where it was.
    if with(|manager| manager.is_flight(id)) != Some(true) {
        return Ok(());
    }
    with(|manager| match manager.stores.get(row) {
        None => Ok(()),
        Some(Store::Disk { access, bytes, .. }) => {
            access.write_from(chunk, *bytes).map_err(|error| cause(&error))?;
            *bytes += u64::from(chunk.length());
            Ok(())
        }
        Some(Store::Memory { parts, collected }) => {
            let before = collected.len();
            collected.resize(before + chunk.length() as usize, 0);
            chunk.copy_to(&mut collected[before..]);
            if collected.len() >= PART_BYTES { add_part(parts, collected) } else { Ok(()) }
        }
    })
    .unwrap_or(Ok(()))
}

/// Opens a file for a row, if it is still wanted then.
async fn open(id: FlightId) -> Result<(), Cause> {
    let place = with(|manager| {
        let stores = &mut manager.stores;
        stores.files += 1;
        stores.has_disk.then(|| {
            (stores.folder.clone(), [&*stores.list.to_string(), &stores.files.to_string()].join("-"))
        })
    });
    let store = match place.flatten() {
        None => Store::Memory { parts: Array::new(), collected: Vec::new() },
        Some((folder, file)) => {
            let access = OwnFile::open(&folder, &file).await.ok_or(Cause::NotSaved)?;
            Store::Disk { access, folder, file, bytes: 0 }
        }
    };
    with(|manager| {
        if manager.is_flight(id) {
            manager.stores.rows.push((id.row, store));
        } else {
            store.discard();
        }
    });
    Ok(())
}

fn cause(error: &JsValue) -> Cause {
    let is_full = error
        .dyn_ref::<Error>()
        .is_none_or(|error| error.name() == "QuotaExceededError" || error.name() == "Error");
    if is_full { Cause::NoRoom } else { Cause::NotSaved }
}

fn add_part(parts: &Array, collected: &mut Vec<u8>) -> Result<(), Cause> {
    let bytes = Array::of1(&Uint8Array::new_from_slice(collected));
    let part = Blob::new_with_u8_array_sequence(&bytes).map_err(|_| Cause::NoRoom)?;
    parts.push(&part);
    collected.clear();
    Ok(())
}

/// All that was stored, as the page saves it.
///
/// # Errors
/// What the browser throws.
pub(super) async fn whole(store: Option<Store>) -> Result<Blob, JsValue> {
    match store {
        Some(Store::Disk { folder, file, .. }) => own_files::take(&folder, &file).await,
        Some(Store::Memory { parts, mut collected }) => {
            add_part(&parts, &mut collected).map_err(|_| JsValue::NULL)?;
            Blob::new_with_blob_sequence(&parts)
        }
        None => Blob::new_with_blob_sequence(&Array::new()),
    }
}
