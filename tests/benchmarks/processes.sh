#!/bin/bash
# Runs commands in turns and prints a line for each round: the microseconds of each command, separated by tabs. The commands run with
# their output in a file, as the output of a listing is usually read by another program.
# processes.sh ROUNDS COMMAND...     each COMMAND is one word that bash splits; one more round before the first is not counted.
set -eu
rounds=$1
shift
output=$(mktemp)
trap 'rm -f "$output"' EXIT
for ((round = 0; round <= rounds; round++)); do
  line=
  for command in "$@"; do
    begin=${EPOCHREALTIME/[.,]/}
    $command >"$output"
    end=${EPOCHREALTIME/[.,]/}
    line+=$((end - begin))$'\t'
  done
  [ "$round" = 0 ] || printf '%s\n' "${line%$'\t'}"
done
