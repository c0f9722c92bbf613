//! A generated text for the lesson, for use without a file: lines in several scripts, some of which end in CRLF.

use std::array;

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::SplitMix64;

/// A line gets words until it has at least the first number of bytes; it stays below the sum of both.
const LEAST: usize = 24;
const VARYING: usize = 64;

/// Bytes of a word that are copied at once, and the most that a line may have.
const WORD: usize = 32;
const MOST: usize = 160;

/// Words of a script to choose from; where there are fewer, they come more than once.
const WORDS: usize = 64;

const ENGLISH: &str = "\
    a I the The of to in is it on at by and And but not they with from this When then more Each \
    queue lines seven river paper white stone Alice waits reads, letter worker bridge garden always \
    Friday evening thread; between nothing another Outside finished producer together, consumer \
    mountain sentinel yesterday difficult telephone library. important understand afternoon: \
    background transformer (sometimes) 42 1,000";

const LATIN: &str = "\
    Straße größer weiß ﬁligran ﬁel Gefäß über naïve façade élève où œuvre garçon mañana señal \
    coração não łódka żółw źródło čtvrtek příští ťava šťastný ŝipo ångström smørrebrød ærlig þing \
    ığdır ŉ ﬄat";

const GREEK: &str = "\
    πραΰς ταΰγετος ΰλη μαΐστρος προΐσταμαι καΐκι θάλασσα ουρανός γράμμα λέξη σελίδα και το της ένα \
    δύο τρία, νερό ήλιος φως ώρα αύριο χθες Κυριακή βιβλίο δρόμος σπίτι πόρτα ψωμί ξύλο Αθήνα ᾳδω";

const CYRILLIC: &str = "\
    река мост письмо очередь строка работник и в не на она это когда потом вечер, бумага камень \
    белый ёлка съезд щука жизнь їжак ґанок љубав ђак џеп ўзор қала Ӏуьйре между Ничего";

const CHINESE_JAPANESE_KOREAN: &str = "\
    川 橋 手紙 行列 一行 働く人 白い石 夕方、 図書館。 電話 山の上 ことば カタカナ ラ゚ン 你好 中文 水果 下午 昨天 图书馆 桥梁 队列, 하늘 바다 편지 다리를 기다린다 흰돌 \
    저녁에 ａｂｃ 𠮷野 ☂";

/// A word with a space behind it.
#[derive(Clone, Copy, Debug)]
struct Word {
    bytes: [u8; WORD],
    length: usize,
}

/// A text of any length: the same for the same seed and length, however it is read.
#[derive(Clone, Debug)]
pub struct Generated {
    random: SplitMix64,
    /// Of each script; English comes first.
    words: Box<[[Word; WORDS]; 5]>,
    /// Bytes of the lines to come.
    left: u64,
    /// The line that is read, and from where on.
    line: [u8; MOST],
    length: usize,
    read: usize,
}

impl Generated {
    /// The text of this seed of exactly so many bytes.
    pub fn new(seed: u64, bytes: u64) -> Self {
        let scripts = [ENGLISH, LATIN, GREEK, CYRILLIC, CHINESE_JAPANESE_KOREAN];
        Self {
            random: SplitMix64::seed_from_u64(seed),
            words: Box::new(scripts.map(words)),
            left: bytes,
            line: [0; MOST],
            length: 0,
            read: 0,
        }
    }

    /// Appends at most so many bytes, which may end inside a character. Returns how many: 0 only at the end, or when no
    /// more are asked for.
    pub fn read(&mut self, into: &mut Vec<u8>, most_bytes: usize) -> usize {
        let mut wanted = most_bytes;
        while wanted > 0 {
            if self.read == self.length {
                if self.left == 0 {
                    break;
                }
                self.next_line();
            }
            let bytes = (self.length - self.read).min(wanted);
            into.extend_from_slice(&self.line[self.read..self.read + bytes]);
            self.read += bytes;
            wanted -= bytes;
        }
        most_bytes - wanted
    }

    fn next_line(&mut self) {
        let mut bits = Bits(self.random.next_u64());
        let words = &self.words[[0, 0, 0, 0, 1, 2, 3, 4][bits.choose(8)]];
        let end: &[u8] = if bits.choose(10) == 0 { b"\r\n" } else { b"\n" };
        let least = LEAST + bits.choose(VARYING);

        self.length = 0;
        let mut words_left = 0;
        while self.length < least {
            if words_left == 0 {
                bits = Bits(self.random.next_u64());
                words_left = 10;
            }
            words_left -= 1;
            let word = &words[bits.choose(WORDS)];
            self.line[self.length..self.length + WORD].copy_from_slice(&word.bytes);
            self.length += word.length;
        }
        // In the place of the last space.
        self.length -= 1;
        self.line[self.length..self.length + end.len()].copy_from_slice(end);
        self.length += end.len();
        self.read = 0;
        self.end_at_left();
    }

    /// The last line is cut, and filled up where a character does not fit.
    fn end_at_left(&mut self) {
        if let Some(left) = usize::try_from(self.left).ok().filter(|left| *left < self.length) {
            let continues = |byte: u8| byte & 0xC0 == 0x80;
            let cut = (0..=left).rev().find(|cut| !continues(self.line[*cut])).unwrap_or(0);
            self.line[cut..left].fill(b'.');
            self.length = left;
        }
        self.left -= self.length as u64;
    }
}

fn words(script: &str) -> [Word; WORDS] {
    let mut words = script.split_whitespace().map(Word::new).cycle();
    array::from_fn(|_| words.next().expect("a script has words"))
}

impl Word {
    fn new(word: &str) -> Self {
        let mut bytes = [b' '; WORD];
        bytes[..word.len()].copy_from_slice(word.as_bytes());
        Self { bytes, length: word.len() + 1 }
    }
}

/// Random bits, of which a part is used at a time.
struct Bits(u64);

impl Bits {
    /// One of so many choices.
    #[inline]
    fn choose(&mut self, choices: usize) -> usize {
        let choices = choices as u64;
        let choice = self.0 % choices;
        self.0 /= choices;
        #[expect(clippy::cast_possible_truncation, reason = "it is less than the number of choices")]
        let choice = choice as usize;
        choice
    }
}

#[cfg(test)]
mod tests;
