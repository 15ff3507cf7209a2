"""Unpacks a compressed file into a folder of ours, and stops before it fills the disk."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any

from alignment_metrics.charter.grammar import shown

# What each is called, by its ending.
PACKINGS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "Zstandard", ".zip": "zip"}
_CHUNK = 1 << 20
_MOST_TIMES = 200
_MUCH = 1 << 30
_ROOM = 1 << 30
_MOST_NAMES = 5
_DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError)


def unpack(path: Path, target: Path, kinds: Collection[str]) -> Path:
    """The unpacked file: ``target`` with the ending of what was in it, one of ``kinds``.

    Raises
    ------
    ValueError
        It is damaged, holds not exactly one file that is read, or grows too large.
    """
    packing = path.suffix.lower()
    if packing == ".zip":
        return _unzip(path, target, kinds)
    kind = path.with_suffix("").suffix.lower()
    unpacked = target.with_suffix(kind)
    try:
        with _open(path, packing) as source:
            _pour(source, unpacked, path.stat().st_size)
    except _DAMAGED as error:
        raise ValueError(_reason(error, PACKINGS[packing])) from None
    return unpacked


def _unzip(path: Path, target: Path, kinds: Collection[str]) -> Path:
    try:
        with zipfile.ZipFile(path) as archive:
            member = _only([one for one in archive.infolist() if not one.is_dir()], kinds)
            unpacked = target.with_suffix(_ending(member))
            with archive.open(member) as source:
                _pour(source, unpacked, path.stat().st_size)
    except _DAMAGED as error:
        raise ValueError(_reason(error, PACKINGS[".zip"])) from None
    return unpacked


def _only(members: list[zipfile.ZipInfo], kinds: Collection[str]) -> zipfile.ZipInfo:
    """The one file of an archive that can be read. Its name is only shown: it never becomes a path."""
    # What a Mac puts beside each file bears its name.
    read = [one for one in members if _ending(one) in kinds and not one.filename.startswith("__MACOSX/")]
    if len(read) != 1:
        named = ", ".join(shown(one.filename) for one in (read or members)[:_MOST_NAMES])
        more = len(read or members) - _MOST_NAMES
        named += f" and {more} more" if more > 0 else ""
        if read:
            raise ValueError(
                f"the archive holds {len(read):,} files: {named}; unpack it and name those that are meant."
            )
        raise ValueError(f"the archive holds no file of a kind that is read, but {named or 'nothing'}; pack it again.")
    if read[0].flag_bits & 1:
        raise ValueError("the archive is protected by a password; pack it without one.")
    return read[0]


def _ending(member: zipfile.ZipInfo) -> str:
    return Path(member.filename).suffix.lower()


def _open(path: Path, packing: str) -> Any:
    if packing == ".gz":
        return gzip.open(path)
    if packing == ".bz2":
        return bz2.open(path)
    if packing == ".xz":
        return lzma.open(path)
    import pyarrow as pa

    if not pa.Codec.is_available("zstd"):
        raise ValueError("files packed by Zstandard are not read on this machine; pack it as .gz.")
    return pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")


def _pour(source: IO[bytes], target: Path, packed: int) -> None:
    size = 0
    with target.open("wb") as unpacked:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > max(_MUCH, _MOST_TIMES * packed):
                raise ValueError(
                    f"what comes out of it is more than {_MOST_TIMES} times as large as the file, which no export is; "
                    f"unpack it yourself if you trust it, and name what was in it."
                )
            if shutil.disk_usage(target.parent).free < _ROOM:
                raise ValueError("there is no room to unpack it in the folder for temporary files; make some.")
            unpacked.write(chunk)


def _reason(error: Exception, called: str) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        raise error
    return f"the file is not {called}, or is damaged; export it again."
