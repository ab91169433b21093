nf-train ab.csv -o
