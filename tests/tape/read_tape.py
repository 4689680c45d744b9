#!/usr/bin/env python3
"""read_tape.py FILE... - prints the frames of tapes as `recv_ns TAB message`.

Written from src/tape/README.md alone, to find out whether the format can be read
from its description.  It shares no code and no table with the program.  Faults
go to stderr and never stop it.
"""
import struct
import sys
import zlib

HEADER = struct.Struct("<4sBBHIIIIIIqqI")
FRAME = 4


def header_at(data, offset):
    """The fields of the block header at offset, or None if there is none."""
    if offset + HEADER.size > len(data):
        return None
    raw = data[offset:offset + HEADER.size]
    (magic, kind, method, zero, tape, sequence, count, raw_bytes, stored_bytes,
     payload_crc, first_ns, last_ns, crc) = HEADER.unpack(raw)
    if magic != b"TWB1" or zero != 0 or zlib.crc32(raw[:48]) != crc:
        return None
    if kind not in (1, 2) or method not in (1, 2):
        return None
    if not 1 <= stored_bytes <= raw_bytes <= 4194304 or not 0 <= first_ns <= last_ns:
        return None
    if kind == 1 and raw_bytes > 65536 and count != 1:
        return None
    if (kind == 1) != (count > 0) or (method == 1 and stored_bytes != raw_bytes):
        return None
    return dict(kind=kind, method=method, tape=tape, sequence=sequence, count=count,
                raw_bytes=raw_bytes, stored_bytes=stored_bytes,
                payload_crc=payload_crc, first_ns=first_ns, last_ns=last_ns)


def tape_id(data):
    """What the first block says, or, when it is damaged, the index block."""
    first = header_at(data, 0)
    if first is None and data[-4:] == b"TWE1":
        offset, crc = struct.unpack("<QI", data[-16:-4])
        if zlib.crc32(data[-16:-8]) == crc:
            first = header_at(data, offset)
    return None if first is None else first["tape"]


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def records(head, payload):
    """(kind, recv_ns, data) of all records; raises when they are not sound."""
    at, ns, found = 0, head["first_ns"], []
    while at < len(payload):
        kind = payload[at]
        at += 2  # and the venue
        _, at = varint(payload, at)  # link
        delta, at = varint(payload, at)
        asked, at = varint(payload, at)
        data, at = varint(payload, at)
        ns += delta
        at += asked
        if at + data > len(payload):
            raise ValueError("a record reaches behind the block")
        found.append((kind, ns, payload[at:at + data]))
        at += data
    if len(found) != head["count"] or ns != head["last_ns"]:
        raise ValueError("the header says something else")
    return found


def read(name, out):
    with open(name, "rb") as file:
        data = file.read()
    ours = tape_id(data)
    offset, next_sequence, last_ns = 0, 0, 0
    while offset < len(data):
        if data[offset + 12:offset + 16] == b"TWE1" and offset + 16 == len(data):
            return
        head = header_at(data, offset)
        end = offset + HEADER.size + (head["stored_bytes"] if head else 0)
        stored = data[offset + HEADER.size:end] if head else b""
        if head is None or (ours is not None and head["tape"] != ours) or \
                end > len(data) or zlib.crc32(stored) != head["payload_crc"]:
            at = offset
            offset += 1
            while offset < len(data):
                offset = data.find(b"TWB1", offset)
                if offset < 0:
                    offset = len(data)
                    break
                found = header_at(data, offset)
                if found and (ours is None or found["tape"] == ours):
                    break
                offset += 1
            print("%s: %d bytes left out at %d" % (name, offset - at, at), file=sys.stderr)
            continue
        ours = head["tape"]
        offset = end
        if head["sequence"] < next_sequence or head["kind"] == 2 or \
                head["first_ns"] < last_ns:
            continue
        next_sequence = head["sequence"] + 1
        try:
            payload = stored if head["method"] == 1 else zlib.decompress(stored, -15)
            if len(payload) != head["raw_bytes"]:
                raise ValueError("another length than the header says")
            found = records(head, payload)
        except (ValueError, IndexError, zlib.error) as error:
            print("%s: block %d: %s" % (name, head["sequence"], error), file=sys.stderr)
            continue
        last_ns = head["last_ns"]
        for kind, ns, message in found:
            if kind == FRAME:
                message = message.replace(b"\n", b" ").replace(b"\r", b" ")
                out.write(b"%d\t%s\n" % (ns, message))


def main():
    for name in sys.argv[1:]:
        read(name, sys.stdout.buffer)


main()
