#!/usr/bin/env bash
# Writes the man pages, from the --help of the tools found in PATH, into the directory given or man1 beside this script.
set -eu
cd "${1:-$(dirname "$0")/man1}"
for tool in nf-train nf-sample nf-logprob nf-distill nf-inspect; do
  version=$($tool --version | sed -n '1s/.* //p')
  $tool --help | awk -v tool=$tool -v version="$version" '
    # Text for roff: its own characters escaped.
    function roff(s) { gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s); gsub(/\x27/, "\\(aq", s); return s ~ /^\./ ? "\\&" s : s }
    function heading(s) { print ".SH " (s ~ /[ ,]/ ? "\"" toupper(roff(s)) "\"" : toupper(s)) }
    BEGIN { printf ".TH %s 1 \"\" \"nf\\-tools %s\" \"User commands\"\n.SH NAME\n", toupper(roff(tool)), version; part = "name" }
    part == "name" && NF == 0 { next }
    /^Usage: / { print ".SH SYNOPSIS"; part = "usage" }
    part == "name" { sub("^" tool ": ", tool " - "); text = $0; sub(tool " - ", roff(tool) " \\- ", text) ; print ($0 ~ " - " ? text : roff($0)); next }
    part == "usage" && NF == 0 { part = "body"; next }
    part == "usage" && !/^(Usage:|      ) nf-/ { sub(/^ +/, ""); print roff($0); next }
    part == "usage" { sub(/^(Usage:| *) */, ""); name = $1; sub(/^[^ ]+ */, ""); print (seen++ ? ".br\n" : "") ".B " roff(name) "\n" roff($0); next }
    /^[A-Z].*:$/ { sub(/:$/, ""); heading($0); part = $0; notes = 0; next }
    NF == 0 { blank = 1; next }
    /^[^ ]/ { if (!notes) heading("Notes"); else if (blank) print ".PP"; notes = 1; blank = 0; print roff($0); next }
    { blank = 0 }
    /^ +-/ && match($0, /[^ ]/) < 20 && !notes && part != "Examples" {
      sub(/^ +/, ""); gap = match($0, /  +/)
      left = gap ? substr($0, 1, gap - 1) : $0
      print ".TP\n.B " roff(left); if (gap) print roff(substr($0, gap + RLENGTH)); next
    }
    part == "Examples" && /^  [^ ]/ { sub(/^ +/, ""); print ".TP\n.B " roff($0); next }
    part == "Exit status" { sub(/^ +/, ""); code = $1; sub(/^[^ ]+ +/, ""); print ".TP\n.B " code "\n" roff($0); next }
    { sub(/^ +/, ""); print roff($0) }
  ' > $tool.1
done
