import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';

/** The size and hash of a file, for the manifest. */
export interface Written {
  bytes: number;
  sha256: string;
}

/** A new file that is hashed while it is written. */
export class HashedFile {
  private readonly hash = createHash('sha256');
  private bytes = 0;

  private constructor(private readonly handle: FileHandle) {}

  /** Readable by its owner only: it holds data about people. Throws if the file exists. */
  static async create(path: string): Promise<HashedFile> {
    return new HashedFile(await open(path, 'wx', 0o600));
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.hash.update(bytes);
    this.bytes += bytes.byteLength;
    await this.handle.writeFile(bytes);
  }

  /** Resolves when everything is on the disk. */
  async end(): Promise<Written> {
    await this.handle.sync();
    await this.handle.close();
    return { bytes: this.bytes, sha256: this.hash.digest('hex') };
  }

  /** Closes a file that will not be finished. */
  close(): Promise<void> {
    return this.handle.close();
  }
}
