# What --report says, with and without DATA, and that a report that cannot be written stops before the work.
nf-distill maf.nf ab.csv -q --epochs 20 --report r.json --report-rows 2000 -o s.nf
jq -c '[.kl.rows, .held_out.rows, .held_out.of, (.classifier | keys), (.rows_per_second | length)]' r.json
jq -c '.kl.mean > 0 and .kl.mean < 1 and (.held_out | .teacher.lower_trimmed_mean - .student.lower_trimmed_mean | . * . < 1)' r.json
jq -c '[.classifier[].auc | . >= 0.44 and . <= 0.6]' r.json
jq -c '[.rows_per_second[] | .teacher > 0 and .teacher_column_by_column > 0 and .student > 0] | all' r.json
nf-inspect s.nf --json | jq -c '.training.report | keys'
nf-distill maf.nf --rows 500 --epochs 1 --report r.json --report-rows 2000 -o s.nf 2>&1 | sed -n '2,7s/[0-9.e+-]\{2,\}/#/gp'
jq -c '[.held_out.of, (.classifier | keys)]' r.json
nf-distill cond.nf abl.csv -q --epochs 1 --report r.json --report-rows 2000 -o s.nf && jq -c '.classifier | keys' r.json
nf-distill maf.nf --rows 500 --epochs 1 --report /no/such/folder/r.json -o t.nf
echo $? $(ls t.nf 2>/dev/null)
