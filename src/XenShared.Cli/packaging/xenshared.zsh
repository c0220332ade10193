#compdef xenshared
# zsh completion of xenshared: the program itself knows its commands, options and values
_xenshared() {
  local line=${BUFFER#*[[:space:]]}
  local at=$((CURSOR - ${#BUFFER} + ${#line}))
  local -a names=(${(f)"$(xenshared "[suggest:$at]" "$line" 2>/dev/null)"})
  compadd -a names || _files
}
_xenshared "$@"
