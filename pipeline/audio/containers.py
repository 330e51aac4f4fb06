"""What kind of file a recording is, by its content, and whether it ends where it says it does.

FFmpeg is never left to guess: a demuxer is named to it, from the short list of containers that calls are recorded in.
Playlists, manifests and the like have no name on that list, so nothing that points elsewhere is ever followed.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO, Literal

HEAD_BYTES = 4096
MOST_PREFIXES = 8
LARGEST_OGG_PAGE = 65_307
GSM_FRAME_BYTES = 33
STREAMED_WAV_SIZE = 0x7FFF_0000
"""Recorders that write to a pipe put 0xFFFFFFFF or 0x7FFFFFFF where the length belongs."""

Kind = Literal["audio", "playlist", "video", "text", "other"]


@dataclass(frozen=True, slots=True)
class Container:
    """What a file is: `demuxer` is FFmpeg's name for it (empty unless `kind` is audio), `states_length` whether its
    header says how long it ought to be, `stated_seconds` that length where FFmpeg's own reading of it is no use."""

    kind: Kind
    label: str
    demuxer: str = ""
    states_length: bool = False
    stated_seconds: float | None = None


MARKS: tuple[tuple[int, bytes, Container], ...] = (
    (8, b"WAVE", Container("audio", "WAV", "wav")),
    (0, b"fLaC", Container("audio", "FLAC", "flac", states_length=True)),
    (0, b"OggS", Container("audio", "Ogg", "ogg")),
    (0, b"\x1a\x45\xdf\xa3", Container("audio", "Matroska or WebM", "matroska", states_length=True)),
    (4, b"ftyp", Container("audio", "MP4", "mov", states_length=True)),
    (4, b"moov", Container("audio", "MP4", "mov", states_length=True)),
    (4, b"mdat", Container("audio", "MP4", "mov", states_length=True)),
    (0, b"#!AMR\n", Container("audio", "AMR", "amr")),
    (0, b"#!AMR-WB\n", Container("audio", "AMR", "amr")),
    (8, b"AVI ", Container("video", "AVI")),
    (0, b"FLV\x01", Container("video", "Flash video")),
    (0, b"\x00\x00\x01\xba", Container("video", "MPEG")),
    (0, b"\x00\x00\x01\xb3", Container("video", "MPEG")),
    (0, b"#EXTM3U", Container("playlist", "M3U")),
    (0, b"ffconcat", Container("playlist", "concat")),
    (0, b"v=0\r\n", Container("playlist", "SDP")),
    (0, b"v=0\n", Container("playlist", "SDP")),
    (0, b"[playlist]", Container("playlist", "PLS")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Container("other", "a Windows Media file")),
    (0, b"%PDF", Container("other", "a PDF document")),
    (0, b"PK\x03\x04", Container("other", "a ZIP archive")),
    (0, b"\x89PNG", Container("other", "a PNG picture")),
    (0, b"\xff\xd8\xff", Container("other", "a JPEG picture")),
)


def identify(file: BinaryIO) -> Container:
    """Say what `file` (seekable, read in binary) is from its first bytes; its name plays no part.

    Tags and zeros in front of the sound, as MP3 files have them, are passed over.
    """
    position = 0
    for _ in range(MOST_PREFIXES):
        file.seek(position)
        head = file.read(HEAD_BYTES)
        for offset, mark, container in MARKS:
            if head[offset : offset + len(mark)] == mark:
                return container
        prefix = _after_id3(head) if head.startswith(b"ID3") else len(head) - len(head.lstrip(b"\x00"))
        if prefix == 0:
            break
        position += prefix
    if len(head) > 188 and head[0] == head[188] == 0x47:
        return Container("video", "MPEG transport stream")
    if head and _is_text(head):
        playlist = b"<mpd" in head.lower() or b"<smil" in head.lower()
        return Container("playlist", "manifest") if playlist else Container("text", "plain text")
    return _self_framing(head)


