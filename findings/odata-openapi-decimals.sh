#!/usr/bin/env bash
# odata-openapi 0.29.0 makes `multipleOf: 0.01` of an Edm.Decimal with two places, and ajv 8.20.0 tests that by dividing
# doubles: of the amounts from 0.01 to 10.00 it refuses 159, the first being 0.07. A Decimal whose Scale is not given has
# none by OData's rules, so that it becomes `multipleOf: 1`: every amount with cents is refused.
#
# A guess: a number with two places is a multiple of 0.01, and a Decimal without more has any places.
# Seen: "charge: 0.01, fee: 1", "refused: 159 of 1000, first 0.07", "0.5: false". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts ajv@8.20.0 odata-openapi@0.29.0 >/dev/null
cat >metadata.xml <<'XML'
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
  <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="calls">
    <EntityType Name="row">
      <Key><PropertyRef Name="id"/></Key>
      <Property Name="id" Type="Edm.String" Nullable="false"/>
      <Property Name="charge" Type="Edm.Decimal" Scale="2" Nullable="false"/>
      <Property Name="fee" Type="Edm.Decimal" Nullable="false"/>
    </EntityType>
    <EntityContainer Name="container"><EntitySet Name="rows" EntityType="calls.row"/></EntityContainer>
  </Schema>
</edmx:DataServices></edmx:Edmx>
XML
npx --no-install odata-openapi3 --target openapi.json metadata.xml >/dev/null
cat >amounts.mjs <<'PROGRAM'
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

const { charge, fee } = JSON.parse(readFileSync('openapi.json', 'utf8')).components.schemas['calls.row'].properties;
console.log(`charge: ${charge.multipleOf}, fee: ${fee.multipleOf}`);
const ajv = new Ajv({ strict: false, formats: { decimal: true } });
const isCharge = ajv.compile(charge);
const amounts = Array.from({ length: 1000 }, (_, index) => Number(((index + 1) / 100).toFixed(2)));
const refused = amounts.filter((amount) => !isCharge(amount));
console.log(`refused: ${refused.length} of ${amounts.length}, first ${refused[0]}`);
console.log(`0.5: ${ajv.validate(fee, 0.5)}`);
PROGRAM
seen=$(node amounts.mjs)
echo "$seen"
[[ $seen == $'charge: 0.01, fee: 1\nrefused: 159 of 1000, first 0.07\n0.5: false' ]]
