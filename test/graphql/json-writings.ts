import fc, { type GeneratorValue } from 'fast-check';

type Json = string | number | boolean | null | Json[] | Members;
/** Members in their order, of which several may have one name. */
interface Members {
  members: [name: string, value: Json][];
}

/** Texts that hold what JSON is made of. */
const TEXTS = ['a', '', 'Zo\u00eb "Z" \\', '}', 'x,', ']}', '{"', '\\', ':', 'default', '\ud83e\udd8a\n', '\ud83d'];

/** A set of identities as no program of ours writes it: members nobody knows, and names that come twice. */
export function oddSet(generate: GeneratorValue): Members {
  const pick = <Value>(values: readonly Value[]) => generate(fc.constantFrom<Value[]>, ...values);
  const some = <Value>(make: () => Value, max: number) => Array.from({ length: generate(fc.nat, { max }) }, make);
  const unknown = (): [string, Json] => [
    pick([...TEXTS, 'tenant', '@odata.type']),
    pick<Json>([pick(TEXTS), 1.5, true, null, [pick(TEXTS)], { members: [[pick(TEXTS), pick(TEXTS)]] }]),
  ];
  const text = (name: string) => (): [string, Json] => [name, pick([...TEXTS, null])];
  const identity = (): Json => ({
    members: [...some(unknown, 2), ...some(text('id'), 2), ...some(text('displayName'), 1)],
  });
  const known = (): [string, Json] => [pick(['user', 'phone', 'guest']), pick([identity(), identity(), null])];
  return { members: [...some(unknown, 2), ...some(known, 3), ...some(text('endpointType'), 1), ...some(unknown, 1)] };
}

/** Writes JSON as other programs may: with white space, and with characters escaped that need not be. */
export class JsonWriter {
  private readonly isSpaced: boolean;
  private readonly isEscaped: boolean;

  constructor(private readonly generate: GeneratorValue) {
    this.isSpaced = generate(fc.boolean);
    this.isEscaped = generate(fc.boolean);
  }

  write(value: Json): string {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return this.list(value.map((item) => this.write(item)));
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const members = value.members.map(([name, member]) => `${this.text(name)}:${this.space()}${this.write(member)}`);
    return `{${members.join(`,${this.space()}`)}}`;
  }

  /** A list of what has been written. */
  list(written: string[]): string {
    return `[${written.join(`,${this.space()}`)}]`;
  }

  private text(text: string): string {
    if (!this.isEscaped || this.generate(fc.boolean)) return JSON.stringify(text);
    const units = Array.from({ length: text.length }, (_, place) =>
      text.charCodeAt(place).toString(16).padStart(4, '0'),
    );
    return `"${units.map((unit) => `\\u${unit}`).join('')}"`;
  }

  private space(): string {
    return this.isSpaced && this.generate(fc.boolean) ? ' ' : '';
  }
}
