#!/usr/bin/env bash
# joi 18.3.2: `string().isoDate()` does not only look: unless `convert` is off, its value is the text of a Date made of it.
# What is below a millisecond is gone, the offset too, and a time without a zone is moved by that of the machine. A number
# that is text is refused as "unsafe" where its digits are not those that JavaScript would write, as of a ratio of
# twenty digits.
#
# A guess: a text that fits stays as it is; a ratio is a number.
# Seen: "…21.2169889Z -> …21.216Z", "…21+05:30 -> 13:22:21.000Z", "13:52:21 -> 18:52:21.000Z" (on a machine in New York),
# "0.01234567890123456789: "value" must be a safe number". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts joi@18.3.2 >/dev/null
cat >dates.mjs <<'PROGRAM'
import Joi from 'joi';

for (const time of ['18:52:21.2169889Z', '18:52:21+05:30', '13:52:21']) {
  console.log(`${time} -> ${Joi.string().isoDate().validate(`2026-02-25T${time}`).value.slice(11)}`);
}
const ratio = '0.01234567890123456789';
console.log(`${ratio}: ${Joi.number().validate(ratio).error?.message}`);
PROGRAM
seen=$(TZ=America/New_York node dates.mjs)
echo "$seen"
[[ $seen == '18:52:21.2169889Z -> 18:52:21.216Z
18:52:21+05:30 -> 13:22:21.000Z
13:52:21 -> 18:52:21.000Z
0.01234567890123456789: "value" must be a safe number' ]]
