import { toByteText } from '../../platform/byte-text.js';
import { LookAhead } from '../look-ahead.js';
import { readStatistics, shapeOf, type StatisticsArguments } from '../statistics.js';
import { argumentsReader, objectType, pay, type Plan, type Root } from './plan.js';
import { membersWriter } from './value-writer.js';

/** Plans `callRecordStatistics`; answers like `StatisticsResolver`, but for members with resolvers of their own. */
export function statisticsPlan(root: Root): Plan {
  const { scope, selected } = root;
  const type = objectType(scope.schema, 'CallRecordStatistics');
  const write = membersWriter(scope, type, selected.nodes);
  const shape = shapeOf(LookAhead.below(scope, type, selected.nodes));
  const readArguments = argumentsReader<StatisticsArguments>(root);
  return (request) => {
    const args = readArguments(request);
    const context = { ...request.context, spend: (points: number) => pay(request, points) };
    return async () => toByteText(write({ ...(await readStatistics(args, shape, context)) }));
  };
}
