import { FILTERABLE_PROPERTIES } from './filter-parser.js';
import { SELECTABLE, SESSIONS } from './offers.js';
import { ORDERABLE } from './query-options.js';

/** Navigation properties, which an annotation cannot name as properties. */
const RELATED: readonly string[] = ['organizer_v2', 'participants_v2', SESSIONS];

const propertiesBut = (names: readonly string[]) =>
  SELECTABLE.filter((name) => !names.includes(name) && !RELATED.includes(name));

/** The capabilities of all collections. */
const PAGED = {
  '@Capabilities.TopSupported': true,
  '@Capabilities.SkipSupported': true,
  '@Capabilities.CountRestrictions': { Countable: true },
  '@Capabilities.SelectSupport': { Supported: true },
  '@Capabilities.SearchRestrictions': { Searchable: false },
  '@Capabilities.UpdateRestrictions': { Updatable: false },
};

/**
 * The query options for records, as annotations (OData vocabulary Capabilities). They come from the definitions that
 * parse requests.
 */
export function listCapabilities(): object {
  return {
    ...PAGED,
    '@Capabilities.FilterRestrictions': {
      Filterable: true,
      NonFilterableProperties: propertiesBut(FILTERABLE_PROPERTIES),
    },
    '@Capabilities.SortRestrictions': { Sortable: true, NonSortableProperties: propertiesBut(ORDERABLE) },
    '@Capabilities.ExpandRestrictions': { Expandable: true },
    '@Capabilities.InsertRestrictions': { Insertable: true },
    '@Capabilities.DeleteRestrictions': { Deletable: true },
  };
}

/** The capabilities of a collection below a record. */
export const PART_CAPABILITIES = {
  ...PAGED,
  '@Capabilities.FilterRestrictions': { Filterable: false },
  '@Capabilities.SortRestrictions': { Sortable: false },
  '@Capabilities.InsertRestrictions': { Insertable: false },
  '@Capabilities.DeleteRestrictions': { Deletable: false },
};

/** The capabilities of the service as a whole. No function may stand in a filter. */
export const SERVICE_CAPABILITIES = {
  '@Capabilities.BatchSupported': true,
  '@Capabilities.KeyAsSegmentSupported': true,
  '@Capabilities.CrossJoinSupported': false,
  '@Capabilities.FilterFunctions': [],
};
