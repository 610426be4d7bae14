import { createHash } from 'node:crypto';
import type { CreateCallRecordInput } from '../../domain/call-record.js';
import type { CallRecordDocument, Extension } from '../../domain/document.js';
import { stringifyJson } from '../../platform/json.js';

/** The hash of the input that made this record, if nothing has changed it since. */
export function hashDocument(document: CallRecordDocument): string {
  return hashInput(document as unknown as CreateCallRecordInput, document.extension);
}

/** Equal for inputs with the same meaning, in whatever order their members came. */
export function hashInput(input: CreateCallRecordInput, extension: Extension | null): string {
  const { version, type, modalities, startDateTime, endDateTime, joinWebUrl = null, organizer, participants } = input;
  const members: unknown[] = [
    version,
    type,
    modalities,
    startDateTime,
    endDateTime,
    joinWebUrl,
    organizer,
    participants,
  ];
  if (extension !== null) members.push(extension);
  return createHash('sha256')
    .update(stringifyJson(members.map(sortMembers)))
    .digest('hex');
}

function sortMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortMembers);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member != null);
  return Object.fromEntries(
    members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, sortMembers(member)]),
  );
}
