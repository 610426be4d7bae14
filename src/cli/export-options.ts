/** The options of the command; without a folder everything goes to standard output. */
export interface ExportOptions {
  format: 'ndjson' | 'csv' | 'parquet';
  out?: string | undefined;
  since?: string | undefined;
  excel?: boolean | undefined;
}

/** Why the options contradict each other; null if they do not. */
export function checkExport({ format, out, since, excel }: ExportOptions): string | null {
  if (format === 'parquet' && out === undefined) return '--format parquet needs --out FOLDER: it writes several files.';
  if (format === 'ndjson' && out !== undefined)
    return '--out goes with --format csv or parquet; NDJSON goes to standard output.';
  if (since !== undefined && out === undefined) return '--since goes with --format csv or parquet, and --out FOLDER.';
  return excel && format !== 'csv' ? '--excel goes with --format csv.' : null;
}
