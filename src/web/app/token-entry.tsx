import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Icon } from './icons.js';
import { settings } from './settings.js';
import { type Bearer, type Lack, readToken } from './token.js';

const WHY: Record<Lack, { title: string; text: string }> = {
  none: { title: 'Call records', text: 'This page shows what your token lets you see.' },
  expired: {
    title: 'Your session has ended',
    text: 'The token has expired, or the server no longer takes it. With a new one you are back where you were.',
  },
  left: { title: 'Token forgotten', text: 'Enter another one to go on.' },
};

/** Asks for a token, or lets people sign in if an issuer is set. */
export function TokenEntry({ lack, onToken }: { lack: Lack; onToken: (bearer: Bearer) => void }) {
  const { title, text } = WHY[lack];
  return (
    <main className="gate">
      <div className="card">
        <Icon name="key" />
        <h1>{title}</h1>
        <p>{text}</p>
        {settings.signIn ? <SignIn signIn={settings.signIn} onToken={onToken} /> : null}
        <TokenForm onToken={onToken} isAlternative={settings.signIn !== null} />
      </div>
    </main>
  );
}

type Signing = NonNullable<(typeof settings)['signIn']>;

const isAnswer = () => /[?&](code|error)=/.test(location.search) && /[?&]state=/.test(location.search);

function SignIn({ signIn, onToken }: { signIn: Signing; onToken: (bearer: Bearer) => void }) {
  const [problem, setProblem] = useState('');
  const [isBusy, setIsBusy] = useState(isAnswer);
  const hasBegun = useRef(false);
  useEffect(() => {
    // A code is valid once.
    if (hasBegun.current || !isAnswer()) return;
    hasBegun.current = true;
    void (async () => {
      try {
        const { comeBack } = await import('./sign-in.js');
        const bearer = readToken(await comeBack(signIn));
        if (bearer) return onToken(bearer);
        setProblem('The issuer gave a token that this page cannot read: it must be a JWT for this API.');
      } catch (error) {
        setProblem((error as Error).message);
      }
      setIsBusy(false);
    })();
  }, [signIn, onToken]);
  const leave = async () => {
    setIsBusy(true);
    try {
      const { leaveToSignIn } = await import('./sign-in.js');
      await leaveToSignIn(signIn);
    } catch (error) {
      setProblem((error as Error).message);
      setIsBusy(false);
    }
  };
  return (
    <div className="sign-in">
      <button type="button" className="primary" disabled={isBusy} onClick={() => void leave()}>
        {isBusy ? 'Signing in…' : 'Sign in'}
      </button>
      <p className="hint">with {new URL(signIn.issuer).host}</p>
      {problem && (
        <p role="alert" className="problem">
          Signing in failed: {problem}
        </p>
      )}
    </div>
  );
}

function TokenForm({ onToken, isAlternative }: { onToken: (bearer: Bearer) => void; isAlternative: boolean }) {
  const [problem, setProblem] = useState('');
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget).get('token');
    const bearer = readToken(typeof given === 'string' ? given : '');
    if (!bearer) setProblem('That is no token: a JWT has three parts with dots between them.');
    else if (bearer.expiresAt !== null && bearer.expiresAt < Date.now()) setProblem('That token has expired.');
    else onToken(bearer);
  };
  return (
    <form onSubmit={submit} className="token-form">
      <label htmlFor="token">{isAlternative ? 'Or paste a token' : 'Bearer token'}</label>
      {/* Not a password: browsers would offer to keep it. */}
      <input
        id="token"
        name="token"
        className="secret"
        autoComplete="off"
        spellCheck={false}
        required
        aria-describedby="token-hint"
        aria-invalid={problem !== ''}
        placeholder="eyJ…"
      />
      <p id="token-hint" className="hint">
        It stays in the memory of this page and is gone when you reload. In development <code>callrecords token</code>{' '}
        prints one; with <code>--user ID</code> it is that person’s own.
      </p>
      {problem && (
        <p role="alert" className="problem">
          {problem}
        </p>
      )}
      <button type="submit" className={isAlternative ? '' : 'primary'}>
        Show calls
      </button>
    </form>
  );
}
