# Without arguments a tool does not wait for typing; and nothing binary is printed.
on_terminal() { script -qec "$1" /dev/null < /dev/null | tr -d '\r'; }
for tool in nf-train nf-inspect; do on_terminal $tool; done
on_terminal "nf-train ab.csv"
on_terminal "nf-sample maf.nf --to npy"
on_terminal "nf-inspect --list" | head -1
