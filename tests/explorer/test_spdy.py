"""SPDY frames, as kubectl's port-forward sends them."""

import struct
import zlib

import pytest

from explorer.api.spdy import DICTIONARY, FIN, PING, RST_STREAM, SYN_REPLY, SYN_STREAM, Broken, Frame, Frames


def syn(stream: int, headers: dict[str, str], deflate: "zlib._Compress", fin: bool = False) -> bytes:
    texts = b"".join(struct.pack(">I", len(t)) + t.encode() for pair in headers.items() for t in pair)
    block = deflate.compress(struct.pack(">I", len(headers)) + texts) + deflate.flush(zlib.Z_SYNC_FLUSH)
    body = struct.pack(">IIBB", stream, 0, 0, 0) + block
    return struct.pack(">HHI", 0x8003, SYN_STREAM, (FIN if fin else 0) << 24 | len(body)) + body


def test_the_dictionary_is_the_protocols_own() -> None:
    assert zlib.adler32(DICTIONARY) == 0xE3C6A7C2


def test_streams_share_one_compression_context() -> None:
    deflate, frames = zlib.compressobj(zdict=DICTIONARY), Frames()
    first, second = {"streamtype": "error", "port": "80", "requestid": "0"}, {"streamtype": "data", "port": "80", "requestid": "0"}
    found = frames.feed(syn(1, first, deflate, fin=True) + syn(3, second, deflate))
    assert [(f.stream, f.fin, f.headers) for f in found] == [(1, True, first), (3, False, second)]


def test_frames_come_whole_however_the_bytes_are_cut() -> None:
    deflate, frames = zlib.compressobj(zdict=DICTIONARY), Frames()
    data = syn(1, {"port": "80"}, deflate) + Frames().data(1, b"GET / HTTP/1.1\r\n\r\n", fin=True) + Frames().ping(7)
    found = [frame for byte in data for frame in frames.feed(bytes((byte,)))]
    assert [(f.kind, f.stream, f.data, f.number) for f in found] == [(SYN_STREAM, 1, b"", 0), (0, 1, b"GET / HTTP/1.1\r\n\r\n", 0), (PING, 7, b"", 7)]


def test_replies_are_read_by_a_client_with_its_own_context() -> None:
    frames = Frames()
    for stream in (1, 3):
        kind, block = struct.unpack_from(">H", frames.reply(stream), 2)[0], b""
        assert kind == SYN_REPLY
    inflate, again = zlib.decompressobj(zdict=DICTIONARY), Frames()
    block = b"".join(again.reply(stream)[12:] for stream in (1, 3))
    assert inflate.decompress(block) == struct.pack(">II", 0, 0)


def test_frames_that_do_not_matter_are_passed_over() -> None:
    settings = struct.pack(">HHI", 0x8003, 4, 4) + struct.pack(">I", 0)
    assert Frames().feed(settings + Frames().reset(5)) == [Frame(RST_STREAM, 5, number=5)]


@pytest.mark.parametrize(
    "data",
    [struct.pack(">HHI", 0x8003, SYN_STREAM, 12) + b"x" * 12, struct.pack(">II", 1, 0xFFFFFF), struct.pack(">HHI", 0x8003, SYN_STREAM, 2) + b"ab"],
)
def test_what_is_no_spdy_is_refused(data: bytes) -> None:
    with pytest.raises(Broken):
        Frames().feed(data)
