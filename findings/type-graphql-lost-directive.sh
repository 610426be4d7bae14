#!/usr/bin/env bash
# type-graphql 2.0.0-rc.4: `@Directive` on the resolver of a field (`@FieldResolver`) is in the schema where the resolver
# alone declares the field, and is passed over, without a word, where the class declares it too. A lost `@shareable` or
# `@cost` shows only in the supergraph.
#
# A guess: the directives of both places, as with the resolver's own fields, or an error.
# Seen: "length: (none)", "size: @cost(weight: 5)". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts type-graphql@2.0.0-rc.4 graphql@16.15.0 graphql-scalars@1.26.0 \
  reflect-metadata@0.2.2 typescript@5.9.3 >/dev/null
cat >schema.mts <<'PROGRAM'
import 'reflect-metadata';
import { print } from 'graphql';
import { buildSchemaSync, Directive, Field, FieldResolver, Int, ObjectType, Query, Resolver } from 'type-graphql';

@ObjectType()
class Call {
  @Field(() => Int)
  length!: number;
}

@Resolver(() => Call)
class CallResolver {
  @Query(() => Call)
  call(): Partial<Call> {
    return {};
  }

  @FieldResolver(() => Int)
  @Directive('@cost(weight: 5)')
  length(): number {
    return 1;
  }

  @FieldResolver(() => Int)
  @Directive('@cost(weight: 5)')
  size(): number {
    return 1;
  }
}

const { length, size } = (buildSchemaSync({ resolvers: [CallResolver], validate: false }).getType('Call') as any).getFields();
for (const { name, astNode } of [length, size]) console.log(`${name}: ${astNode?.directives?.map(print) || '(none)'}`);
PROGRAM
npx --no-install tsc --module nodenext --target es2022 --skipLibCheck --types reflect-metadata --strict \
  --experimentalDecorators --emitDecoratorMetadata schema.mts
seen=$(node schema.mjs)
echo "$seen"
[[ $seen == $'length: (none)\nsize: @cost(weight: 5)' ]]
