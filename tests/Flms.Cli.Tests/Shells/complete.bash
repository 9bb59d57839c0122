# Usage: bash --norc --noprofile complete.bash SCRIPT LINE: what completion offers after LINE, one answer a line.
source "$1" || exit
COMP_LINE=$2
COMP_POINT=${#COMP_LINE}
COMPREPLY=()
_flms
if [ ${#COMPREPLY[@]} != 0 ]; then printf '%s\n' "${COMPREPLY[@]}"; fi
