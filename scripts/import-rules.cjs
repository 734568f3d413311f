// Which package may import which: the layering of ARCHITECTURE.md, checked.
// A package that is not named here imports nothing of ours.
const allowed = {
  'packages/snapshotter-core': [],
  'packages/linux': [],
  'packages/registry': [],
  'packages/layer': [],
  'packages/admin-api': [],
  'packages/metastore': ['packages/snapshotter-core'],
  'packages/overlay': ['packages/snapshotter-core', 'packages/linux'],
  'packages/fuse': ['packages/linux'],
  'packages/holder': ['packages/linux'],
  'packages/remote-fs': [
    'packages/snapshotter-core',
    'packages/registry',
    'packages/layer',
    'packages/fuse',
    'packages/linux',
  ],
  'packages/profile-store': ['packages/snapshotter-core', 'packages/remote-fs'],
  'packages/grpc-server': ['packages/snapshotter-core'],
  'packages/cri-proxy': ['packages/registry'],
  'packages/kube-pull-secrets': ['packages/registry'],
  'packages/cli': ['packages/admin-api'],
  'apps/daemon': ['packages/'],
  'packages/testkit': ['packages/'],
  e2e: [],
};

const ours = '^(packages|apps|e2e)/';
const tests = '\\.test\\.ts$|/test/';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing-undeclared',
      severity: 'error',
      from: { path: ours },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
    {
      name: 'core-is-alone',
      severity: 'error',
      from: { path: '^packages/snapshotter-core/src', pathNot: tests },
      to: { dependencyTypes: ['npm', 'core'] },
    },
    {
      name: 'testkit-is-for-tests',
      severity: 'error',
      from: { path: ours, pathNot: `^packages/testkit/|^e2e/|${tests}` },
      to: { path: '^packages/testkit/' },
    },
    ...Object.entries(allowed).map(([name, may]) => ({
      name: `layering: ${name}`,
      severity: 'error',
      from: { path: `^${name}/`, pathNot: tests },
      to: { path: ours, pathNot: [`^${name}/`, ...may.map((other) => `^${other}`)] },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules|dist|gen)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['source', 'node', 'import', 'default'],
      exportsFields: ['exports'],
    },
  },
};
