//! What the head of an answer says.

/// The longest wait that a server may ask for.
pub const MOST_RETRY_AFTER_MS: u64 = 5 * 60 * 1_000;

/// The head of an answer, as far as the browser lets it be read: another website's server must allow each header but a few.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Length`.
    pub length: Option<u64>,
    /// Whether the body is compressed, so that it has other bytes than `length` counts; `None` where the browser hides it.
    pub is_encoded: Option<bool>,
    /// `ETag`.
    pub etag: Option<String>,
    /// `Content-Range`.
    pub content_range: Option<String>,
    /// `Retry-After`.
    pub retry_after: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
}

/// A part of a file: `bytes 500-999/1000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    /// Its first byte.
    pub first: u64,
    /// Its last byte.
    pub last: u64,
    /// The bytes of the whole file, if the server says so.
    pub total: Option<u64>,
}

impl ContentRange {
    /// Reads the header; `None` where it says no range, or one that cannot be.
    pub fn read(header: &str) -> Option<Self> {
        let (unit, range) = header.trim_ascii().split_once(' ')?;
        let (range, total) = range.trim_ascii().split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let total = if total.trim_ascii() == "*" { None } else { Some(whole_number(total)?) };
        let range = Self { first: whole_number(first)?, last: whole_number(last)?, total };
        let is_in_order = range.first <= range.last && total.is_none_or(|total| range.last < total);
        (unit.eq_ignore_ascii_case("bytes") && is_in_order).then_some(range)
    }
}

/// The number in a header that consists of digits alone.
fn whole_number(text: &str) -> Option<u64> {
    let text = text.trim_ascii();
    // The standard library reads `+5` as well.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Whether two answers with this `ETag` have the same bytes, so that one can continue the other.
pub fn is_strong(etag: &str) -> bool {
    etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"')
}

impl Answer {
    /// How long the server asks to wait, at most [`MOST_RETRY_AFTER_MS`]; a date is not read.
    pub fn retry_after_ms(&self) -> Option<u64> {
        let text = self.retry_after.as_deref()?.trim_ascii();
        let are_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // What is too large to be read is too long to wait.
        let seconds = || text.parse().unwrap_or(u64::MAX);
        are_digits.then(|| seconds().saturating_mul(1_000).min(MOST_RETRY_AFTER_MS))
    }

    /// What `Content-Range` says.
    pub fn content_range(&self) -> Option<ContentRange> {
        ContentRange::read(self.content_range.as_deref()?)
    }

    /// The size of the body, if `length` counts its bytes.
    pub fn body_bytes(&self) -> Option<u64> {
        self.length.filter(|_| self.is_encoded != Some(true))
    }

    /// The `ETag` and the size that later show whether a part belongs to the same file.
    pub fn resumable(&self) -> Option<(&str, u64)> {
        let etag = self.etag.as_deref().filter(|etag| is_strong(etag))?;
        Some((etag, self.body_bytes()?))
    }

    /// Whether the body is the rest, from `from_bytes` on, of the file with this length and `ETag`.
    pub fn resumes(&self, from_bytes: u64, length: u64, etag: &str) -> bool {
        let Some(ContentRange { first, last, total }) = self.content_range() else { return false };
        let is_the_rest = first == from_bytes && last.checked_add(1) == Some(length) && total == Some(length);
        let is_whole =
            self.length.is_none_or(|bytes| length.checked_sub(from_bytes).is_some_and(|rest| bytes == rest));
        let is_same = is_strong(etag) && self.etag.as_deref() == Some(etag) && self.is_encoded != Some(true);
        self.status == 206 && is_the_rest && is_whole && is_same
    }
}

#[cfg(test)]
mod tests;
