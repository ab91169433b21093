# share/man/make.sh rewrites them.
bash "$NF_SOURCE/share/man/make.sh" . && for page in nf-*.1; do cmp "$page" "$NF_SOURCE/share/man/man1/$page"; done
