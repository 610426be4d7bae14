const LEFT = 210;
const WIDTH = 900;
const BAR = 12;
const GAP = 14;
const TOP = 64;
const COLORS = ['#0b5fff', '#7aa7ff', '#444444', '#9a9a9a', '#c2410c', '#b7791f', '#2f855a'];

/** Bars of requests a second against the raw server, one group for each operation, as SVG. */
export function drawChart(
  operations: string[],
  names: string[],
  ratioOf: (operation: string, name: string) => number | null,
): string {
  const largest = Math.max(1, ...operations.flatMap((one) => names.map((name) => ratioOf(one, name) ?? 0)));
  const scale = (WIDTH - LEFT - 60) / largest;
  const groupHeight = names.length * BAR + GAP;
  const height = TOP + operations.length * groupHeight + 10;
  const groups = operations.map((operation, index) => {
    const top = TOP + index * groupHeight;
    const bars = names.map((name, place) =>
      bar({ ratio: ratioOf(operation, name), y: top + place * BAR, scale, color: colorOf(place) }),
    );
    return `<text x="${LEFT - 8}" y="${top + (names.length * BAR) / 2 + 4}" text-anchor="end">${operation}</text>${bars.join('')}`;
  });
  const limit = LEFT + scale;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    `<text x="10" y="18" font-size="14">Requests a second against a hand-written server without GraphQL (1.0); longer is better</text>`,
    legend(names),
    `<line x1="${limit}" x2="${limit}" y1="${TOP - 6}" y2="${height - 14}" stroke="#444444" stroke-dasharray="3 3"/>`,
    ...groups,
    '</svg>\n',
  ].join('\n');
}

function colorOf(place: number): string {
  return COLORS[place % COLORS.length] as string;
}

function bar({ ratio, y, scale, color }: { ratio: number | null; y: number; scale: number; color: string }): string {
  if (ratio === null) return '';
  const width = Math.max(1, ratio * scale);
  return (
    `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 2}" fill="${color}"/>` +
    `<text x="${(LEFT + width + 4).toFixed(1)}" y="${y + BAR - 3}" font-size="10">${ratio.toFixed(2)}</text>`
  );
}

function legend(names: string[]): string {
  let x = 10;
  return names
    .map((name, place) => {
      const text = `<rect x="${x}" y="30" width="10" height="10" fill="${colorOf(place)}"/><text x="${x + 14}" y="39" font-size="11">${name}</text>`;
      x += 30 + name.length * 5.8;
      return text;
    })
    .join('');
}
