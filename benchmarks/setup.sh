#!/usr/bin/env bash
# Installs the programs that the benchmarks need, if any is missing and we have permission.
set -euo pipefail

declare -A package_of=(
  [nginx]=nginx-light
  [prometheus]=prometheus
  [prometheus-blackbox-exporter]=prometheus-blackbox-exporter
)
PATH="$PATH:/usr/sbin:/sbin"

missing=()
for tool in "${!package_of[@]}"; do
  command -v "$tool" >/dev/null || missing+=("${package_of[$tool]}")
done
((${#missing[@]})) || exit 0

if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
  echo "missing: ${missing[*]}; on Debian: apt-get install ${missing[*]}" >&2
  exit 2
fi
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update -qq
apt-get install -qq --yes --no-install-recommends "${missing[@]}" >/dev/null