def breaks_off(file: BinaryIO, container: Container) -> bool:
    """Whether `file` ends before its own structure says: the part that FFmpeg passes over in silence.

    Ogg: the last page is whole and carries the end-of-stream flag (RFC 3533, 6). WAV: the data chunk is all there.
    MP4: the last box is all there. Raw GSM: whole frames. For FLAC, Matroska, MP4 and MP3 with a Xing header the
    worker compares the stated length with the decoded one; for the rest it knows a cut by a broken last frame, so AMR,
    ADTS and plain MP3 that end between two frames pass as whole.
    """
    size = file.seek(0, os.SEEK_END)
    if container.demuxer == "ogg":
        return not _ogg_ends(file, size)
    if container.demuxer == "wav":
        return _wav_breaks_off(file, size)
    if container.demuxer == "mov":
        return _boxes_break_off(file, size)
    return container.demuxer == "gsm" and size % GSM_FRAME_BYTES != 0


def _after_id3(head: bytes) -> int:
    if len(head) < 10:
        return len(head)
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    footer = 10 if head[5] & 0x10 else 0
    return 10 + size + footer


def _self_framing(head: bytes) -> Container:
    unknown = Container("other", "data of an unknown kind")
    if len(head) > GSM_FRAME_BYTES and all(byte >> 4 == 0xD for byte in head[::GSM_FRAME_BYTES]):
        return Container("audio", "GSM", "gsm")
    if len(head) < 4 or head[0] != 0xFF:
        return unknown
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if head[1] & 0xF6 == 0xF0:
        return Container("audio", "AAC", "aac")
    if head[1] & 0xE0 == 0xE0 and version != 1 and layer in (1, 2) and head[2] >> 4 != 15 and head[2] >> 2 & 3 != 3:
        seconds = _xing_seconds(head)
        return Container("audio", "MP3", "mp3", states_length=seconds is not None, stated_seconds=seconds)
    return unknown


def _xing_seconds(head: bytes) -> float | None:
    """Length by the frame count of a Xing or Info header. FFmpeg guesses instead when bytes follow the last frame."""
    first_frame = head[:256]
    at = max(first_frame.find(b"Xing"), first_frame.find(b"Info"))
    if at < 0 or len(head) < at + 12 or not head[at + 7] & 1:
        return None
    frames = struct.unpack(">I", head[at + 8 : at + 12])[0]
    halvings = {3: 0, 2: 1, 0: 2}[head[1] >> 3 & 3]
    rate = (44_100, 48_000, 32_000)[head[2] >> 2 & 3] >> halvings
    return float(frames * (576 if halvings else 1152) / rate)


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)


def _ogg_ends(file: BinaryIO, size: int) -> bool:
    file.seek(max(0, size - 2 * LARGEST_OGG_PAGE))
    tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return False
    whole = 27 + page[26] + sum(page[27 : 27 + page[26]])
    return len(page) >= whole and bool(page[5] & 4)


def _wav_breaks_off(file: BinaryIO, size: int) -> bool:
    file.seek(0)
    order = ">" if file.read(12)[:4] == b"RIFX" else "<"
    bytes_per_second, long_size = 0, 0
    while len(chunk := file.read(8)) == 8:
        name, length = chunk[:4], struct.unpack(order + "I", chunk[4:])[0]
        start = file.tell()
        if name == b"data":
            if length == 0xFFFF_FFFF and long_size:
                length = long_size
            elif length >= STREAMED_WAV_SIZE:
                return False
            return bool(length - (size - start) > bytes_per_second // 10)
        body = file.read(min(length, 24))
        if name == b"fmt " and len(body) >= 12:
            bytes_per_second = struct.unpack(order + "I", body[8:12])[0]
        if name == b"ds64" and len(body) >= 16:
            long_size = struct.unpack(order + "Q", body[8:16])[0]
        file.seek(start + length + length % 2)
    return False


def _boxes_break_off(file: BinaryIO, size: int) -> bool:
    position = 0
    while position + 8 <= size:
        file.seek(position)
        header = file.read(16)
        length = struct.unpack(">I", header[:4])[0]
        if length == 0:
            return False
        if length == 1 and len(header) == 16:
            length = struct.unpack(">Q", header[8:16])[0]
        if length < 8:
            return False
        position += length
    return position > size
