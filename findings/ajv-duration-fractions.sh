#!/usr/bin/env bash
# ajv-formats 3.0.1 (ajv 8.20.0), `format: duration`: seconds with a fraction are no duration, as in the grammar of RFC
# 3339 to which JSON Schema refers, though ISO 8601 has fractions. Graph's Edm.Duration is nearly always one (PT0.016S), and
# odata-openapi 0.29.0, which makes OpenAPI of OData's metadata, writes `format: duration` for it: real data do not fit the
# description made for them. zod 4.6.7 takes them.
#
# A guess: any duration of ISO 8601.
# Seen: "jitter: {"type":"string","format":"duration"}", "PT1H: true", "PT0.016S: false", "PT1M2.5S: false",
# "zod: true". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts ajv@8.20.0 ajv-formats@3.0.1 odata-openapi@0.29.0 zod@4.6.7 >/dev/null
cat >metadata.xml <<'XML'
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
  <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="calls">
    <EntityType Name="stream">
      <Key><PropertyRef Name="id"/></Key>
      <Property Name="id" Type="Edm.String" Nullable="false"/>
      <Property Name="jitter" Type="Edm.Duration" Nullable="false"/>
    </EntityType>
    <EntityContainer Name="container"><EntitySet Name="streams" EntityType="calls.stream"/></EntityContainer>
  </Schema>
</edmx:DataServices></edmx:Edmx>
XML
npx --no-install odata-openapi3 --target openapi.json metadata.xml >/dev/null
cat >durations.mjs <<'PROGRAM'
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import * as z from 'zod';

const ajv = new Ajv();
addFormats.default(ajv);
const { type, format } = JSON.parse(readFileSync('openapi.json', 'utf8')).components.schemas['calls.stream'].properties.jitter;
console.log(`jitter: ${JSON.stringify({ type, format })}`);
for (const text of ['PT1H', 'PT0.016S', 'PT1M2.5S']) console.log(`${text}: ${ajv.validate({ type, format }, text)}`);
console.log(`zod: ${z.iso.duration().safeParse('PT0.016S').success}`);
PROGRAM
seen=$(node durations.mjs)
echo "$seen"
[[ $seen == 'jitter: {"type":"string","format":"duration"}
PT1H: true
PT0.016S: false
PT1M2.5S: false
zod: true' ]]
