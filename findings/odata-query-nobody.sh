#!/usr/bin/env bash
# odata-query 8.1.0: a condition that names nobody is left out of the filter, in place of matching nothing: `or` over an
# empty list, and a value that is undefined. Who filters by "the calls of these people", and has no people, is answered
# all calls.
#
# A guess: `false`, or an error.
# Seen: "or: (no filter)", "undefined: (no filter)", "and: ?$filter=type eq 'groupCall'". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts odata-query@8.1.0 >/dev/null
cat >filters.mjs <<'PROGRAM'
import odataQuery from 'odata-query';

const buildQuery = odataQuery.default ?? odataQuery;
const anyOf = (people) => people.map((id) => ({ organizer: id }));
const filters = {
  or: { or: anyOf([]) },
  undefined: { organizer: { eq: undefined } },
  and: { type: 'groupCall', or: anyOf([]) },
};
for (const [name, filter] of Object.entries(filters)) console.log(`${name}: ${buildQuery({ filter }) || '(no filter)'}`);
PROGRAM
seen=$(node filters.mjs)
echo "$seen"
# shellcheck disable=SC2016
[[ $seen == 'or: (no filter)
undefined: (no filter)
and: ?$filter=type eq '"'groupCall'" ]]
