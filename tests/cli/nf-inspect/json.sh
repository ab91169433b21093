nf-inspect --json maf.nf | grep -c '"transformer"'
nf-inspect --json maf.nf | sed -n 's/ *"seed": //p'
