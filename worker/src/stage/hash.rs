//! Reads back what was written.

use dartboard_threads::Clock;
use dartboard_threads::stage::CHUNK_BYTES;
use dartboard_threads::task::{Report, StageReport};
use sha2::{Digest, Sha256};

use super::texts::StageText;

/// The SHA-256 of what was written so far, while it is read.
#[derive(Default)]
pub(super) struct Hash {
    sha256: Sha256,
    bytes: u64,
    chunk: Vec<u8>,
}

impl Hash {
    /// Reads on until `until_us` at most; what to say once all is read.
    pub(super) fn go_on(
        &mut self,
        text: &mut StageText,
        clock: &impl Clock,
        until_us: u64,
    ) -> Option<Report> {
        while clock.now_us() < until_us {
            self.chunk.resize(CHUNK_BYTES, 0);
            match text.read_back(self.bytes, &mut self.chunk) {
                Err(text) => return Some(StageReport::Trouble { text }.report()),
                Ok(0) => {
                    text.close();
                    let digits = |byte: u8| {
                        [byte >> 4, byte & 15]
                            .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
                    };
                    let sha256 = self.sha256.clone().finalize().into_iter().flat_map(digits).collect();
                    return Some(StageReport::Written { bytes: self.bytes, sha256 }.report());
                }
                Ok(bytes) => {
                    self.sha256.update(&self.chunk[..bytes]);
                    self.bytes += bytes as u64;
                }
            }
        }
        None
    }
}
