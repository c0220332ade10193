# fish completion of xenshared: the program itself knows its commands, options and values
function __xenshared_names
    set -l line (string replace -r '^\S+\s*' '' -- (commandline -cp))
    xenshared "[suggest:"(string length -- $line)"]" "$line" 2>/dev/null
end
complete -c xenshared -a '(__xenshared_names)'
