import { formatCount, formatShare } from '../app/format.js';
import { Icon } from '../app/icons.js';

interface RateProps {
  label: string;
  part: number;
  of: number;
  /** The unit of the counts, such as `sessions`. */
  unit: string;
  /** The maximum that Microsoft suggests, as a share of 1. */
  target: number;
}

/** A percentage of few says little. */
const ENOUGH = 100;

/** A share with its counts, on a scale with a line at the target. */
export function Rate({ label, part, of, unit, target }: RateProps) {
  const share = of === 0 ? 0 : part / of;
  const scale = Math.max(target * 2, share * 1.15);
  const isOver = share > target;
  return (
    <div className={isOver ? 'rate is-over' : 'rate'}>
      <div className="rate-head">
        <span className="rate-label">{label}</span>
        <strong>{formatShare(part, of)}</strong>
      </div>
      <div className="rate-scale" aria-hidden="true">
        <span className="rate-bar" style={{ width: `${(share / scale) * 100}%` }} />
        <span className="rate-target" style={{ left: `${(target / scale) * 100}%` }} />
      </div>
      <p className="rate-foot">
        {formatCount(part)} of {formatCount(of)} {unit} ·{' '}
        {of === 0 ? (
          'nothing to judge'
        ) : (
          <span className={isOver ? 'verdict is-over' : 'verdict'}>
            <Icon name={isOver ? 'poor' : 'good'} />
            {isOver ? 'over' : 'within'} the target of {formatShare(target, 1)}
          </span>
        )}
        {of > 0 && of < ENOUGH && ' · few to judge by'}
      </p>
    </div>
  );
}
