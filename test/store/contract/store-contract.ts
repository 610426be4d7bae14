import { describeChanging } from './changing.js';
import { describeCreating } from './creating.js';
import { describeFiltering } from './filtering.js';
import { describeFindingPeople } from './finding-people.js';
import { describeImporting } from './importing.js';
import { describeJudging } from './judging.js';
import type { OpenStore } from '../../support/opened-store.js';
import { describeOracle } from './oracle-property.js';
import { describeOrdering } from './ordering.js';
import { describeKeptSums } from './kept-sums.js';
import { describeStatistics } from './statistics.js';
import { describeStreams } from './statistics-streams.js';
import { describeVisibility } from './visibility.js';

/** What every store does, whatever the database: `open` gives an empty one. */
export function describeStore(name: string, open: OpenStore): void {
  describe(`A store in ${name}`, () => {
    describeCreating(open);
    describeFiltering(open);
    describeOrdering(open);
    describeImporting(open);
    describeJudging(open);
    describeFindingPeople(open);
    describeVisibility(open);
    describeChanging(open);
    describeStatistics(open);
    describeStreams(open);
    describeKeptSums(open);
    describeOracle(open);
  });
}
