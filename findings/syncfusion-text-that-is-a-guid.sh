#!/usr/bin/env bash
# @syncfusion/ej2-data 34.2.8, ODataV4Adaptor: a text that looks like a GUID is written without quotes, as OData's Edm.Guid,
# whatever the property is. In Graph's model ids are Edm.String, so that a filter by the id of a call or of a person
# compares two types; a filter by a telephone number is a text. `in` becomes a call of a function named "undefined".
#
# A guess: a JavaScript string is a text in quotes.
# Seen: "id eq 00000003-0000-4000-8000-000000000000", "id eq '%2B14255550123'", "undefined(type,audio,video)".
# Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @syncfusion/ej2-data@34.2.8 >/dev/null
cat >filters.cjs <<'PROGRAM'
const { DataManager, ODataV4Adaptor, Query } = require('@syncfusion/ej2-data');

const manager = new DataManager({ url: 'https://records.example/calls', adaptor: new ODataV4Adaptor() });
const show = (...condition) => {
  const { url } = manager.adaptor.processQuery(manager, new Query().where(...condition));
  console.log(url.replace(/.*\$filter=/, '').replace(/&.*/, ''));
};
show('id', 'equal', '00000003-0000-4000-8000-000000000000');
show('id', 'equal', '+14255550123');
show('type', 'in', ['audio', 'video']);
PROGRAM
seen=$(node filters.cjs)
echo "$seen"
[[ $seen == "id eq 00000003-0000-4000-8000-000000000000
id eq '%2B14255550123'
undefined(type,audio,video)" ]]
