// What test/bench/statistics.mjs asks: as GraphQL, with what of the answer is compared, as SQL over the tables of the store
// (`sql`; SQLite and PostgreSQL take the same), and as SQL over the copy in DuckDB (`duckdb`). `told` and `rows`
// make the answers of both comparable.

const TYPES = ['groupCall', 'peerToPeer', 'unknown'];
const MODALITY_BITS = {
  audio: 1,
  video: 2,
  videoBasedScreenSharing: 4,
  data: 8,
  screenSharing: 16,
  unknownFutureValue: 32,
};
const COUNTS = ['good_streams', 'poor_streams', 'unclassified_streams', 'session_count', 'setup_failures', 'drops'];

const numbers = (row) => row.map((value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value));
/** Buckets without calls are no rows of SQL. */
const buckets = ({ buckets: all }) => all.filter(({ count }) => count > 0).map(({ start, count }) => [start, count]);

const ofTypes = TYPES.map((type) => `sum(case when type = '${type}' then 1 else 0 end)`);
const ofModalities = Object.values(MODALITY_BITS).map(
  (bit) => `sum(case when modality_bits & ${bit} <> 0 then 1 else 0 end)`,
);
const ofQuality = [
  ...[1, 2, 4].map((bit) => `sum(case when quality_bits & ${bit} <> 0 then 1 else 0 end)`),
  'sum(case when quality_bits is null then 1 else 0 end)',
  ...COUNTS.map((column) => `sum(coalesce(${column}, 0))`),
];
const ALL = [...ofTypes, ...ofModalities, ...ofQuality].join();

const STATISTICS = `byType { type count } byModality { modality count }
  quality { goodCalls poorCalls unclassifiedCalls withoutSessions goodStreams poorStreams unclassifiedStreams sessions setupFailures drops }`;

/** Of all days, those of the parts together. */
function summed(rows) {
  const parts = rows.map(numbers);
  return [
    parts.map(([day, count]) => [`${day}T00:00:00Z`, count]),
    parts[0]?.slice(2).map((_, at) => parts.reduce((sum, row) => sum + row[at + 2], 0)),
  ];
}

const told = ({ byType, byModality, quality }) => [
  ...TYPES.map((type) => byType.find((one) => one.type === type)?.count ?? 0),
  ...Object.keys(MODALITY_BITS).map((modality) => byModality.find((one) => one.modality === modality)?.count ?? 0),
  ...Object.values(quality),
];

const people = (
  role,
  range,
) => `from call_record_identities i${range ? ' join call_records r on r.id = i.record_id' : ''}
  where i.position ${role === 'organizer' ? '= -1' : '>= 0'} and i.identity_id <> ''${range}`;
const duckPeople = (role, range) => `from identities i${range ? ' join calls r on r.id = i.record_id' : ''}
  where i.position ${role === 'organizer' ? '= -1' : '>= 0'} and i.identity_id <> ''${range}`;

const topSql = (from) => `select i.kind, i.identity_id, count(distinct i.record_id) ${from}
  group by i.kind, i.identity_id order by 3 desc, 2, 1 limit 10`;
const distinctSql = (from) => `select count(*) from (select distinct i.kind, i.identity_id ${from}) as people`;

/** The id as it is compared. */
const topOf = (list, member) => list.map(({ [member]: set, count }) => [set.identity.id.toLowerCase(), count]);

