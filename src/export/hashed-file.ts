import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';

/** What a file holds, as its manifest tells it. */
export interface Written {
  bytes: number;
  sha256: string;
}

/** A new file, hashed as it is written. */
export class HashedFile {
  private readonly hash = createHash('sha256');
  private bytes = 0;

  private constructor(private readonly handle: FileHandle) {}

  /** Of its owner alone: what is in it tells of people. Throws where there is one already. */
  static async create(path: string): Promise<HashedFile> {
    return new HashedFile(await open(path, 'wx', 0o600));
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.hash.update(bytes);
    this.bytes += bytes.byteLength;
    await this.handle.writeFile(bytes);
  }

  /** Resolves once all of it is on the disk. */
  async end(): Promise<Written> {
    await this.handle.sync();
    await this.handle.close();
    return { bytes: this.bytes, sha256: this.hash.digest('hex') };
  }

  /** Closes what will not be finished. */
  close(): Promise<void> {
    return this.handle.close();
  }
}
