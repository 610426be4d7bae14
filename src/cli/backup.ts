import type { StoreConfig } from '../config.js';
import { backupStore } from '../store/backup.js';
import { Progress } from './progress.js';

/** Copies the SQLite database to a file while it is in use. */
export async function backup(config: StoreConfig, file: string): Promise<void> {
  let progress: Progress | null = null;
  try {
    const records = await backupStore(config.databaseUrl, file, (done, total) => {
      progress ??= new Progress(total, 'pages');
      progress.set(done);
    });
    console.log(`${file}: ${records} records, checked.`);
  } finally {
    (progress as Progress | null)?.stop();
  }
}
