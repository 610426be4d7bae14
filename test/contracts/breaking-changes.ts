import { type Change, CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildASTSchema, parse } from 'graphql';

/** A change that breaks clients or the composition: its coordinate, and what happened there. */
export interface BreakingChange {
  coordinate: string;
  message: string;
}

/** Federation's directives without which a supergraph no longer composes, and with which clients lose something. */
const LOST = /@(key|shareable)\b/;
const IMPOSED = /@(authenticated|external|inaccessible|policy|requiresScopes)\b/;

/** What breaks between two subgraph SDLs. A default that changes does: clients that relied on it get something else. */
export async function breakingChanges(released: string, current: string): Promise<BreakingChange[]> {
  const changes = await diff(schemaOf(released), schemaOf(current));
  return changes.filter(isBreaking).map(({ path = '', message }) => ({ coordinate: path, message }));
}

function isBreaking({ criticality: { level }, type, path = '' }: Change): boolean {
  if (level === CriticalityLevel.NonBreaking) return false;
  if (level === CriticalityLevel.Breaking || type.endsWith('DEFAULT_CHANGED')) return true;
  return (type.endsWith('REMOVED') && LOST.test(path)) || (type.endsWith('ADDED') && IMPOSED.test(path));
}

function schemaOf(sdl: string) {
  return buildASTSchema(parse(sdl), { assumeValidSDL: true });
}

/** Coordinates that a changelog lists in backticks under Unreleased, Breaking. */
export function listedIn(changelog: string): Set<string> {
  const unreleased = /^## Unreleased$(.*?)(?=^## |$(?![^]))/ms.exec(changelog)?.[1] ?? '';
  const breaking = /^### Breaking$(.*?)(?=^### |$(?![^]))/ms.exec(unreleased)?.[1] ?? '';
  return new Set([...breaking.matchAll(/`([^`\n]+)`/g)].map(([, coordinate]) => String(coordinate)));
}

/** The changes that break something and are not listed: what must be undone or told. */
export async function unlisted(released: string, current: string, changelog: string): Promise<BreakingChange[]> {
  const listed = listedIn(changelog);
  return (await breakingChanges(released, current)).filter(({ coordinate }) => !listed.has(coordinate));
}
