import { AnonymousAuthenticationProvider, HttpMethod, RequestInformation } from '@microsoft/kiota-abstractions';
import { DefaultRequestAdapter } from '@microsoft/kiota-bundle';
import {
  type CallRecord,
  type CallRecordCollectionResponse,
  createCallRecordCollectionResponseFromDiscriminatorValue,
  createCallRecordFromDiscriminatorValue,
} from '@microsoft/msgraph-sdk/models/callRecords/index.js';

const { BASE_URL = '', TOKEN = '', ID = '' } = process.env;

// The models that Kiota has made of Graph's own description for Microsoft's SDK.
const adapter = new DefaultRequestAdapter(new AnonymousAuthenticationProvider());
function request(path: string): RequestInformation {
  const information = new RequestInformation();
  information.httpMethod = HttpMethod.GET;
  information.URL = `${BASE_URL}/v1.0/communications/callRecords${path}`;
  information.headers.add('Authorization', `Bearer ${TOKEN}`);
  information.headers.add('Accept', 'application/json');
  return information;
}
const record = await adapter.send<CallRecord>(
  request(`/${ID}?$expand=sessions($expand=segments),participants_v2`),
  createCallRecordFromDiscriminatorValue,
  undefined,
);
const page = await adapter.send<CallRecordCollectionResponse>(
  request('?$top=2&$orderby=startDateTime desc&$count=true'),
  createCallRecordCollectionResponseFromDiscriminatorValue,
  undefined,
);
const shown = (_name: string, value: unknown) => (typeof value === 'function' ? undefined : value);
console.log(JSON.stringify({ record, ids: page?.value?.map(({ id }) => id), next: page?.odataNextLink }, shown));
