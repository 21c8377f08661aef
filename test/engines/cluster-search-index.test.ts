import { openSearchIndex } from '../../src/engines/cluster/search-index.ts';
import type { SearchIndex } from '../../src/ports/search-index.ts';
import { searchIndexContract } from '../contract/search-index.ts';
import { silent } from './cluster-records.ts';
import { dropPrefixes, freshPrefix, mappingsFolder, refresh, searchUrl } from './cluster-search.ts';
import { openSearchStandIn, type SearchStandIn } from './search-stand-in.ts';

const clock = { now: () => new Date('2026-11-23T01:00:00Z') };
const prefixes = new Map<SearchIndex, string>();

describe(searchUrl ? 'cluster search index' : 'cluster search index (skipped: needs ELASTICSEARCH_URL)', function () {
  this.timeout(120_000);
  before(function () {
    if (!searchUrl) this.skip();
  });
  after(() => dropPrefixes([...prefixes.values()]));

  searchIndexContract(
    'cluster',
    async () => {
      const prefix = freshPrefix();
      const index = await openSearchIndex({ url: searchUrl!, mappings: mappingsFolder, prefix, clock, log: silent });
      prefixes.set(index, prefix);
      return index;
    },
    {
      tolerance: { scores: 0.01, because: 'Elasticsearch keeps frequencies and lengths in few bits' },
      settle: (index) => refresh(prefixes.get(index)!),
      runs: 8,
    },
  );
});

describe('cluster search index before a stand-in', function () {
  this.timeout(60_000);
  let standIn: SearchStandIn;
  before(async () => {
    standIn = await openSearchStandIn();
  });
  after(() => standIn.close());

  searchIndexContract(
    'cluster, stand-in',
    () => openSearchIndex({ url: standIn.url, mappings: mappingsFolder, prefix: freshPrefix(), clock, log: silent }),
    {
      tolerance: { scores: 0.001, because: 'impacts are sent in five decimals' },
      settle: async () => {},
      runs: 8,
    },
  );
});
