#!/usr/bin/env bash
# @observablehq/plot 0.6.17: a histogram (`binX`) of date-times as texts, as they stand in JSON, draws no bar, on an axis of
# numbers without ends, and warns of nothing. With `interval: 'hour'` it reads them, but only with a fraction of three
# digits or none: of the others, as Graph writes them, it draws nothing, and the bars are too low.
#
# A guess: the bars of the same times as Dates, or a warning, as a scale of texts gives elsewhere in Plot.
# Seen: "texts: 0 bars, hours: 2 bars up to 2, Dates: 2 bars up to 4", "warnings: 0". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @observablehq/plot@0.6.17 linkedom@0.18.15 >/dev/null
cat >bars.mjs <<'PROGRAM'
import { binX, plot, rectY } from '@observablehq/plot';
import { parseHTML } from 'linkedom';

const { document } = parseHTML('<body></body>');
let warnings = 0;
console.warn = () => (warnings += 1);
const texts = ['18:52:21Z', '18:52:21.216Z', '18:52:21.5Z', '18:52:21.2169889Z', '19:52:21Z'].map((time) => `2026-02-25T${time}`);
const dates = texts.map((text) => new Date(text));
const draw = (times, options) => {
  const marks = [rectY(times, binX({ y: 'count' }, { x: (time) => time, ...options }))];
  const chart = plot({ document, marks });
  const bars = chart.querySelectorAll('rect').length;
  return bars === 0 ? '0 bars' : `${bars} bars up to ${chart.scale('y').domain[1]}`;
};
const hours = { interval: 'hour' };
console.log(`texts: ${draw(texts, {})}, hours: ${draw(texts, hours)}, Dates: ${draw(dates, hours)}`);
console.log(`warnings: ${warnings}`);
PROGRAM
seen=$(node bars.mjs)
echo "$seen"
[[ $seen == $'texts: 0 bars, hours: 2 bars up to 2, Dates: 2 bars up to 4\nwarnings: 0' ]]
