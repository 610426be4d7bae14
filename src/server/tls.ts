import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Config } from '../config.js';

/** The certificate and key of TLS_CERT and TLS_KEY; null without. Throws one line if they cannot be used. */
export function readTls({ tlsCert, tlsKey }: Config): { cert: Buffer; key: Buffer } | null {
  if (tlsCert === null || tlsKey === null) return null;
  const pair = { cert: readSetting('TLS_CERT', tlsCert), key: readSetting('TLS_KEY', tlsKey) };
  try {
    createSecureContext(pair);
  } catch (error) {
    const reason = (error as Error).message;
    throw new Error(`TLS_CERT=${tlsCert} TLS_KEY=${tlsKey}: not a certificate and its key in PEM (${reason}).`, {
      cause: error,
    });
  }
  return pair;
}

function readSetting(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`${name}=${path}: cannot be read (${code ?? message}).`, { cause: error });
  }
}
