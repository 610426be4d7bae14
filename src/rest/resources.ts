import type { FastifyReply } from 'fastify';
import { type Caller, requireRead, requireWrite } from '../auth/caller.js';
import { countRecords, createRecord, deleteRecord, getRecord, listRecords } from './call-records.js';
import type { Exchange, RestDoor } from './exchange.js';
import {
  countParticipants,
  countSegments,
  countSessions,
  getOrganizer,
  getParticipant,
  getSegment,
  getSession,
  listParticipants,
  listSegments,
  listSessions,
} from './record-parts.js';

/** What one method does at a path. */
export interface Operation {
  method: 'GET' | 'POST' | 'DELETE';
  require: (caller: Caller) => void;
  /** The query options that it supports. */
  options: readonly string[];
  answer: (door: RestDoor, exchange: Exchange) => Promise<FastifyReply>;
  /** Whether the response is plain text instead of JSON. */
  isText?: boolean;
}

const SELECT = ['$select'];
const SHAPE = ['$select', '$expand'];
const PAGE = ['$top', '$skip', '$count', '$skiptoken'];

const read = (options: readonly string[], answer: Operation['answer']): Operation => ({
  method: 'GET',
  require: requireRead,
  options,
  answer,
});
const count = (options: readonly string[], answer: Operation['answer']): Operation => ({
  ...read(options, answer),
  isText: true,
});

/** The operations of each path below `/communications`. */
export const RESOURCES: Record<string, Operation[]> = {
  '/callRecords': [
    read([...SHAPE, '$filter', '$orderby', ...PAGE], listRecords),
    { method: 'POST', require: requireWrite, options: SHAPE, answer: createRecord },
  ],
  '/callRecords/$count': [count(['$filter'], countRecords)],
  '/callRecords/:id': [
    read(SHAPE, getRecord),
    { method: 'DELETE', require: requireWrite, options: [], answer: deleteRecord },
  ],
  '/callRecords/:id/organizer_v2': [read(SELECT, getOrganizer)],
  '/callRecords/:id/participants_v2': [read([...SELECT, ...PAGE], listParticipants)],
  '/callRecords/:id/participants_v2/$count': [count([], countParticipants)],
  '/callRecords/:id/participants_v2/:key': [read(SELECT, getParticipant)],
  '/callRecords/:id/sessions': [read([...SHAPE, ...PAGE], listSessions)],
  '/callRecords/:id/sessions/$count': [count([], countSessions)],
  '/callRecords/:id/sessions/:key': [read(SHAPE, getSession)],
  '/callRecords/:id/sessions/:key/segments': [read([...SELECT, ...PAGE], listSegments)],
  '/callRecords/:id/sessions/:key/segments/$count': [count([], countSegments)],
  '/callRecords/:id/sessions/:key/segments/:segment': [read(SELECT, getSegment)],
};
