#!/usr/bin/env python3
"""Makes a core dump or a saved guest small enough for test data. The new file has the same form. It contains the pages whose numbers are
given, one of every 4,096 others as ordinary memory, and all data that is not a page.

    shrink.py INPUT OUTPUT PFN[,PFN...]
"""
import struct
import sys

PAGE = 4096
EVERY = 4096


def is_kept(pfn, wanted):
    return pfn in wanted or pfn % EVERY == 7


def shrink_core(data, wanted):
    sections, = struct.unpack_from('<H', data, 60)
    strings, = struct.unpack_from('<H', data, 62)
    headers = [list(struct.unpack_from('<IIQQQQIIQQ', data, 64 + 64 * at)) for at in range(sections)]
    names = data[headers[strings][4]:][:headers[strings][5]]
    by_name = {names[h[0]:names.index(b'\0', h[0])].decode(): h for h in headers}
    contents = {name: data[h[4]:h[4] + h[5]] for name, h in by_name.items() if h[1] != 0}
    table, words = ('.xen_p2m', 2) if '.xen_p2m' in by_name else ('.xen_pfn', 1)
    entries = list(struct.iter_unpack('<%dQ' % words, contents[table]))
    kept = [at for at, entry in enumerate(entries) if entry[0] != 2 ** 64 - 1 and is_kept(entry[0], wanted)]
    contents['.xen_pages'] = b''.join(contents['.xen_pages'][at * PAGE:(at + 1) * PAGE] for at in kept)
    contents[table] = b''.join(struct.pack('<%dQ' % words, *entries[at]) for at in kept)
    notes = bytearray(contents['.note.Xen'])
    # The second note follows one without content. It has magic, vCPUs, pages, page size.
    struct.pack_into('<Q', notes, 16 + 16 + 16, len(kept))
    contents['.note.Xen'] = bytes(notes)
    out = bytearray(data[:64])
    offset = 64 + 64 * sections
    order = sorted(contents, key=lambda name: by_name[name][4])
    for name in order:
        if name == '.xen_pages':
            offset = (offset + PAGE - 1) // PAGE * PAGE
        by_name[name][4], by_name[name][5] = offset, len(contents[name])
        offset += len(contents[name])
    for header in headers:
        out += struct.pack('<IIQQQQIIQQ', *header)
    for name in order:
        out += b'\0' * (by_name[name][4] - len(out)) + contents[name]
    return bytes(out)


def shrink_save(data, wanted):
    out = bytearray()
    at = 0
    if data.startswith(b'Xen saved domain'):
        at = 48 + struct.unpack_from('<I', data, 44)[0]
    if data[at:at + 8] == b'LibxlFmt':
        at += 16
        while struct.unpack_from('<I', data, at)[0] != 1:
            at += 8 + (struct.unpack_from('<I', data, at + 4)[0] + 7) // 8 * 8
        at += 8
    at += 24 + 16
    out += data[:at]
    pages = {}
    started = None
    wanted = set(wanted)
    records = []
    while True:
        kind, length = struct.unpack_from('<II', data, at)
        body = data[at + 8:at + 8 + length]
        records.append((kind, body))
        at += 8 + (length + 7) // 8 * 8
        if kind == 4 and struct.unpack_from('<I', body)[0] == 0:
            wanted.add(struct.unpack_from('<Q', body, 8 + 616)[0])
        if kind == 0:
            break
    for kind, body in records:
        if kind != 1:
            continue
        count, = struct.unpack_from('<I', body)
        data_at = 8 + 8 * count
        for number in struct.unpack_from('<%dQ' % count, body, 8):
            content = b''
            if number >> 60 < 13:
                content = body[data_at:data_at + PAGE]
                data_at += PAGE
            pages[number & (1 << 52) - 1] = (number, content)
    for kind, body in records:
        if kind == 1:
            if started:
                continue
            started = True
            kept = [pages[pfn] for pfn in sorted(pages) if is_kept(pfn, wanted)]
            numbers = b''.join(struct.pack('<Q', number) for number, _ in kept)
            body = struct.pack('<II', len(kept), 0) + numbers + b''.join(content for _, content in kept)
        out += struct.pack('<II', kind, len(body)) + body + b'\0' * (-len(body) % 8)
    return bytes(out) + data[at:]


def main():
    data = open(sys.argv[1], 'rb').read()
    wanted = {int(pfn, 0) for pfn in sys.argv[3].split(',')}
    open(sys.argv[2], 'wb').write(shrink_core(data, wanted) if data[:4] == b'\x7fELF' else shrink_save(data, wanted))


main()
