/** The completion for bash 4 and newer. Its words come from `xbuild completion words`. */
export const bash = `# Completion of xbuild for bash: source <(xbuild completion bash)
_xbuild() {
  local line kind=none words=("\${COMP_WORDS[@]:1:COMP_CWORD}") typed
  # bash takes --flag=value apart at the equals sign, and completes what follows it.
  local joined=() word
  for word in "\${words[@]}"; do
    if [[ \${#joined[@]} -gt 0 && ( $word == = || \${joined[-1]} == --*= ) ]]; then
      joined[-1]+=$word
    else
      joined+=("$word")
    fi
  done
  typed=\${joined[-1]}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) kind=\${line#:} ;;
      *) line=\${line%%$'\\t'*}; [[ $typed == --*=* ]] && line=\${line#*=}; COMPREPLY+=("$line") ;;
    esac
  done < <("\${COMP_WORDS[0]}" completion words -- "\${joined[@]}" 2>/dev/null)
  case $kind in
    files) compopt -o filenames; COMPREPLY+=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")) ;;
    folders) compopt -o filenames; COMPREPLY+=($(compgen -d -- "\${COMP_WORDS[COMP_CWORD]}")) ;;
  esac
}
complete -F _xbuild xbuild
`;
