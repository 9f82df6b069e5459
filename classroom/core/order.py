"""Fractional keys: a place between any two places, without touching either (SPEC 1.6).

A key is 1 to 80 characters of 0-9A-Za-z, compared byte by byte. Keys made here have a whole part that
counts and, only where something was put between neighbours, a fraction. The first character of the whole
part says how many digits follow (`a` one, `b` two, … and downwards `Z` one, `Y` two, …), so that adding
at the end costs a character only when a power of 62 is passed: a1 … az, b01 … bzz, c001. No key made here
ends in 0, for nothing fits between `x` and `x0`.

Promises: `between(a, b)` is total for a <= b, whatever valid keys others have written. Where there is
room for a key of at most 80 characters it lies strictly between; where there is none (equal keys, `x` and
`x0`, 80 characters used up) it is the neighbour's own key, and equal keys are ordered by id. The twin is
`labextension/src/core/order.ts`.
"""

from __future__ import annotations

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""In the order of their bytes."""
BASE = len(DIGITS)
LONGEST = 80
"""As `records.Order` allows."""
FIRST = "a1"
_VALUE = {digit: value for value, digit in enumerate(DIGITS)}


def between(a: str | None, b: str | None) -> str:
    """A key above `a` and below `b`; None is the open end. Raises `ValueError` when a > b."""
    for key in (a, b):
        if key is not None and (not key or any(c not in _VALUE for c in key)):
            raise ValueError(f"not a key: {key!r}")
    if a is None and b is None:
        return FIRST
    if a is None:
        assert b is not None
        made = _below(b) or _middle("", b)
    elif b is None:
        made = _above(a) or _middle(a, None)
    elif a > b:
        raise ValueError(f"{a} does not come before {b}")
    else:
        made = _above(a)
        if made is None or made >= b or _touch(made, b):
            made = _middle(a, b)
    if made is None or len(made) > LONGEST:
        return a if a is not None else str(b)
    return made


def several(a: str | None, b: str | None, n: int) -> list[str]:
    """`n` rising keys between `a` and `b`."""
    if n <= 0:
        return []
    if a is None and b is not None:
        falling = [between(None, b)]
        while len(falling) < n:
            falling.append(between(None, falling[-1]))
        return falling[::-1]
    counted = [between(a, None)]
    while len(counted) < n:
        counted.append(between(counted[-1], None))
    if b is None or counted[-1] < b:
        return counted
    middle = between(a, b)
    left = (n - 1) // 2
    return [*several(a, middle, left), middle, *several(middle, b, n - 1 - left)]


def _digits(head: str) -> int:
    """How many digits follow this first character of a whole part; 0: none begins so."""
    if "a" <= head <= "z":
        return ord(head) - ord("a") + 1
    return ord("Z") - ord(head) + 1 if "A" <= head <= "Z" else 0


def _whole(key: str) -> str | None:
    """The whole part of a key, filled up with zeros where the key is shorter than its head says."""
    count = _digits(key[0])
    return key[: count + 1].ljust(count + 1, "0") if count else None


def _above(a: str) -> str | None:
    """The next whole key above `a`; None when the whole keys end before."""
    whole = _whole(a)
    if whole is None:
        return FIRST  # begins with a figure, below all whole keys
    digits = whole[1:].rstrip("z")
    count = len(whole) - 1
    if digits:
        made = whole[0] + digits[:-1] + DIGITS[_VALUE[digits[-1]] + 1] + "0" * (count - len(digits))
    elif whole[0] == "z":
        return None
    else:
        head = "a" if whole[0] == "Z" else chr(ord(whole[0]) + 1)
        made = head + "0" * _digits(head)
    return made[:-1] + "1" if made[-1] == "0" else made


def _below(b: str) -> str | None:
    """The next whole key below `b`; None when there is none."""
    whole = _whole(b)
    if whole is None:
        return None
    if whole < b and whole[-1] != "0":
        return whole
    digits = whole[1:].rstrip("0")
    count = len(whole) - 1
    if digits:
        made = whole[0] + digits[:-1] + DIGITS[_VALUE[digits[-1]] - 1] + "z" * (count - len(digits))
        if made[-1] != "0":
            return made
        return _below(made)
    if whole[0] == "A":
        return None
    head = "Z" if whole[0] == "a" else chr(ord(whole[0]) - 1)
    return head + "z" * _digits(head)


def _touch(a: str, b: str) -> bool:
    """Does nothing fit between `a` and `b`, for all that follows `a` in `b` is zeros?"""
    return b.startswith(a) and not b[len(a) :].strip("0")


def _middle(a: str, b: str | None) -> str | None:
    """A short key strictly between two neighbours, digit by digit; None when nothing fits.

    One that touches `b` is given only where no other is left: the next one would find no room."""
    made = ""
    last: str | None = None
    for i in range(LONGEST):
        low = _VALUE[a[i]] if i < len(a) else 0
        if b is None:
            high = BASE
        elif i < len(b):
            high = _VALUE[b[i]]
        else:
            return None
        if high - low > 1:
            return made + DIGITS[(low + high) // 2]
        if high - low == 1 and b is not None:
            if i + 1 < len(b):
                last = made + DIGITS[high]
                if not _touch(last, b):
                    return last
            b = None
        made += DIGITS[low]
    return last
