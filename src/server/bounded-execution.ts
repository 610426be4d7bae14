import { type ApolloServer, HeaderMap, type HTTPGraphQLRequest, type HTTPGraphQLResponse } from '@apollo/server';
import { answerTooLarge, isWithinAnswer } from '../domain/cost.js';
import { CallRecordsError } from '../domain/errors.js';
import type { Limits } from '../domain/limits.js';
import { type AnswerText, ByteAnswer } from '../graphql/compiled/json-text.js';
import { acceptsLegacyOnly } from '../graphql/core/error-format.js';
import { OperationEnded, untilEnded } from '../graphql/core/until-ended.js';
import type { GraphQLContext } from '../graphql/context.js';
import type { DocumentGuard } from '../graphql/document-guard.js';
import { refusalType } from '../graphql/core/refusal.js';
import type { Execution } from './graphql-door.js';

/** Apollo Server, with a response as soon as an operation has ended. A response above `MAX_ANSWER_BYTES` is refused. */
export function boundedExecution(
  apollo: ApolloServer<GraphQLContext>,
  guard: DocumentGuard,
  limits: Limits,
): Execution {
  return {
    assertStarted: (expression) => apollo.assertStarted(expression),
    executeHTTPGraphQLRequest: async ({ httpGraphQLRequest, context }) => {
      const value = await context();
      const refuse = (error: CallRecordsError, begun: { data?: null } = {}) => {
        value.noteErrors?.([error.code]);
        return refused(error, httpGraphQLRequest, begun);
      };
      try {
        await guard.admit(httpGraphQLRequest, value);
        const answer = await untilEnded(value, () =>
          apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: async () => value }),
        );
        return isWithin(answer, limits) ? answer : refuse(answerTooLarge(limits), { data: null });
      } catch (error) {
        if (error instanceof OperationEnded) return refuse(error.cause as CallRecordsError, { data: null });
        if (error instanceof CallRecordsError) return refuse(error);
        throw error;
      }
    },
  };
}

function isWithin({ body }: HTTPGraphQLResponse, limits: Limits): boolean {
  if (body.kind !== 'complete') return true;
  const answer = body.string as AnswerText;
  if (typeof answer === 'string') return isWithinAnswer(answer, limits);
  return (answer instanceof ByteAnswer ? answer.text : answer).length <= limits.maxAnswerBytes;
}

/** The response to a refused operation. If the operation had begun, `data` is there, and null. */
function refused(
  error: CallRecordsError,
  { headers }: HTTPGraphQLRequest,
  begun: { data?: null },
): HTTPGraphQLResponse {
  const accept = headers.get('accept');
  const { message, extensions } = error;
  const { http: _http, ...told } = extensions;
  const answer = { ...begun, errors: [{ message, extensions: told }] };
  const head = new HeaderMap([['content-type', refusalType(accept)]]);
  if (error.retryAfterSeconds !== undefined) head.set('retry-after', String(error.retryAfterSeconds));
  return {
    status: acceptsLegacyOnly(accept) && error.status === 400 ? 200 : error.status,
    headers: head,
    body: { kind: 'complete', string: `${JSON.stringify(answer)}\n` },
  };
}
