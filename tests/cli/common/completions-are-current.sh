# share/completions/make.sh rewrites them.
bash "$NF_SOURCE/share/completions/make.sh" . && for file in bash zsh fish; do diff -r $file "$NF_SOURCE/share/completions/$file"; done
bash -n bash/nf-train && echo parses
