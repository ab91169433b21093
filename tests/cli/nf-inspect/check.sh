for model in maf nice; do nf-inspect --check $model.nf ab.csv | sed -E 's/(.{50}) *[^ ]+ */\1 /; s/row [0-9]+/row N/' | grep -E -o '^.{0,45}|ok|FAILED' | sed 's/ *$//'; done
nf-inspect --check maf.nf > /dev/null && echo passed
nf-inspect --check cond.nf
echo $?
nf-inspect --check cond.nf abl.csv > /dev/null && echo passed
