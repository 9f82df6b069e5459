"""LZ-string's base64 form, read: tldraw's clipboard carries its drawings so. The method is Lempel, Ziv and Welch's
(1984) with a growing code width, over UTF-16 units. It promises never to make more than `most` characters.
"""

from __future__ import annotations

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_VALUE = {letter: n for n, letter in enumerate(ALPHABET)}


def decompress(packed: str, most: int) -> str:
    """The text. Raises ValueError for what is none, or is longer than `most`."""
    bits = _Bits(packed)
    # Codes 0, 1 and 2 mean: a character of 8 bits, of 16 bits, the end. What is known starts after them.
    kind = bits.take(2)
    if kind == 2:
        return ""
    word = chr(bits.take(8 if kind == 0 else 16))
    known: dict[int, str] = {3: word}
    following = 4
    wide, left = 3, 4
    out = [word]
    length = 1
    while True:
        code = bits.take(wide)
        if code == 2:
            return "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if code in (0, 1):
            known[following] = chr(bits.take(8 if code == 0 else 16))
            code = following
            following += 1
            left -= 1
            if left == 0:
                left, wide = 1 << wide, wide + 1
        if code in known:
            entry = known[code]
        elif code == following:
            entry = word + word[0]
        else:
            raise ValueError("not packed by LZ-string")
        out.append(entry)
        length += len(entry)
        if length > most:
            raise ValueError("too long")
        known[following] = word + entry[0]
        following += 1
        word = entry
        left -= 1
        if left == 0:
            left, wide = 1 << wide, wide + 1


class _Bits:
    """Numbers whose lowest bit comes first, from six bits a letter whose highest comes first."""

    def __init__(self, packed: str) -> None:
        try:
            self.values = [_VALUE[letter] for letter in packed]
        except KeyError:
            raise ValueError("not base64") from None
        self.at, self.mask = 0, 32

    def take(self, count: int) -> int:
        value = 0
        for n in range(count):
            if self.at >= len(self.values):
                raise ValueError("cut off")
            if self.values[self.at] & self.mask:
                value |= 1 << n
            self.mask >>= 1
            if self.mask == 0:
                self.at, self.mask = self.at + 1, 32
        return value
