import type { ReactNode } from 'react';
import { formatCount, formatShare } from '../app/format.js';

export interface Bar {
  key: string;
  label: ReactNode;
  count: number;
  /** The address that choosing this bar opens. */
  href?: string;
}

/**
 * A table of names and counts, with a bar behind each. `of`: the whole of which shares are shown; without it only the
 * counts are.
 */
export function BarList({ caption, bars, of, unit }: { caption: string; bars: Bar[]; of?: number; unit: string }) {
  const highest = Math.max(1, ...bars.map(({ count }) => count));
  return (
    <table className="bars">
      <caption className="visually-hidden">{caption}</caption>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">Name</th>
          <th scope="col">{unit}</th>
          {of !== undefined && <th scope="col">Share</th>}
        </tr>
      </thead>
      <tbody>
        {bars.map(({ key, label, count, href }) => (
          <tr key={key}>
            <th scope="row">{href ? <a href={href}>{label}</a> : label}</th>
            <td className="number">
              <span className="measure">
                <span className="bar" aria-hidden="true">
                  {count > 0 && <span style={{ width: `${(count / highest) * 100}%` }} />}
                </span>
                {formatCount(count)}
              </span>
            </td>
            {of !== undefined && <td className="number share">{formatShare(count, of)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
