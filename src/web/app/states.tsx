import type { ReactNode } from 'react';
import { codesOf, isForbidden } from './client.js';
import { Icon } from './icons.js';

/** Stands in the place of data that is being loaded. */
export function Loading({ what }: { what: string }) {
  return (
    <div className="loading" role="status">
      <span className="visually-hidden">Loading {what}…</span>
      <span className="skeleton" aria-hidden="true" />
      <span className="skeleton" aria-hidden="true" />
      <span className="skeleton" aria-hidden="true" />
    </div>
  );
}

/** Says that there is no data, and what to do about it. */
export function Nothing({ children }: { children: ReactNode }) {
  return (
    <div className="nothing">
      <Icon name="none" />
      <p>{children}</p>
    </div>
  );
}

/** Says what went wrong. Missing rights are not shown as a fault, and a busy server can be asked again. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (isForbidden(error))
    return (
      <div className="failure is-forbidden" role="note">
        <Icon name="key" />
        <p>
          <strong>Not with this token.</strong> {messageOf(error)}
        </p>
      </div>
    );
  return (
    <div className="failure" role="alert">
      <Icon name="poor" />
      <p>
        <strong>{titleOf(error)}</strong> {messageOf(error)}
      </p>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

function titleOf(error: unknown): string {
  const codes = codesOf(error);
  if (codes.some((code) => code === 'RATE_LIMITED' || code === '429')) return 'Too much at once.';
  if (codes.some((code) => code === 'SERVICE_UNAVAILABLE' || code === '503')) return 'The database is away.';
  return codes.length === 0 ? 'The server cannot be reached.' : 'This could not be loaded.';
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
