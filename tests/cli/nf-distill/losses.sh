# Losses, their weights, guides and a finish; students keep the teacher's layers where a guide needs them.
for options in "--loss kl" "--loss xz,kl=0.1 --guide full" "--loss forward-kl,scales=4 --beta 0.3" "--loss xz --guide states --finish kl --finish-share 0.5"; do
  nf-distill maf.nf -q --rows 500 --epochs 1 $options -o s.nf && nf-sample s.nf -n 3 --seed 1 | wc -l
done
nf-distill maf.nf --rows 500 --epochs 1 --loss xy -o s.nf
echo $?
nf-distill maf.nf --rows 500 --epochs 1 --loss xz,kl=-1 -o s.nf
echo $?
nf-distill maf.nf --rows 500 --epochs 1 --loss xz --guide states --student iaf --set layers=2 -o s.nf
echo $?
nf-distill maf.nf --rows 500 --epochs 1 --loss scales --student nice -o s.nf
echo $?
