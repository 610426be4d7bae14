import type { QualityClass } from '../gql/graphql.js';
import { nameOf } from './format.js';
import { Icon } from './icons.js';

const KEYS = { GOOD: 'good', POOR: 'poor', UNCLASSIFIED: 'unclassified' } as const;

/** The colour, the sign and the word of a class; null: sessions were never fetched. */
export function QualityMark({ quality }: { quality: QualityClass | null }) {
  if (quality === null) return <span className="quality is-none">Not fetched</span>;
  return (
    <span className={`quality is-${KEYS[quality]}`}>
      <Icon name={KEYS[quality]} />
      {nameOf(quality)}
    </span>
  );
}
