"""Text in the encodings that editors and spreadsheets write."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_MOSTLY = 0.4
"""Share of NUL bytes at even or odd places from which on text without a mark is UTF-16."""
_MOST_FOREIGN = 0.25
"""Share of characters outside ASCII up to which bytes may be text in Windows-1252."""


class TextError(ValueError):
    """What is wrong with bytes that should be text; the message goes on after the file's name."""


def decode_text(data: bytes) -> tuple[str, str]:
    """Return the text of a file, with ``\\n`` for every line end, and the name of its encoding.

    UTF-8, UTF-16 and UTF-32 with a byte-order mark, UTF-8 and UTF-16 without one, and Windows-1252.

    Raises:
        TextError: the bytes are no text in one of these.
    """
    text, name = _decoded(data)
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"), name


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return _strictly(data.removeprefix(mark), codec, name), name
    if codec := _without_mark(data):
        return _strictly(data, codec, "UTF-16"), "UTF-16"
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        pass
    foreign = sum(byte >= 0x80 for byte in data)
    if foreign <= _MOST_FOREIGN * len(data):
        try:
            return data.decode("cp1252"), "Windows-1252"
        except UnicodeDecodeError:
            pass
    raise TextError(": not UTF-8 text; save it in UTF-8")


def _strictly(data: bytes, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        other = "" if name == "UTF-8" else " or UTF-8"
        raise TextError(f": not {name}{other} text; save it in UTF-8") from None


def _without_mark(data: bytes) -> str:
    """Return the UTF-16 codec of bytes without a mark: every other byte of plain letters and digits is NUL."""
    half = len(data) // 2
    if half < 2:
        return ""
    even, odd = data[: 2 * half : 2].count(0) / half, data[1::2].count(0) / half
    if odd > _MOSTLY and even < odd / 4:
        return "utf-16-le"
    return "utf-16-be" if even > _MOSTLY and odd < even / 4 else ""
