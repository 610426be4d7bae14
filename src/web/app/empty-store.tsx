import { useApolloClient } from '@apollo/client/react';
import { useState } from 'react';
import { fillStore, GENERATED } from './fill.js';
import { formatCount } from './format.js';
import { Icon } from './icons.js';
import { useSession } from './session.js';
import { settings } from './settings.js';

/** Three ways to fill a store in which the caller sees no calls. */
export function EmptyStore() {
  const { bearer } = useSession();
  return (
    <section className="empty-store" aria-labelledby="empty-title">
      <Icon name="call" />
      <h2 id="empty-title">{bearer.isDelegated ? 'No calls of yours yet' : 'No calls yet'}</h2>
      <p>
        {bearer.isDelegated
          ? 'Once a call that you organized or took part in is stored here, this page shows it.'
          : 'Once there are some, this page shows how they are. Three ways to fill it:'}
      </p>
      {!bearer.isDelegated && (
        <ol className="ways">
          <li>
            <h3>From Microsoft Graph</h3>
            <p>
              Set <code>GRAPH_TENANT_ID</code>, <code>GRAPH_CLIENT_ID</code> and a secret, and start again: calls come
              by themselves.
            </p>
            <pre tabIndex={0} aria-label="Command">
              npx callrecords sync --check
            </pre>
          </li>
          <li>
            <h3>From files</h3>
            <p>What you have saved of Graph: NDJSON or JSON; records, lists or pages.</p>
            <pre tabIndex={0} aria-label="Command">
              npx callrecords import calls.ndjson
            </pre>
          </li>
          <li>
            {settings.fill !== null && bearer.canWrite ? (
              <Fill path={settings.fill} />
            ) : (
              <>
                <h3>From your own code</h3>
                <p>
                  Post to <code>/v1.0/communications/callRecords</code>, or send the mutation{' '}
                  <code>createCallRecord</code>.
                </p>
                <p>
                  <a href="/explorer">Try it in the explorer</a>
                </p>
              </>
            )}
          </li>
        </ol>
      )}
    </section>
  );
}

/** In development: generated calls, to try the page. */
function Fill({ path }: { path: string }) {
  const client = useApolloClient();
  const [stored, setStored] = useState<number | null>(null);
  const [problem, setProblem] = useState('');
  const fill = async () => {
    setProblem('');
    setStored(0);
    try {
      await fillStore(path, setStored);
      await client.resetStore();
    } catch (error) {
      setProblem((error as Error).message);
      setStored(null);
    }
  };
  return (
    <>
      <h3>With invented calls</h3>
      <p>Realistic ones of 22 months, with sessions and streams; offered in development alone.</p>
      {stored === null ? (
        <button type="button" className="primary" onClick={() => void fill()}>
          Fill with {formatCount(GENERATED)} generated calls
        </button>
      ) : (
        <p>
          <progress max={GENERATED} value={stored} aria-label="Calls stored" />
          <span className="note" role="status">
            {formatCount(stored)} of {formatCount(GENERATED)} stored
          </span>
        </p>
      )}
      {problem && (
        <p role="alert" className="problem">
          Filling failed: {problem}
        </p>
      )}
    </>
  );
}
