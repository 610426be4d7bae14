import { scalars } from 'callrecords-graphql/clients';

/** For GraphQL Code Generator: `npx callrecords schema --api > schema.graphql`, then `npx graphql-codegen`. */
export default {
  schema: 'schema.graphql',
  documents: 'src/**/*.{ts,tsx}',
  generates: {
    'src/gql/': {
      preset: 'client',
      // The examples are small: what asks for a call and what shows it stand in one file.
      presetConfig: { fragmentMasking: false },
      config: { scalars, strictScalars: true, enumsAsTypes: true, emitLegacyCommonJSImports: false },
    },
  },
} as const;
