/** An image that is started, and what is started in it. */
export interface BenchImage {
  readonly name: string;
  /** What it is, for people. */
  readonly what: string;
  /** Debian packages beside the minimal system. */
  readonly packages: readonly string[];
  /** Below `apps/`: becomes the directory `/app`. */
  readonly app: string;
  /** Prints a line as soon as it can ("started"), and one that begins with "ready" at the end of its work. */
  readonly command: readonly string[];
  /** Reads every file, so that nothing can be saved. */
  readonly readsAll?: boolean;
}

const python = ['python3', 'python3-cryptography', 'python3-jinja2', 'python3-lxml', 'python3-numpy'];

export const benchImages: readonly BenchImage[] = [
  {
    name: 'python',
    what: 'imports a hundred modules and more',
    packages: [...python, 'python3-requests', 'python3-sqlalchemy', 'python3-yaml'],
    app: 'python',
    command: ['python3', '-u', '/app/main.py'],
  },
  {
    name: 'node',
    what: 'loads build tools and reads 2000 files',
    packages: ['nodejs', 'npm', 'eslint', 'webpack'],
    app: 'node',
    command: ['node', '/app/main.js'],
  },
  {
    name: 'gcc',
    what: 'compiles and runs a C++ program',
    packages: ['g++', 'libc6-dev'],
    app: 'gcc',
    command: ['sh', '/app/main.sh'],
  },
  {
    name: 'java',
    what: 'compiles and runs a Java program in a JVM',
    packages: ['openjdk-17-jdk-headless'],
    app: 'java',
    command: ['sh', '/app/main.sh'],
  },
  {
    name: 'postgres',
    what: 'makes a database, starts the server and queries it',
    packages: ['postgresql-15'],
    app: 'postgres',
    command: ['sh', '/app/main.sh'],
  },
  {
    name: 'everything',
    what: 'reads every file of an image with Python',
    packages: [...python, 'python3-requests', 'python3-sqlalchemy', 'python3-yaml'],
    app: 'everything',
    command: ['sh', '/app/main.sh'],
    readsAll: true,
  },
];

/** Of the short form in the tests: the minimal system, of which a shell script reads a little. */
export const smallImage: BenchImage = {
  name: 'small',
  what: 'runs perl and a few commands of the minimal system',
  packages: [],
  app: 'small',
  command: ['sh', '/app/main.sh'],
};
