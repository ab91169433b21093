nf-inspect maf.nf | sed '/^training/,$d; s/mean .*//'
