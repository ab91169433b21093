cat maf.nf | nf-inspect - > a && nf-inspect maf.nf > b && nf-inspect <(cat maf.nf) > c && cmp a b && cmp b c && echo same
