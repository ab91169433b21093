nf-train ab.csv --quiet=yes
