import { parseArgs } from 'node:util';

type Widened<Value> = Value extends number ? number : Value extends boolean ? boolean : string;

/** What the command line says (`--rounds 3`), and these where it says nothing. Throws on another name, or no number where one is. */
export function readOptions<const Defaults extends Record<string, number | string | boolean>>(
  defaults: Defaults,
): { [Name in keyof Defaults]: Widened<Defaults[Name]> } {
  const kinds = Object.entries(defaults).map(([name, value]) => {
    const type = typeof value === 'boolean' ? ('boolean' as const) : ('string' as const);
    return [name, { type }] as const;
  });
  const given = Object.entries(parseArgs({ options: Object.fromEntries(kinds) }).values).map(([name, value]) => {
    if (typeof defaults[name] !== 'number') return [name, value];
    const number = Number(value);
    if (Number.isNaN(number)) throw new Error(`--${name} takes a number.`);
    return [name, number];
  });
  return { ...defaults, ...Object.fromEntries(given) };
}
