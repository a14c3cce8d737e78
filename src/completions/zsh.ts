/** The completion for zsh. Its words come from `xbuild completion words`. */
export const zsh = `#compdef xbuild
# Completion of xbuild for zsh: source <(xbuild completion zsh), or as _xbuild in a folder of $fpath.
_xbuild() {
  local line kind=none
  local -a candidates
  while IFS= read -r line; do
    case $line in
      :*) kind=\${line#:} ;;
      *) candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done < <("\${words[1]}" completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#candidates} )) && _describe -V xbuild candidates
  case $kind in
    files) _files ;;
    folders) _files -/ ;;
  esac
}
if [ "\${funcstack[1]}" = _xbuild ]; then _xbuild "$@"; else compdef _xbuild xbuild; fi
`;
