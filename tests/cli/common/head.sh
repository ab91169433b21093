# A reader that has enough ends a tool quietly, also where SIGPIPE is ignored.
nf-sample maf.nf -n 1e9 --seed 1 | head -1
(trap '' PIPE; nf-sample maf.nf -n 1e9 --seed 1; echo $? >&2) | head -1
