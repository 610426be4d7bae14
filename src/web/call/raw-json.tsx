import { useRef, useState } from 'react';
import { save } from '../app/csv.js';
import { Icon } from '../app/icons.js';
import { Loading } from '../app/states.js';
import { tokenInUse } from '../app/token.js';

/** The record as Microsoft Graph sends it, from the REST door. It has the members that this schema lacks, too. */
const addressOf = (id: string) => `/v1.0/communications/callRecords/${id}?$expand=sessions($expand=segments)`;

/** Shows the whole record as JSON. */
export function RawJson({ id }: { id: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState<string | null>(null);
  const open = async () => {
    dialog.current?.showModal();
    if (text !== null) return;
    try {
      const answer = await fetch(addressOf(id), { headers: { authorization: `Bearer ${tokenInUse()}` } });
      setText(indented(await answer.text()));
    } catch (error) {
      setText(`Not loaded: ${(error as Error).message}`);
    }
  };
  return (
    <>
      <button type="button" className="tool" onClick={() => void open()} title="The record as Microsoft Graph sends it">
        <Icon name="json" />
        <span>JSON</span>
      </button>
      <dialog ref={dialog} className="raw" aria-label="Raw JSON">
        <header>
          <h2>Raw JSON</h2>
          <div className="tools">
            <button
              type="button"
              disabled={text === null}
              onClick={() => save(`${id}.json`, new Blob([text ?? ''], { type: 'application/json' }))}
            >
              <Icon name="down" /> Save
            </button>
            <button type="button" onClick={() => void navigator.clipboard.writeText(text ?? '')}>
              Copy
            </button>
            <button type="button" onClick={() => dialog.current?.close()}>
              <Icon name="close" /> Close
            </button>
          </div>
        </header>
        {text === null ? (
          <Loading what="JSON" />
        ) : (
          <pre tabIndex={0} aria-label="JSON of the record">
            {text}
          </pre>
        )}
      </dialog>
    </>
  );
}

/** With line breaks, and with every digit: parsing would round a version beyond 2^53. */
function indented(json: string): string {
  let depth = 0;
  const pad = () => `\n${'  '.repeat(depth)}`;
  return json.replaceAll(/"(?:[^"\\]|\\.)*"|\{\}|\[\]|[{}[\],:]/g, (part) => {
    if (part === '{' || part === '[') return ((depth += 1), part + pad());
    if (part === '}' || part === ']') return ((depth -= 1), pad() + part);
    if (part === ',') return part + pad();
    return part === ':' ? ': ' : part;
  });
}
