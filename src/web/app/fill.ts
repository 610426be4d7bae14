import { tokenInUse } from './token.js';

/** How many calls the button makes. */
export const GENERATED = 10_000;

/**
 * Has the server store generated calls. `onStored` gets the number that is on disk so far. Rejects with the server's
 * message.
 */
export async function fillStore(path: string, onStored: (stored: number) => void): Promise<void> {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokenInUse()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ count: GENERATED }),
  });
  if (!answer.ok || !answer.body) throw new Error(await refusalOf(answer));
  let text = '';
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value = '' } = await reader.read();
    if (done) return;
    const lines = (text + value).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) onStored((JSON.parse(line) as { stored: number }).stored);
  }
}

async function refusalOf(answer: Response): Promise<string> {
  const body = (await answer.json().catch(() => null)) as { errors?: { message: string }[] } | null;
  return body?.errors?.[0]?.message ?? `The server answered ${answer.status}.`;
}
