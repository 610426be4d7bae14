#!/usr/bin/env bash
# @microsoft/kiota-serialization-json 1.0.0-preview.109, with which Graph's SDK for TypeScript reads: a member of an
# enumeration that the SDK was not generated with is undefined, and in a collection it is left out, so that the collection
# is shorter. That holds also where it was asked for by `Prefer: include-unknown-enum-members`; neither
# `unknownFutureValue`, with which Graph's enumerations evolve, nor the additional data of the object tell of it.
#
# A guess: the text as it came, or the enumeration's own member for what is not known.
# Seen: "type: undefined", "modalities: ["audio"]", "additional: {}". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @microsoft/kiota-abstractions@1.0.0-preview.109 \
  @microsoft/kiota-serialization-json@1.0.0-preview.109 >/dev/null
cat >call.mjs <<'PROGRAM'
import { JsonParseNode } from '@microsoft/kiota-serialization-json';

const CallType = { Unknown: 'unknown', GroupCall: 'groupCall', UnknownFutureValue: 'unknownFutureValue' };
const Modality = { Audio: 'audio', UnknownFutureValue: 'unknownFutureValue' };
const call = new JsonParseNode({ type: 'huddle', modalities: ['audio', 'hologram'] }).getObjectValue(() => (read) => ({
  type: (node) => (read.type = node.getEnumValue(CallType)),
  modalities: (node) => (read.modalities = node.getCollectionOfEnumValues(Modality)),
}));
console.log(`type: ${call.type}`);
console.log(`modalities: ${JSON.stringify(call.modalities)}`);
console.log(`additional: ${JSON.stringify(call.additionalData ?? {})}`);
PROGRAM
seen=$(node call.mjs)
echo "$seen"
[[ $seen == $'type: undefined\nmodalities: ["audio"]\nadditional: {}' ]]
