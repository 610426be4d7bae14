import 'reflect-metadata';
import { type Arg, Directive, Field, Float } from 'type-graphql';
import { GraphQLDuration } from './duration.js';
import { PERSONAL } from './identity.js';

/** The function that gives the type of a field. */
type ReturnTypeFunc = Parameters<typeof Arg>[1];

/** A member of one of Graph's types, under its own name; null if the source lacks it or has another kind of value. */
export function Member(type: ReturnTypeFunc, description: string): PropertyDecorator {
  return Field(type, { nullable: true, description });
}

/** A text; null if the source has none. */
export function Text(description: string): PropertyDecorator {
  return Member(() => String, description);
}

/** A text about a person or their belongings. */
export function PersonalText(description: string): PropertyDecorator {
  return all(Text(description), Directive(PERSONAL));
}

/** A share of the call during which something was the case. */
export function Share(description: string): PropertyDecorator {
  return Member(() => Float, `${description} A share of the call, 0 to 1; null: not measured.`);
}

/** A rate such as lost packets or concealed samples. */
export function Ratio(description: string): PropertyDecorator {
  return Member(() => Float, `${description} From 0 to 1; null: not measured.`);
}

/** A measured length of time. */
export function Measured(description: string): PropertyDecorator {
  return Member(() => GraphQLDuration, `${description} Null: not measured.`);
}

function all(...decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, name) => {
    for (const decorate of decorators) decorate(target, name);
  };
}

/** Parts of a session are read with it, and cost nothing extra. */
export const WITH_THE_SESSION = '@cost(weight: 0)';

/** The assumed length of a list, for gateways that estimate costs before they plan. */
export function assumedSize(size: number): string {
  return `@listSize(assumedSize: ${size})`;
}
