"""Writes to standard output what tests/exact.rs expects: the upper case of Python's str.upper.

Made anew by: python3 pipeline/tests/upper_expected.py > pipeline/tests/upper_expected.txt

A line is a word and what it names:
    unicode   the version of Unicode that this Python has
    left-out  code points whose upper case a newer version has and this one has not even assigned
    assigned  the first and the last code point of each run of assigned ones; the surrogates are not among them
    block     its first code point, and the SHA-256 of the upper case of each code point in it
    texts     the number of the group, and the SHA-256 of the upper case of its 1,000 texts
Each upper case is UTF-8 with a byte FF behind it.

With an argument it writes no more than so many groups of texts.
"""

import hashlib
import sys
import unicodedata

# The test finds them by the rule above, and tells when they are others.
LEFT_OUT = [0x019B, 0x0264, 0xA7D3, 0xA7D5]

GROUPS = 100
TEXTS = 1_000
MOST_ITEMS = 200
BLOCK = 0x1000


def assigned_code_points():
    return [code for code in range(0x110000) if unicodedata.category(chr(code)) not in ("Cn", "Cs")]


def runs(codes):
    """First and last of each run of successive numbers."""
    found = []
    for code in codes:
        if found and found[-1][1] + 1 == code:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def kinds_of_items(characters):
    """What an item is chosen from, by its lowest four bits."""
    ascii_text = [chr(code) for code in range(0x20, 0x7F)]
    changing = [character for character in characters if character.upper() != character]
    line_ends = ["\r", "\n", "\r\n"]
    two_bytes = [character for character in characters if 0x80 <= ord(character) < 0x800]
    scripts = [character for character in characters if 0x800 <= ord(character) < 0x3000]
    return 5 * [ascii_text] + 3 * [changing] + [line_ends] + 2 * [two_bytes] + 2 * [scripts] + 3 * [characters]


def split_mix_64(state):
    """The generator of this name, as everywhere."""
    mask = (1 << 64) - 1
    while True:
        state = (state + 0x9E3779B97F4A7C15) & mask
        word = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & mask
        yield word ^ (word >> 31)


def text(words, kinds):
    """The next text: a word for the number of items, then one for two items each, the low half first."""
    items = next(words) % (MOST_ITEMS + 1)
    parts = []
    while items > 0:
        word = next(words)
        for half in (word & 0xFFFFFFFF, word >> 32)[:items]:
            kind = kinds[half & 15]
            parts.append(kind[(half >> 4) % len(kind)])
        items -= 2
    return "".join(parts)


def sha256_of_upper(texts):
    digest = hashlib.sha256()
    for each in texts:
        digest.update(each.upper().encode() + b"\xff")
    return digest.hexdigest()


def main(groups=GROUPS):
    codes = assigned_code_points()
    print("unicode", unicodedata.unidata_version)
    print("left-out", *(f"{code:X}" for code in LEFT_OUT))
    found = [f"{first:X}-{last:X}" for first, last in runs(codes)]
    for start in range(0, len(found), 8):
        print("assigned", *found[start : start + 8])

    characters = [chr(code) for code in codes if code not in LEFT_OUT]
    for start in range(0, 0x110000, BLOCK):
        block = [character for character in characters if start <= ord(character) < start + BLOCK]
        if block:
            print("block", f"{start:X}", sha256_of_upper(block))

    kinds = kinds_of_items(characters)
    for group in range(groups):
        words = split_mix_64(group)
        print("texts", group, sha256_of_upper(text(words, kinds) for _ in range(TEXTS)))


if __name__ == "__main__":
    sys.stdout.reconfigure(newline="\n")
    main(*map(int, sys.argv[1:]))
