#!/usr/bin/env bash
# iso8601-duration 2.1.4: `parse` keeps all digits of PT0.0004S, and `toSeconds` of that is 0, as it goes by the
# milliseconds of a Date: what is below a millisecond, as a jitter on a good network is, is lost, and an average of many is
# too low. duration-fns 3.0.2 cuts it in `parse`, and `toString` writes a comma before the fraction: ISO 8601 allows that,
# OData and XML do not.
#
# A guess: 0.0004, and a point.
# Seen: "iso8601-duration: 0.0004 -> 0", "duration-fns: PT0,016S, PT0.0004S -> 0 ms". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts iso8601-duration@2.1.4 duration-fns@3.0.2 >/dev/null
cat >jitter.mjs <<'PROGRAM'
import { parse, toMilliseconds, toString } from 'duration-fns';
import * as iso from 'iso8601-duration';

const jitter = iso.parse('PT0.0004S');
console.log(`iso8601-duration: ${jitter.seconds} -> ${iso.toSeconds(jitter)}`);
console.log(`duration-fns: ${toString(parse('PT0.016S'))}, PT0.0004S -> ${toMilliseconds(parse('PT0.0004S'))} ms`);
PROGRAM
seen=$(node jitter.mjs)
echo "$seen"
[[ $seen == $'iso8601-duration: 0.0004 -> 0\nduration-fns: PT0,016S, PT0.0004S -> 0 ms' ]]
