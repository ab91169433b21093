# The report is one page that needs nothing else.
command -v gnuplot > /dev/null || { echo "needs gnuplot (gnuplot-nox)"; exit 77; }
nf-train -q abl.csv --context label --epochs 3 --set hidden=16 --log-file train.log -o m.nf
nf-inspect --report x.html --curves train.log m.nf abl.csv
grep -o '<h[12]>[^<]*</h[12]>' x.html
grep -c '<svg' x.html
grep -c '</svg>' x.html
sed 's/xmlns[:a-z]*="[^"]*"//g' x.html | grep -E -c 'https?://|<script|<link|@import|url\(|<!ENTITY|<\?xml'
python3 - << 'END'
from html.parser import HTMLParser
class Balance(HTMLParser):
    open_tags = []
    def handle_starttag(self, tag, attributes):
        if tag not in ("meta",): self.open_tags.append(tag)
    def handle_startendtag(self, tag, attributes): pass
    def handle_endtag(self, tag):
        if self.open_tags.pop() != tag: print("unbalanced", tag, self.getpos())
page = Balance()
page.feed(open("x.html").read())
print(page.open_tags)
END
# The rarest rows are nf-logprob's.
nf-logprob m.nf abl.csv | awk 'NR > 1 { print $1, NR - 1 }' | sort -g | head -10 | awk '{ print $2 }' > expected
sed -n '/The rarest rows/,/<\/table>/p' x.html | grep -o '^<tr><td class="n">[0-9]*' | grep -o '[0-9]*$' | cmp - expected && echo "the rarest ten"
nf-inspect --report y.html maf.nf && grep -o '<h[12]>[^<]*</h[12]>' y.html
cp maf.nf '<b>&.nf'
nf-inspect --report z.html '<b>&.nf' && grep -o '<h1>.*</h1>' z.html
