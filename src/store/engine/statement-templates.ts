import type { CompiledQuery } from 'kysely';
import { LRUCache } from 'lru-cache';

/** A statement as a driver takes it. */
export interface Statement {
  sql: string;
  parameters: readonly unknown[];
}

/** A query that compiles to a statement. */
export interface Compilable {
  compile(): CompiledQuery<unknown>;
}

interface Template {
  sql: string;
  parameters: readonly unknown[];
  /** The position of each value among the parameters. */
  slots: readonly { parameter: number; value: number }[];
}

/** The size limits, in characters of texts with their keys, which are the largest part of a template. */
const KEPT = { templates: 1_000, characters: 4 * 1024 * 1024, charactersOfOne: 64 * 1024 };
/** Begins a mark; no value of a statement begins so. */
const MARK = '\u0000value ';

/**
 * Statements by their template. The text of a statement does not depend on its values, and to build and compile it
 * takes longer than to run it. So each shape is built once, with marks in place of the values.
 */
export class StatementTemplates {
  private readonly templates = new LRUCache<string, Template>({
    max: KEPT.templates,
    maxSize: KEPT.characters,
    maxEntrySize: KEPT.charactersOfOne,
    sizeCalculation: ({ sql }, key) => sql.length + key.length,
  });

  /** `key` identifies the statement but for its values; `build` gets a mark for each value. */
  async statement(
    key: string,
    values: readonly string[],
    build: (marks: readonly string[]) => Promise<Compilable>,
  ): Promise<Statement> {
    const template = this.templates.get(key) ?? (await this.learn(key, values.length, build));
    const parameters = [...template.parameters];
    for (const { parameter, value } of template.slots) parameters[parameter] = values[value];
    return { sql: template.sql, parameters };
  }

  private async learn(key: string, count: number, build: (marks: readonly string[]) => Promise<Compilable>) {
    const marks = Array.from({ length: count }, (_, index) => `${MARK}${index}`);
    const { sql, parameters } = (await build(marks)).compile();
    const slots = parameters.flatMap((parameter, index) => {
      const value = typeof parameter === 'string' ? marks.indexOf(parameter) : -1;
      return value < 0 ? [] : [{ parameter: index, value }];
    });
    const template = { sql, parameters, slots };
    this.templates.set(key, template);
    return template;
  }
}
