#!/usr/bin/env python3
"""extract-vmlinux.py BZIMAGE OUTPUT: extracts the ELF kernel of a bzImage, so that no boot has to decompress it."""
import lzma
import struct
import subprocess
import sys
import zlib

image = open(sys.argv[1], 'rb').read()
if image[0x202:0x206] != b'HdrS':
    sys.exit(f'{sys.argv[1]} is not a bzImage')
setup_sectors = image[0x1f1] or 4
offset, length = struct.unpack_from('<II', image, 0x248)     # payload_offset, payload_length of the boot protocol
payload = image[(setup_sectors + 1) * 512 + offset:][:length]

# The kernel's build appends the uncompressed size to some formats, so bytes after the stream are left out.
if payload.startswith(b'\xfd7zXZ\0'):
    kernel = lzma.LZMADecompressor().decompress(payload)
elif payload.startswith(b'\x1f\x8b'):
    kernel = zlib.decompressobj(wbits=31).decompress(payload)
elif payload.startswith(b'\x28\xb5\x2f\xfd'):
    kernel = subprocess.run(['zstd', '-dcq'], input=payload[:-4], stdout=subprocess.PIPE, check=True).stdout
else:
    sys.exit(f'{sys.argv[1]}: unknown compression {payload[:6]!r}')
if not kernel.startswith(b'\x7fELF'):
    sys.exit(f'{sys.argv[1]}: contains no ELF kernel')
with open(sys.argv[2], 'wb') as output:
    output.write(kernel)
