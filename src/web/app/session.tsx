import { ApolloProvider } from '@apollo/client/react';
import type { ApolloClient } from '@apollo/client';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react';
import { createClient } from './client.js';
import { settings } from './settings.js';
import { type Bearer, type Lack, readToken, takeIntoUse } from './token.js';
import { TokenEntry } from './token-entry.js';

interface Session {
  bearer: Bearer;
  /** Forgets the token, so that another can be entered. */
  leave: () => void;
}

const SessionContext = createContext<Session | null>(null);

/** The session of the viewer. Only below a `SessionGate`. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession belongs below a SessionGate.');
  return session;
}

/** How long before its end a token is renewed. */
const RENEWED_BEFORE_MS = 60_000;

interface Held {
  bearer: Bearer;
  client: ApolloClient;
}

/**
 * Shows its children to a viewer with a token, and asks others for one. The token stays in memory: a reload forgets it.
 */
export function SessionGate({ children }: { children: ReactNode }) {
  const [lack, setLack] = useState<Lack>('none');
  const begin = (bearer: Bearer): Held => {
    takeIntoUse(bearer);
    return { bearer, client: createClient(() => lose('expired')) };
  };
  const [held, setHeld] = useState<Held | null>(() => {
    const given = readToken(settings.headers.authorization ?? '');
    return given && begin(given);
  });
  function lose(why: Lack) {
    setHeld(null);
    setLack(why);
  }
  const renewed = useCallback((bearer: Bearer) => {
    takeIntoUse(bearer);
    setHeld((before) => before && { ...before, bearer });
  }, []);
  useRenewal(held?.bearer ?? null, renewed);
  if (!held) return <TokenEntry lack={lack} onToken={(bearer) => setHeld(begin(bearer))} />;
  return (
    <SessionContext value={{ bearer: held.bearer, leave: () => lose('left') }}>
      <ApolloProvider client={held.client}>{children}</ApolloProvider>
    </SessionContext>
  );
}

/** Gets a new token from the issuer in time, if the issuer allowed it with the last one. */
function useRenewal(bearer: Bearer | null, onToken: (bearer: Bearer) => void): void {
  useEffect(() => {
    const { signIn } = settings;
    if (!signIn || !bearer?.expiresAt) return;
    const renewToken = async () => {
      const { renew } = await import('./sign-in.js');
      const next = readToken((await renew(signIn).catch(() => null)) ?? '');
      if (next) onToken(next);
    };
    const timer = setTimeout(() => void renewToken(), Math.max(0, bearer.expiresAt - Date.now() - RENEWED_BEFORE_MS));
    return () => clearTimeout(timer);
  }, [bearer, onToken]);
}
