#!/bin/bash
# check-dashboard.sh FILE: checks a dashboard against Grafana's schema of dashboards, the types of the npm package @grafana/schema, with
# the TypeScript compiler. A property that is missing, unknown or of another type is an error. The packages are kept for later runs. Exit
# status 75: there is no npm, or no registry.
set -euo pipefail
file=$(realpath "${1:?}")
schema=13.2.3 typescript=5.9.2
cache=${XDG_CACHE_HOME:-$HOME/.cache}/xenshared
folder=$cache/grafana-$schema-$typescript
unavailable() { echo "check-dashboard.sh: $*" >&2; exit 75; }
for program in node npm; do command -v $program >/dev/null || unavailable "$program is not installed"; done
mkdir -p "$cache"
exec 9>"$cache/grafana.lock"
flock 9
if [ ! -d "$folder" ]; then
  rm -rf "$folder.new"
  mkdir -p "$folder.new"
  cd "$folder.new"
  for package in @grafana/schema@$schema typescript@$typescript; do
    npm pack --silent "$package" >&2 || unavailable "npm cannot fetch $package"
  done
  mkdir schema typescript
  tar -xzf grafana-schema-*.tgz -C schema --strip-components 1
  tar -xzf typescript-*.tgz -C typescript --strip-components 1
  rm -- *.tgz
  mv "$folder.new" "$folder"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$folder/schema" "$work/schema"
{
  echo 'import { type Dashboard, ThresholdsMode } from "./schema/dist/types/raw/dashboard/x/types.gen";'
  echo 'export const dashboard: Dashboard ='
  # TypeScript does not accept the text of an enumeration's value.
  sed 's/"mode": "absolute"/"mode": ThresholdsMode.Absolute/' "$file"
} >"$work/dashboard.ts"
node "$folder/typescript/bin/tsc" --noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler \
  "$work/dashboard.ts"
