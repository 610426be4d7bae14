#!/usr/bin/env bash
# @streamparser/json 0.0.26: with `separator: '\n'` a parser reads JSON lines, each a text of its own. One broken line ends
# that for good: the error goes to `onError` and `write` does not throw, but the parser stays where it broke. The good
# lines that follow, written by calls of their own, give no value, and each of them is one more error.
#
# A guess: the next line is a text of its own, and is read.
# Seen: "values: 1", "errors: 3" (of four lines, the second of which is broken). Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @streamparser/json@0.0.26 >/dev/null
cat >lines.mjs <<'PROGRAM'
import { JSONParser } from '@streamparser/json';

const parser = new JSONParser({ separator: '\n', paths: ['$'] });
let values = 0;
let errors = 0;
parser.onValue = () => (values += 1);
parser.onError = () => (errors += 1);
for (const line of ['{"n":1}\n', '{"n":oops}\n', '{"n":3}\n', '{"n":4}\n']) {
  try {
    parser.write(line);
  } catch {
    errors += 1;
  }
}
console.log(`values: ${values}`);
console.log(`errors: ${errors}`);
PROGRAM
seen=$(node lines.mjs)
echo "$seen"
[[ $seen == $'values: 1\nerrors: 3' ]]
