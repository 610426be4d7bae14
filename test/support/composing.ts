import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

/** A subgraph as a composer wants it. */
export interface Service {
  name: string;
  url?: string;
  sdl: string;
}

/** Composes; the supergraph with the composer's hints. Throws on errors. */
export function compose(services: readonly Service[]): { supergraphSdl: string; hints: string[] } {
  const result = composeServices(
    services.map(({ name, url = `http://127.0.0.1/${name}`, sdl }) => ({ name, url, typeDefs: parse(sdl) })),
  );
  if (!result.supergraphSdl) throw new Error(result.errors?.map(String).join('\n'));
  return { supergraphSdl: result.supergraphSdl, hints: (result.hints ?? []).map(String) };
}
