#!/usr/bin/env python3
"""Makes the corpus of fuzz_log: small segments in the format of docs/formats/delta-log.md, whole and broken.

Checksums are left 0: the target mends that of the header always, and those of the frames when the last byte is odd.
"""
import os
import struct

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "log")
INTENT, BEGIN, PART, COMMIT, EPOCH, CHECK = range(1, 7)


def header(segment_bytes=65536, first_offset=1, first_sequence=1, epoch=0, major=1):
    head = b"QALOG\r\n\x1a" + struct.pack("<HHHH", major, 0, major, 0) + bytes(range(16))
    head += struct.pack("<IIQQIIq", 1, segment_bytes, first_offset, first_sequence, epoch, 1, 0)
    return head.ljust(512, b"\0")


def frame(kind, sequence, payload, epoch=1, durable=0, time=0, length=None):
    length = len(payload) if length is None else length
    return struct.pack("<IIQIBBHQq", length, 0, sequence, epoch, kind, 0, 0, durable, time) + payload


def segment(head, frames):
    data = bytearray(head)
    for one in frames:
        data += b"\0" * (-len(data) % 8)
        if 512 - len(data) % 512 < 40:
            data += b"\0" * (512 - len(data) % 512)
        data += one
    return bytes(data)


def epoch_payload(offset=0):
    return struct.pack("<Q", offset) + bytes(32) + struct.pack("<QqQ", 7, 0, 0)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    start = frame(EPOCH, 1, epoch_payload())
    odd = b"\1"
    files = {
        "empty": b"",
        "header": header(),
        "newer": header(major=9),
        "epoch": segment(header(), [start]) + bytes(511) + odd,
        "intents": segment(header(), [start] + [frame(INTENT, 2 + i, b"x" * (i * 37), time=i, durable=1 + i)
                                                for i in range(12)]) + bytes(63) + odd,
        "parts": segment(header(), [start, frame(BEGIN, 2, struct.pack("<QII", 6, 2, 0)), frame(PART, 3, b"abc"),
                                    frame(PART, 4, b"def"), frame(COMMIT, 5, bytes(32))]) + bytes(64) + odd,
        "parts_hostile_total": segment(header(), [start, frame(BEGIN, 2, struct.pack("<QII", 1 << 30, 1 << 31, 0)),
                                                  frame(PART, 3, b"abc")]) + bytes(64) + odd,
        "check": segment(header(), [start, frame(CHECK, 2, bytes(72))]) + bytes(64) + odd,
        "length_hostile": segment(header(), [start, frame(INTENT, 2, b"abc", length=0xFFFFFFFF)]) + odd,
        "many_candidates": segment(header(), [frame(INTENT, 99 + i, b"", durable=90, length=60000, epoch=3)
                                              for i in range(400)]) + bytes(60000),
        "sequence_end": segment(header(first_sequence=2**64 - 1, first_offset=2**64 - 1), []) + odd,
    }
    for name, data in files.items():
        with open(os.path.join(FOLDER, name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
