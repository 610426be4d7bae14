import type { Table } from './csv.js';
import { formatCount } from './format.js';

/** A plain table. The first column has the names of the rows. */
export function DataTable({ table: { columns, rows }, caption }: { table: Table; caption: string }) {
  const [first, ...others] = columns;
  return (
    <table className="data">
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{first}</th>
          {others.map((column) => (
            <th scope="col" key={column} className="number">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, ...values], index) => (
          <tr key={index}>
            <th scope="row">{name}</th>
            {values.map((value, place) => (
              <td key={place} className="number">
                {typeof value === 'number' ? formatCount(value) : (value ?? '–')}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
