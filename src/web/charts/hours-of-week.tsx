import { formatCount, formatCounted } from '../app/format.js';

interface Hour {
  dayOfWeek: number;
  hour: number;
  count: number;
}

/** 2024 began on a Monday. */
const DAYS = Array.from({ length: 7 }, (_, day) =>
  new Intl.DateTimeFormat(undefined, { weekday: 'short', timeZone: 'UTC' }).format(Date.UTC(2024, 0, 1 + day)),
);
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const twoDigits = (hour: number) => String(hour).padStart(2, '0');

/** The week as a table of days and hours. Busier hours are darker, and each cell has its count. */
export function HoursOfWeek({ hours }: { hours: Hour[] }) {
  const highest = Math.max(1, ...hours.map(({ count }) => count));
  const counts = new Map(hours.map(({ dayOfWeek, hour, count }) => [`${dayOfWeek} ${hour}`, count]));
  return (
    <table className="week">
      <caption className="visually-hidden">Calls that began in each hour of the week</caption>
      <thead>
        <tr>
          <td />
          {HOURS.map((hour) => (
            <th key={hour} scope="col" className={hour % 3 === 0 ? '' : 'is-between'}>
              {twoDigits(hour)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {DAYS.map((name, day) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {HOURS.map((hour) => {
              const count = counts.get(`${day + 1} ${hour}`) ?? 0;
              const title = `${name} ${twoDigits(hour)}:00–${twoDigits((hour + 1) % 24)}:00: ${formatCounted(count, 'call')}`;
              return (
                <td key={hour} title={title} style={{ '--level': Math.sqrt(count / highest) } as React.CSSProperties}>
                  <span className="visually-hidden">{formatCount(count)}</span>
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
