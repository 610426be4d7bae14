/** A table that can be shown and saved. */
export interface Table {
  /** The name of the file, without its extension. */
  name: string;
  columns: string[];
  rows: (string | number | null)[][];
}

/** Text that a spreadsheet would take for a formula. A number is none; a telephone number with + would be. */
const FORMULA = /^[=+\-@\t\r]/;
const QUOTED = /[",\r\n]/;

function cell(value: string | number | null): string {
  if (value === null) return '';
  const text = typeof value === 'string' && FORMULA.test(value) ? `'${value}` : String(value);
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180, with a byte order mark, without which Excel reads no letters beyond ASCII. */
function formatCsv({ columns, rows }: Table): string {
  return `\uFEFF${[columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** Downloads a table as a file. */
export function saveCsv(table: Table): void {
  save(`${table.name}.csv`, new Blob([formatCsv(table)], { type: 'text/csv;charset=utf-8' }));
}

/** Downloads a file. */
export function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
