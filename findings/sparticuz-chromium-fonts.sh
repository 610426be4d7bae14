#!/usr/bin/env bash
# @sparticuz/chromium 147.0.0 (Node 20, Linux on x64) unpacks its browser, libraries and font into the folder for
# temporary files, wherever TMPDIR says that is. The list of fonts that it unpacks, and names in FONTCONFIG_PATH where
# it takes itself to be on Lambda, knows only /tmp/fonts and folders of Lambda: with another TMPDIR the browser is given
# no font at all, though one lies beside the list.
# A guess: the list names the folder that the font was unpacked into.
# Seen: <dir>/var/task/.fonts</dir> <dir>/var/task/fonts</dir> <dir>/opt/fonts</dir> <dir>/tmp/fonts</dir>
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @sparticuz/chromium@147.0.0
mkdir unpacked
export TMPDIR="$folder/unpacked" AWS_LAMBDA_JS_RUNTIME=nodejs20.x
told=$(node --input-type=module -e "
import chromium from '@sparticuz/chromium';
await chromium.executablePath();
console.log(process.env.FONTCONFIG_PATH);")
echo "FONTCONFIG_PATH: ${told/$folder/…}"
ls "$told/fonts/Open_Sans"
grep -o '<dir>.*</dir>' "$told/fonts.conf"
if grep -q "<dir>$TMPDIR" "$told/fonts.conf" || grep -q 'prefix=' "$told/fonts.conf"; then
  echo "The list names the folder that was unpacked into: it has changed." >&2
  exit 1
fi
