import createClient from 'openapi-fetch';
import type { paths } from './generated/openapi';

const { BASE_URL = '', TOKEN = '', ID: id = '' } = process.env;

// By the types that openapi-typescript makes of `openapi.json`.
const client = createClient<paths>({ baseUrl: `${BASE_URL}/v1.0`, headers: { authorization: `Bearer ${TOKEN}` } });
const listed = await client.GET('/communications/callRecords', {
  params: {
    query: {
      $select: ['id', 'version', 'startDateTime'],
      $top: 2,
      $skip: 1,
      $count: true,
      $orderby: 'startDateTime desc',
    },
  },
});
const one = await client.GET('/communications/callRecords/{id}', {
  params: { path: { id }, query: { $expand: ['sessions($expand=segments)'] } },
});
const refused = await client.GET('/communications/callRecords', { params: { query: { $filter: 'x' } } });
console.log(
  JSON.stringify({
    count: listed.data?.['@odata.count'],
    listed: listed.data?.value?.map(({ id, version, startDateTime }) => ({ id, version, startDateTime })),
    record: one.data,
    code: refused.error?.error?.code,
  }),
);
