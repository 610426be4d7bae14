// Where no times of an earlier run are known, as in a clean clone, Jest begins with the largest files. The suites that
// take longest are not the largest: one begun near the end keeps one core busy while the other waits.
import Sequencer from '@jest/test-sequencer';

/** The suites of half a minute and more, the longest first. */
const LONGEST = [
  'store/postgres',
  'graphql/compiled',
  'store/postgres-plans',
  'store/sqlite',
  'build',
  'store/forgetting',
  'store/distributed',
  'cli/forget',
  'web/calls.browser',
  'cli/serve',
  'store/plans',
  'sync/command',
  'server/explorer.browser',
  'cli/copy',
  'cli/workers',
  'cli/workers-together',
  'graphql/compiled-lists',
].map((suite) => `/test/${suite}.test.ts`);

export default class LongestFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    return [...LONGEST.flatMap((suite) => sorted.filter((test) => isOf(test, suite))), ...sorted.filter(isShort)];
  }
}

const isOf = ({ path }, suite) => path.endsWith(suite);
const isShort = (test) => !LONGEST.some((suite) => isOf(test, suite));
