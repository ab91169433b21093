# NPY of every kind of number and byte order; the fields of structured arrays are columns by name.
npy() {  # DESCR SHAPE BYTES
  local head="{'descr': $1, 'fortran_order': False, 'shape': $2, }"
  printf '\223NUMPY\1\0\166\0%-117s\n'"$3" "$head"
}
printf 'a,b\n1,0\n3,1\n' | nf-logprob maf.nf | tail -n +2 > expected
same() { nf-logprob maf.nf - --to csv | tail -n +"${2:-1}" | cmp -s - expected && echo "$1: the same"; }
npy "'|i1'" '(2, 2)' '\1\0\3\1' | same i1
npy "'|u1'" '(2, 2)' '\1\0\3\1' | same u1
npy "'<i2'" '(2, 2)' '\1\0\0\0\3\0\1\0' | same '<i2'
npy "'>i2'" '(2, 2)' '\0\1\0\0\0\3\0\1' | same '>i2'
npy "'<u4'" '(2, 2)' '\1\0\0\0\0\0\0\0\3\0\0\0\1\0\0\0' | same '<u4'
npy "'>i8'" '(2, 2)' '\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\1' | same '>i8'
npy "'<f2'" '(2, 2)' '\0\74\0\0\0\102\0\74' | same '<f2'
npy "'>f4'" '(2, 2)' '\77\200\0\0\0\0\0\0\100\100\0\0\77\200\0\0' | same '>f4'
npy "[('b', '|b1'), ('a', '>i2')]" '(2,)' '\0\0\1\1\0\3' | same structured 2
npy "'<c8'" '(2, 2)' '' | nf-logprob maf.nf -
npy "'<U3'" '(2, 2)' '' | nf-logprob maf.nf -
npy "'<f4'" '(900000000, 2)' '\0' | nf-logprob maf.nf -
