# What deploy/dev says while it works. All of it goes to stderr; stdout is for results.
# shellcheck shell=bash

# One line a step, with the seconds since the start.
step() {
    local text
    text=$(printf '[%4d s] %s' "$SECONDS" "$*")
    if [[ -t 2 ]]; then text=$'\e[1m'$text$'\e[0m'; fi
    printf '%s\n' "$text" >&2
}

note() { printf '         %s\n' "$*" >&2; }

# die WHAT DO: what is wrong and what to do, each one sentence.
die() {
    printf '\ndeploy/dev: %s\n            %s\n' "$1" "$2" >&2
    exit "$SAID"
}

# The exit status of die: the trap below keeps silent about it, the reason is on the screen already.
SAID=64

trap 'unexpected $? "${BASH_SOURCE[0]}" "$LINENO" "$BASH_COMMAND"' ERR
unexpected() {
    if [[ $1 = "$SAID" ]]; then exit "$SAID"; fi
    if ((BASH_SUBSHELL > 0)); then exit "$1"; fi
    printf '\ndeploy/dev: "%s" ended with status %s (%s, line %s).\n' "${4%%$'\n'*}" "$1" "${2#"$ROOT/"}" "$3" >&2
    exit "$SAID"
}

# The last lines of a log, indented, for a process that did not do well.
show_log() {
    printf '\n         the end of %s:\n' "$1" >&2
    tail -n "${2-20}" "$1" 2>/dev/null | sed 's/^/         | /' >&2 || true
}
