import { FetchClient } from '@odata2ts/http-client-fetch';
import { CallRecordsService } from './generated/CallRecordsService';
import { callType } from './generated/CallRecordsModel';

const { BASE_URL = '', TOKEN = '', ID = '' } = process.env;

// As odata2ts makes it of `$metadata`: names and types that are not the service's do not compile.
const service = new CallRecordsService(
  new FetchClient({ headers: { authorization: `Bearer ${TOKEN}` } }),
  `${BASE_URL}/v1.0`,
);
const listed = await service.callRecords().query((builder, record) =>
  builder
    .select('id', 'version', 'startDateTime')
    .filter(record.startDateTime.gt('2026-01-01T00:00:00Z').and(record.type.eq(callType.peerToPeer)))
    .orderBy(record.startDateTime.desc())
    .skip(1)
    .top(2)
    .count(),
);
const one = await service
  .callRecords(ID)
  .query((builder) => builder.expanding('sessions', (sessions) => sessions.expand('segments')));
const below = await service.communications().callRecords(ID).participants_v2().query();
const [session] = one.data.sessions ?? [];
const stream = session?.segments?.[0]?.media[0]?.streams[0];
console.log(
  JSON.stringify({
    count: listed.data['@odata.count'],
    listed: listed.data.value.map(({ id, version, startDateTime }) => ({ id, version, startDateTime })),
    record: one.data,
    people: below.data.value.map(({ id }) => id),
    loss: stream?.averagePacketLossRate ?? null,
  }),
);
