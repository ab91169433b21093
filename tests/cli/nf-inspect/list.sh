nf-inspect --list | grep '^  maf '
nf-inspect --list --json | head -c 10
echo
nf-inspect --list | grep maf2017-bsds300
nf-inspect --list --json | jq -c '.presets["maf2017-bsds300"] | .flow, .set.hidden, .options.batch'
