SOURCE_DATE_EPOCH=86400 nf-train ab.csv -q --epochs 1 -o m.nf && nf-inspect m.nf | grep date
