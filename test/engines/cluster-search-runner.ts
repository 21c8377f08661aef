// A process that begins to rebuild the search index and then waits to be killed: URL PREFIX in its arguments.
import { openSearchIndex } from '../../src/engines/cluster/search-index.ts';
import { indexDocument } from '../contract/search-index.ts';
import { silent } from './cluster-records.ts';
import { mappingsFolder } from './cluster-search.ts';

const [url, prefix] = process.argv.slice(2) as [string, string];
const clock = { now: () => new Date() };
const index = await openSearchIndex({ url, mappings: mappingsFolder, prefix, clock, log: silent });
await index.rebuild(async (sink) => {
  await sink.put([indexDocument('half')]);
  process.stdout.write('filling\n');
  await new Promise((resolve) => setTimeout(resolve, 120_000));
});
