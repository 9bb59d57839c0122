# Usage: zsh -f complete.zsh FOLDER LINE: what Tab offers after LINE in a real zsh on a terminal of its own, one answer
# a line. FOLDER has _flms.
zmodload zsh/zpty || exit
zpty z zsh -f -i
tell() { zpty -w z "$1"; }
tell "PS1= PS2= RPS1= PROMPT_EOL_MARK=; unsetopt zle_bracketed_paste prompt_cr prompt_sp; fpath=(${(q)1} \$fpath)"
tell 'autoload -Uz compinit; compinit -D -u; LISTMAX=0'
# Every answer goes through compadd; calls that only ask what would match are left alone.
tell 'compadd() { local -a a; if [[ " $* " == *" -"[OAD]" "* ]]; then builtin compadd "$@"; return; fi
builtin compadd -O a "$@"; print -lr -- ${a/#/"@="}; builtin compadd "$@"; }'
tell 'finish() { print "@""END"; }; comppostfuncs=(finish); bindkey "^I" complete-word; print "@""READY"'
until [[ $line == *@READY* ]]; do zpty -r z line || exit; done
zpty -n -w z "$2"$'\t'
while zpty -r z line; do
  line=${line%%[$'\r\n']##}
  line=${line%$'\r'}
  case $line in
    *@END*) break ;;
    *@=*) print -r -- ${${line##*@=}//[$'\r\n']/} ;;
  esac
done
zpty -d z
