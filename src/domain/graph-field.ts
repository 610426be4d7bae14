import 'reflect-metadata';
import { type Arg, Directive, Field, Float } from 'type-graphql';
import { GraphQLDuration } from './duration.js';
import { PERSONAL } from './identity.js';

/** What gives the type of a field. */
type ReturnTypeFunc = Parameters<typeof Arg>[1];

/** A member of a type of Graph under its own name, null where the source has none or another kind of value. */
export function Member(type: ReturnTypeFunc, description: string): PropertyDecorator {
  return Field(type, { nullable: true, description });
}

/** A text; null where the source does not tell. */
export function Text(description: string): PropertyDecorator {
  return Member(() => String, description);
}

/** A text that tells of a person or of what is theirs. */
export function PersonalText(description: string): PropertyDecorator {
  return all(Text(description), Directive(PERSONAL));
}

/** A share of the call in which something was so. */
export function Share(description: string): PropertyDecorator {
  return Member(() => Float, `${description} A share of the call, 0 to 1; null: not measured.`);
}

/** A rate of lost packets, concealed samples and the like. */
export function Ratio(description: string): PropertyDecorator {
  return Member(() => Float, `${description} From 0 to 1; null: not measured.`);
}

/** A length of time that was measured. */
export function Measured(description: string): PropertyDecorator {
  return Member(() => GraphQLDuration, `${description} Null: not measured.`);
}

function all(...decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, name) => {
    for (const decorate of decorators) decorate(target, name);
  };
}

/** Parts of a session are read with it, at no cost of their own. */
export const WITH_THE_SESSION = '@cost(weight: 0)';

/** How long a list is taken to be, for gateways that estimate costs before they plan. */
export function assumedSize(size: number): string {
  return `@listSize(assumedSize: ${size})`;
}
