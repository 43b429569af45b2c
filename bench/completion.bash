# SPDX-License-Identifier: BSD-2-Clause
# bash completion of turnaround. Commands and flags are asked of the program
# itself, so that this never falls behind it.
_turnaround()
{
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}

    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W \
            "$(turnaround help --names) --help --version" -- "$word")
    elif [[ $word == -* ]]; then
        local of=("$command")

        [ "$command" != sweep ] || of+=(run) # whose parameters it takes
        mapfile -t COMPREPLY < <(compgen -W \
            "$(for command in "${of[@]}"; do
                turnaround "$command" --help 2>/dev/null
            done | grep -oE -e '--[a-z][a-z0-9-]*' | sort -u)" -- "$word")
    elif [ "$command" = help ]; then
        mapfile -t COMPREPLY < <(compgen -W \
            "$(turnaround help --names)" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -o filenames -F _turnaround turnaround
