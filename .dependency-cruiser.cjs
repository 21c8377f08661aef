/**
 * The house's rules of import: domain <- ports <- steps <- flow <- http, cli <- main.
 * Engines see ports and domain; only compose sees engines; a step never imports another step.
 */
const room = (name) => `^src/${name}(/|\\.ts$)`;
const only = (name, from, allowed, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: room(from) },
  to: { path: '^src/', pathNot: [from, ...allowed].map(room) },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'A cycle hides what comes first.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      comment: 'A missing module.',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(better-sqlite3|nodejieba|node:sqlite)$' },
    },
    only('domain-is-pure', 'domain', [], 'Domain imports nothing of ours.'),
    {
      name: 'domain-does-no-io',
      severity: 'error',
      comment: 'Domain is true without a computer: no files, network, processes or timers.',
      from: { path: room('domain') },
      to: {
        path: '^(node:)?(fs|net|http|https|child_process|worker_threads|timers|os|dns|tls|dgram|cluster|process)(/|$)',
      },
    },
    only('ports-see-domain', 'ports', ['domain'], 'Ports speak in nouns of the domain.'),
    only('steps-see-ports-and-domain', 'steps', ['ports', 'domain'], 'A step does one thing through ports.'),
    {
      name: 'a-step-never-imports-another',
      severity: 'error',
      comment: 'What follows what is the business of flow.',
      from: { path: '^src/steps/([^/]+)/' },
      to: { path: '^src/steps/', pathNot: '^src/steps/$1/' },
    },
    only('engines-see-ports-and-domain', 'engines', ['ports', 'domain'], 'Engines keep promises of ports.'),
    only('flow-sees-steps', 'flow', ['steps', 'ports', 'domain'], 'Flow says what follows what.'),
    only(
      'http-sees-flow',
      'http',
      ['flow', 'ports', 'domain'],
      'HTTP turns a request into a step and an error into a status.',
    ),
    only(
      'cli-sees-flow',
      'cli',
      ['flow', 'ports', 'domain', 'config', 'compose', 'serve', 'demo', 'log', 'package-root'],
      'The command line composes and calls flow.',
    ),
    {
      name: 'pages-see-the-contract',
      severity: 'error',
      comment: 'Pages know the service by its HTTP contract alone.',
      from: { path: room('web') },
      to: { path: '^src/', pathNot: ['^src/web/', '^src/http/contract/'] },
    },
    {
      name: 'pages-carry-types-only',
      severity: 'error',
      comment:
        'Of the contract, pages take types, the table of page addresses and the rules of forms; schemas would weigh on every visit.',
      from: { path: room('web') },
      to: {
        path: '^src/http/contract/',
        pathNot: '^src/http/contract/(pages|form-rules)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'nobody-sees-pages',
      severity: 'error',
      comment: 'Pages are built apart and served as files.',
      from: { path: '^src/', pathNot: '^src/web/' },
      to: { path: '^src/web/' },
    },
    {
      name: 'only-compose-sees-engines',
      severity: 'error',
      comment: 'One file names the engines.',
      from: { path: '^src/', pathNot: ['^src/engines/', '^src/compose\\.ts$'] },
      to: { path: '^src/engines/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
