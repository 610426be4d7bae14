#!/usr/bin/env bash
# 00000003-0000-0000-c000-000000000000 is the application id of Microsoft Graph itself, and one like it those of its older
# services: GUIDs without a version that RFC 9562 knows. uuid 14.0.3 (`validate`), validator 13.15.35 (`isUUID`, also with
# "all") and zod 4.6.7 (`uuid`) take them for none: an identity with such an id is refused as malformed. For them validator
# has "loose" and zod `guid`.
#
# A guess: eight, four, four, four and twelve hexadecimal digits.
# Seen: "uuid: false", "validator: false false, loose true", "zod: uuid false, guid true". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts uuid@14.0.3 validator@13.15.35 zod@4.6.7 >/dev/null
cat >ids.mjs <<'PROGRAM'
import { validate } from 'uuid';
import validator from 'validator';
import * as z from 'zod';

const GRAPH = '00000003-0000-0000-c000-000000000000';
console.log(`uuid: ${validate(GRAPH)}`);
console.log(`validator: ${validator.isUUID(GRAPH)} ${validator.isUUID(GRAPH, 'all')}, loose ${validator.isUUID(GRAPH, 'loose')}`);
console.log(`zod: uuid ${z.uuid().safeParse(GRAPH).success}, guid ${z.guid().safeParse(GRAPH).success}`);
PROGRAM
seen=$(node ids.mjs)
echo "$seen"
[[ $seen == 'uuid: false
validator: false false, loose true
zod: uuid false, guid true' ]]
