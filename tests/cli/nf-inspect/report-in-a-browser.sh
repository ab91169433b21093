# A browser shows the report, and shows something of every part of it.
command -v gnuplot > /dev/null || { echo "needs gnuplot (gnuplot-nox)"; exit 77; }
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
  { echo "needs chromium"; exit 77; }
nf-inspect --report x.html maf.nf ab.csv
timeout 120 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$PWD/profile" \
  --window-size=1000,4000 --screenshot="$PWD/x.png" "file://$PWD/x.html" > /dev/null 2>&1
python3 - << 'END'
import struct, zlib
data = open("x.png", "rb").read()
at, packed = 8, b""
while at < len(data):
    size, kind = struct.unpack(">I4s", data[at:at + 8])
    if kind == b"IHDR": width, height, depth, colours = struct.unpack(">IIBB", data[at + 8:at + 18])
    if kind == b"IDAT": packed += data[at + 8:at + 8 + size]
    at += 12 + size
raw = zlib.decompress(packed)
each = width * {2: 3, 6: 4}[colours] + 1
lively = [len(set(raw[y * each + 1:(y + 1) * each])) > 4 for y in range(height)]
print(width, all(any(lively[y:y + height // 8]) for y in range(0, 3 * height // 4, height // 8)))
END
