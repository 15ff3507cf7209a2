"""Decides from the whole of a text file in which encoding it is written, or asks; nothing is guessed."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from alignment_metrics.charter.grammar import shown

UTF_8, _UTF_16, _LITTLE, _BIG, CP1252 = "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252"
SPOKEN = {UTF_8: "UTF-8", _LITTLE: "UTF-16", _BIG: "UTF-16", CP1252: "cp1252"}
_MARKS = ((codecs.BOM_UTF8, UTF_8), (codecs.BOM_UTF16_LE, _LITTLE), (codecs.BOM_UTF16_BE, _BIG))
_CHUNK = 1 << 20
_START = 4096
_MOST_LETTERS = 3
_WINDOW = 64
# The five bytes to which Windows gave no character.
_NO_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_CUT = "the file ends in the middle of a character, as if it were cut off; export it again."


def encoding_of(path: Path, said: str | None) -> str:
    """The encoding of a file: by its mark, by what all its bytes allow, else as the charter ``said``.

    Raises
    ------
    ValueError
        Two encodings are possible and the charter names none, or none is possible.
    """
    with path.open("rb") as file:
        start = file.read(_START)
    marked = next((codec for mark, codec in _MARKS if start.startswith(mark)), None)
    codec = marked or _unmarked(start, said)
    if codec in (_LITTLE, _BIG):
        return codec
    wrong = _first_not_utf_8(path)
    if said == _UTF_16 and not marked:
        raise ValueError(_refused(1, said))
    if wrong is None:
        return UTF_8
    if marked:
        raise ValueError(_unlike_its_start(_line(path, wrong), UTF_8))
    if said == UTF_8:
        raise ValueError(_refused(_line(path, wrong), said))
    undefined = _first(path, _NO_CP1252)
    if undefined is not None:
        line = _line(path, undefined)
        told = f"line {line} is neither UTF-8 nor cp1252 text; save the file as CSV UTF-8."
        raise ValueError(_refused(line, said) if said else told)
    if said is None:
        raise ValueError(_question(_letters(path, wrong)))
    return CP1252


def told_by(path: Path, words: Collection[str]) -> str | None:
    """cp1252 where a file that is not UTF-8 holds, read so, one of the words it is known to hold; else None.

    Only words with letters beyond ASCII tell.
    """
    whole = path.read_bytes()
    try:
        whole.decode(UTF_8)
    except UnicodeDecodeError:
        text = whole.decode(CP1252, "replace").casefold()
        return CP1252 if any(word.casefold() in text for word in words if not word.isascii()) else None
    return None


def transcode(path: Path, codec: str, target: Path) -> None:
    """Write ``path`` in UTF-8, without a mark, and with the line ends of today where it has those of old Macs."""
    lines, mac = 1, None
    with target.open("w", encoding=UTF_8, newline="") as copy:
        for text in _decoded(path, codec):
            if "\0" in text:
                raise ValueError(_not_text(lines + text[: text.index("\0")].count("\n")))
            if mac is None:
                text, mac = text.removeprefix("\ufeff"), old_mac(text)
            lines += text.count("\n")
            copy.write(text.replace("\r", "\n") if mac else text)


def old_mac(start: str) -> bool:
    """Whether lines end as they did on old Macs: with a carriage return and nothing else."""
    return "\r" in start[:-1] and "\n" not in start


def _unmarked(start: bytes, said: str | None) -> str | None:
    """UTF-16 without a mark shows by its zeros: of Western letters, every second byte is one."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    # Where the charter says so, the zeros of a few delimiters and line ends are enough.
    least = 0 if said == _UTF_16 else len(start) // 4
    if even == odd or max(even, odd) <= least or (min(even, odd) and said != _UTF_16):
        return None
    return _LITTLE if odd > even else _BIG


def _first_not_utf_8(path: Path) -> int | None:
    """Where a file stops being UTF-8 text; None where it never does."""
    decoder = codecs.getincrementaldecoder(UTF_8)()
    at, beyond_ascii = 0, False
    for chunk in _chunks(path):
        if b"\0" in chunk:
            raise ValueError(_not_text(_line(path, at + chunk.index(b"\0"))))
        pending = decoder.getstate()[0]
        if pending or not chunk.isascii():
            try:
                beyond_ascii |= not decoder.decode(chunk).isascii()
            except UnicodeDecodeError as error:
                return at - len(pending) + error.start
        at += len(chunk)
    if not (pending := decoder.getstate()[0]):
        return None
    if beyond_ascii:
        raise ValueError(_CUT)
    return at - len(pending)


def _decoded(path: Path, codec: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(codec)()
    lines = 1
    for chunk in _chunks(path):
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            lines += error.object[: error.start].decode(codec).count("\n")
            raise ValueError(_unlike_its_start(lines, codec)) from None
        lines += text.count("\n")
        yield text
    if decoder.getstate()[0]:
        raise ValueError(_CUT)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _first(path: Path, pattern: re.Pattern[bytes]) -> int | None:
    at = 0
    for chunk in _chunks(path):
        if found := pattern.search(chunk):
            return at + found.start()
        at += len(chunk)
    return None


def _line(path: Path, offset: int) -> int:
    """The line in which a byte stands."""
    at, lines = 0, 1
    for chunk in _chunks(path):
        lines += chunk[: max(offset - at, 0)].count(b"\n")
        at += len(chunk)
        if at >= offset:
            break
    return lines


def _letters(path: Path, offset: int) -> list[str]:
    """A few letters that only cp1252 can tell, from where the first of them stands; words might be somebody's name."""
    with path.open("rb") as file:
        file.seek(max(offset - _WINDOW, 0))
        text = file.read(_START).decode(CP1252, "replace")
    return list(dict.fromkeys(letter for letter in text if not letter.isascii()))[:_MOST_LETTERS]


def _question(letters: list[str]) -> str:
    one = len(letters) == 1
    return (
        f"the file is not UTF-8 text; as cp1252 it would have {'the letter' if one else 'letters such as'} "
        f"{', '.join(shown(letter) for letter in letters)}: if {'that is' if one else 'those are'} of its language, "
        f'say encoding = "cp1252" under this file\'s [[export]] in the charter, else save it as CSV UTF-8.'
    )


def _refused(line: int, said: str) -> str:
    return (
        f'line {line} cannot be read as the charter says, encoding = "{said}"; correct it under this file\'s '
        f"[[export]], or save the file as CSV UTF-8."
    )


def _unlike_its_start(line: int, codec: str) -> str:
    return f"line {line} is not {SPOKEN[codec]} text, though the file begins as such; save the file as CSV UTF-8."


def _not_text(line: int) -> str:
    return f"line {line} holds the character NUL, so the file is not text; export it again as CSV UTF-8."
