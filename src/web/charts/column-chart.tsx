import { AxisBottom, AxisLeft } from '@visx/axis';
import { scaleBand, scaleLinear, scaleOrdinal } from '@visx/scale';
import { BarStack } from '@visx/shape';
import { formatCompact } from '../app/format.js';
import { useWidth } from '../app/use-width.js';
import type { TimeInterval } from '../gql/graphql.js';
import { formatBucket, tickStarts, formatTick } from './bucket-labels.js';
import { type Selecting, useRangeSelection } from './use-range-selection.js';

/** A part of time, and its stacked values by the key of their series. */
export interface Column {
  start: string;
  values: Record<string, number>;
}

/** A series of the stack, from the bottom up. Its colour is that of the class `series-KEY`. */
export interface Series {
  key: string;
  label: string;
}

export interface ColumnChartProps {
  /** The description of the chart for screen readers. */
  label: string;
  columns: Column[];
  series: Series[];
  interval: TimeInterval;
  height?: number;
  format?: (value: number) => string;
  /** Called with the first and the last chosen column. Without it nothing can be chosen. */
  onSelect?: (first: number, last: number) => void;
}

const MARGIN = { top: 8, right: 4, bottom: 24, left: 44 };

/** Columns over time. A range of them can be chosen with the pointer, or with arrow keys. */
export function ColumnChart(props: ColumnChartProps) {
  const { columns, series, height = 220, format = formatCompact, interval } = props;
  const [watch, width] = useWidth();
  const selecting = useRangeSelection(columns.length, props.onSelect);
  const inner = { width: Math.max(0, width - MARGIN.left - MARGIN.right), height: height - MARGIN.top - MARGIN.bottom };
  const active = selecting.active === null ? undefined : columns[selecting.active];
  return (
    <figure className="chart">
      <Legend series={series} />
      <div ref={watch} className="plot" style={{ height }}>
        {width > 0 && (
          <Plot {...props} width={width} height={height} inner={inner} format={format} selecting={selecting} />
        )}
        {active && (
          <div
            className="tip"
            aria-hidden="true"
            style={placeOfTip(selecting.active ?? 0, columns.length, inner.width)}
          >
            <strong>{formatBucket(active.start, interval)}</strong>
            {[...series].reverse().map(({ key, label }) => (
              <span key={key}>
                <i className={`swatch series-${key}`} /> {label} <b>{format(active.values[key] ?? 0)}</b>
              </span>
            ))}
          </div>
        )}
      </div>
      <p className="visually-hidden" aria-live="polite">
        {active && selecting.isByKeys && spokenColumn(active, series, { interval, format })}
      </p>
    </figure>
  );
}

function spokenColumn(
  { start, values }: Column,
  series: Series[],
  { interval, format }: { interval: TimeInterval; format: (value: number) => string },
): string {
  const parts = series.map(({ key, label }) => `${label} ${format(values[key] ?? 0)}`);
  return `${formatBucket(start, interval)}: ${parts.join(', ')}`;
}

/** The position of the tip: above its column, and always within the plot. */
function placeOfTip(index: number, count: number, width: number) {
  const share = (index + 0.5) / Math.max(1, count);
  return { left: MARGIN.left + share * width, translate: `${-share * 100}%` };
}

function Legend({ series }: { series: Series[] }) {
  if (series.length < 2) return null;
  return (
    <ul className="legend">
      {series.map(({ key, label }) => (
        <li key={key}>
          <i className={`swatch series-${key}`} aria-hidden="true" /> {label}
        </li>
      ))}
    </ul>
  );
}

interface PlotProps extends ColumnChartProps {
  width: number;
  height: number;
  inner: { width: number; height: number };
  format: (value: number) => string;
  selecting: Selecting;
}

function Plot({ columns, series, interval, label, width, height, inner, format, selecting, onSelect }: PlotProps) {
  const starts = columns.map(({ start }) => start);
  const total = ({ values }: Column) => series.reduce((sum, { key }) => sum + (values[key] ?? 0), 0);
  const highest = Math.max(1, ...columns.map(total));
  const x = scaleBand({ domain: starts, range: [0, inner.width], paddingInner: columns.length > 60 ? 0.1 : 0.25 });
  const y = scaleLinear({ domain: [0, highest], range: [inner.height, 0], nice: 4 });
  const keys = series.map(({ key }) => key);
  const step = inner.width / Math.max(1, columns.length);
  return (
    <svg
      width={width}
      height={height}
      className={onSelect ? 'can-select' : ''}
      tabIndex={0}
      role="img"
      aria-label={`${label}. ${columns.length} columns; arrow keys read them${onSelect ? ', with Shift they choose a range, Enter goes to it' : ''}.`}
      {...selecting.handlers(MARGIN.left, step)}
    >
      <g transform={`translate(${MARGIN.left},${MARGIN.top})`}>
        {y.ticks(4).map((tick) => (
          <line key={tick} className="grid" x1={0} x2={inner.width} y1={y(tick)} y2={y(tick)} />
        ))}
        <Pointed selecting={selecting} step={step} height={inner.height} />
        <BarStack
          data={columns}
          keys={keys}
          x={({ start }) => start}
          value={({ values }, key) => values[key] ?? 0}
          xScale={x}
          yScale={y}
          color={scaleOrdinal<string, string>({ domain: keys, range: keys })}
        >
          {(stacks) => stacks.map(({ key, bars }) => <Bars key={key} name={key} bars={bars} />)}
        </BarStack>
        <AxisLeft scale={y} numTicks={4} hideAxisLine hideTicks tickFormat={(value) => format(Number(value))} />
        <AxisBottom
          scale={x}
          top={inner.height}
          hideTicks
          tickValues={tickStarts(starts, Math.floor(inner.width / 76))}
          tickFormat={(start) => formatTick(start, interval)}
        />
      </g>
    </svg>
  );
}

interface Bar {
  index: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

function Bars({ name, bars }: { name: string; bars: Bar[] }) {
  return bars
    .filter(({ height }) => height > 0)
    .map(({ index, x, y, width, height }) => (
      <rect key={index} className={`series-${name}`} x={x} y={y} width={Math.max(1, width)} height={height} />
    ));
}

/** The column under the pointer, or the range that is being chosen. */
function Pointed({ selecting, step, height }: { selecting: Selecting; step: number; height: number }) {
  const { range, active } = selecting;
  if (range)
    return <rect className="selection" x={range[0] * step} width={(range[1] - range[0] + 1) * step} height={height} />;
  return active === null ? null : <rect className="hovered" x={active * step} width={step} height={height} />;
}
