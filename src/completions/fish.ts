/** The completion for fish. Its words come from `xbuild completion words`. */
export const fish = `# Completion of xbuild for fish: xbuild completion fish | source
function __xbuild_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l kind none
    for line in ($words[1] completion words -- $words[2..-1] 2>/dev/null)
        switch $line
            case ':*'
                set kind (string sub -s 2 -- $line)
            case '*'
                echo $line
        end
    end
    switch $kind
        case files
            __fish_complete_path (commandline -ct)
        case folders
            __fish_complete_directories (commandline -ct)
    end
end
complete -c xbuild -f -a '(__xbuild_complete)'
`;
