# bash completion of xenshared: the program itself knows its commands, options and values
_xenshared() {
  local word=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]} line=${COMP_LINE#*"${COMP_WORDS[0]}"}
  line=${line# }
  local at=$((COMP_POINT - ${#COMP_LINE} + ${#line}))
  mapfile -t COMPREPLY < <(compgen -W "$("$program" "[suggest:$at]" "$line" 2>/dev/null)" -- "$word")
  # Options that name files, and arguments of capture and report.
  [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
}
complete -o filenames -F _xenshared xenshared
