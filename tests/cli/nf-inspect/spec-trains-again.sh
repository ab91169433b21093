# The spec of a model, trained again on the same data with the same seed, is the same model.
nf-inspect maf.nf --spec | nf-train --spec - ab.csv -q --epochs 3 -o m.nf && cmp m.nf maf.nf && echo same
