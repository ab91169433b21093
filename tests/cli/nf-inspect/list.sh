nf-inspect --list | grep maf
nf-inspect --list --json | head -c 10