/** `month`: the first moments of one and of the next; `person`: an id; `hasSessions`: whether there are streams. */
export function questions({ month: [from, to], person, hasSessions }) {
  const range = ` and r.start_date_time >= '${from}' and r.start_date_time < '${to}'`;
  const duckRange = ` and r.start >= timestamp '${from}' and r.start < timestamp '${to}'`;
  const ofMonth = { startDateTime: { gte: `${from}Z`, lt: `${to}Z` } };
  const ofPeople = (name, { filter = {}, sqlRange = '', range: inDuckdb = '' }) => [
    {
      name: `distinctParticipants${name}`,
      selection: 'distinctParticipants',
      ...{ filter, told: ({ distinctParticipants }) => [[distinctParticipants]] },
      ...{
        sql: distinctSql(people('participants', sqlRange)),
        duckdb: distinctSql(duckPeople('participants', inDuckdb)),
        rows: (rows) => rows.map(numbers),
      },
    },
    ...[
      ['topOrganizers', 'organizer'],
      ['topParticipants', 'participant'],
    ].map(([top, member]) => ({
      name: `${top}${name}`,
      selection: `${top} { ${member} { kind identity { id } } count totalDurationSeconds }`,
      ...{ filter, told: (all) => topOf(all[top], member) },
      ...{
        sql: topSql(people(member, sqlRange)),
        duckdb: topSql(duckPeople(member, inDuckdb)),
        rows: (rows) => rows.map(numbers).map(([, ...rest]) => rest),
      },
    })),
  ];
  const streams = (dimension, column, name, { filter = {}, sqlRange = '', range: inDuckdb = '' }) => {
    const grouped = (
      of,
      id,
      within,
    ) => `select s.${column}, sum(s.poor_streams), sum(s.good_streams), sum(s.unclassified_streams)
      from ${of} s${within ? ` join ${id} r on r.id = s.record_id where true${within}` : ''} group by s.${column}
      having sum(s.good_streams + s.poor_streams + s.unclassified_streams) >= 10
      order by 2 desc, s.${column} is null, s.${column} limit 10`;
    return {
      name: `qualityBy ${dimension}${name}`,
      selection: `qualityBy(dimension: ${dimension}) { value poorStreams goodStreams unclassifiedStreams }`,
      ...{ filter, told: ({ qualityBy }) => qualityBy.map(Object.values) },
      ...{
        sql: grouped('call_record_streams', 'call_records', sqlRange),
        duckdb: grouped('streams', 'calls', inDuckdb),
        rows: (rows) => rows.map(numbers),
      },
    };
  };
  const filtered = (name, filter, condition) => ({
    ...{
      name,
      filter,
      interval: 'DAY',
      selection: `${STATISTICS} buckets { start count }`,
      told: (all) => [buckets(all), told(all)],
      rows: summed,
    },
    sql: `select substr(start_date_time, 1, 10), count(*), ${ALL} from call_records r where ${condition} group by 1 order by 1`,
    duckdb: `select cast(cast(start as date) as varchar), count(*), ${ALL} from calls r where ${condition} group by 1 order by 1`,
  });
  const counted = (name, filter, condition) => ({
    ...{ name, filter, interval: 'DAY', selection: 'byType { type } buckets { start count }', told: buckets },
    sql: `select substr(start_date_time, 1, 10), count(*), ${ofTypes.join()} from call_records r where ${condition} group by 1 order by 1`,
    duckdb: `select cast(cast(start as date) as varchar), count(*), ${ofTypes.join()} from calls r where ${condition} group by 1 order by 1`,
    rows: (rows) => rows.map(numbers).map(([day, count]) => [`${day}T00:00:00Z`, count]),
  });
  const ofRange = { filter: ofMonth, sqlRange: range, range: duckRange };
  return [
    filtered('all time by day, byType, byModality, quality', {}, 'true'),
    {
      name: 'one month by hour',
      ...{ filter: ofMonth, interval: 'HOUR', selection: 'buckets { start count }', told: buckets },
      sql: `select substr(start_date_time, 1, 13), count(*) from call_records r where true${range} group by 1 order by 1`,
      duckdb: `select strftime(date_trunc('hour', start), '%Y-%m-%dT%H'), count(*) from calls r where true${duckRange} group by 1 order by 1`,
      rows: (rows) => rows.map(numbers).map(([hour, count]) => [`${hour}:00:00Z`, count]),
    },
    {
      name: 'one person by day',
      ...{
        filter: { participant: { id: [person] } },
        interval: 'DAY',
        selection: 'buckets { start count }',
        told: buckets,
      },
      sql: `select substr(start_date_time, 1, 10), count(*) from call_record_people where identity_id = '${person}' and roles & 2 <> 0 group by 1 order by 1`,
      duckdb: `select cast(cast(start as date) as varchar), count(*) from calls where id in (select record_id from identities where identity_id = '${person}' and position >= 0) group by 1 order by 1`,
      rows: (rows) => rows.map(numbers).map(([day, count]) => [`${day}T00:00:00Z`, count]),
    },
    ...ofPeople('', {}),
    ...ofPeople(' of one month', ofRange),
    counted('participantCount, by day', { participantCount: { gte: 5 } }, 'participant_count >= 5'),
    counted('durationSeconds, by day', { durationSeconds: { gt: 1800 } }, 'duration_ticks > 18000000000'),
    filtered(
      'durationSeconds, by day, with quality',
      { durationSeconds: { gt: 1800 } },
      'duration_ticks > 18000000000',
    ),
    ...(hasSessions
      ? [
          filtered(
            'quality and size, by day',
            { not: { quality: ['GOOD'] }, participantCount: { gt: 2 } },
            '(quality_bits & 1 = 0 or quality_bits is null) and participant_count > 2',
          ),
          ...[
            ['MEDIA_KIND', 'media_kind'],
            ['SUBNET', 'subnet'],
            ['CAPTURE_DEVICE', 'capture_device'],
          ].flatMap(([dimension, column]) => [
            streams(dimension, column, '', {}),
            streams(dimension, column, ' of one month', ofRange),
          ]),
        ]
      : []),
  ];
}
