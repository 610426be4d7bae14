/** Words before which a line ends, however deep they stand. */
const CLAUSES = /^(from|where|inner join|cross join|order by|limit|union all|group by)\b/;
/** Words before which a line ends at the top of a condition. */
const CONNECTIVES = /^(and|or)\b/;

/** The end of a text in which the next `and` belongs to a `between`. */
const BETWEEN = /\bbetween [^ ]+$/;

/** A statement in lines, indented by its parentheses, with its values below. */
export function readable(sql: string, parameters: readonly unknown[]): string {
  const text = sql
    .replace(/"(\w+)"/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  return [layOut(text), ...valuesOf(parameters)].join('\n');
}

function valuesOf(parameters: readonly unknown[]): string[] {
  if (parameters.length === 0) return [];
  const values = parameters.map((value) => (typeof value === 'bigint' ? `${value}` : JSON.stringify(value)));
  return [`-- ${values.join(', ')}`];
}

/** Each subquery begins a line of its own; other parentheses stay where they are. */
function layOut(text: string): string {
  const depths: boolean[] = [];
  const indent = () => '\n' + '  '.repeat(depths.filter(Boolean).length);
  let out = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === "'") {
      const end = text.indexOf("'", at + 1);
      out += text.slice(at, end + 1);
      at = end;
    } else if (character === '(') {
      const isSubquery = text.startsWith('(select', at);
      depths.push(isSubquery);
      out += isSubquery ? `(${indent()}` : '(';
    } else if (character === ')') {
      out += depths.pop() === true ? `${indent()})` : ')';
    } else if (character === ' ' && !BETWEEN.test(out) && breaksAt(text.slice(at + 1, at + 12), depths)) {
      out += indent();
    } else {
      out += character;
    }
  }
  return out;
}

function breaksAt(next: string, depths: readonly boolean[]): boolean {
  const isInCondition = depths.at(-1) === false;
  return !isInCondition && (CLAUSES.test(next) || CONNECTIVES.test(next));
}
