import type { Hint, HintSource, LookedInto } from './hint-source.ts';
import type { ImageTree, TreeDirectory, TreeFile } from './image-tree.ts';
import { type ElfNeeds, parseElfNeeds } from './parse-elf-needs.ts';

/** Where libraries of an architecture are on Debian and its relatives, by e_machine (elf.h). */
const multiarch: Readonly<Record<number, string>> = { 62: 'x86_64-linux-gnu', 183: 'aarch64-linux-gnu' };

/** Programs and libraries: what they need to be loaded is read before they run. */
export function createElfHints(tree: ImageTree): HintSource {
  const find = (name: string, directories: readonly (TreeDirectory | undefined)[]): TreeFile | undefined => {
    for (const directory of directories) {
      const file = directory && tree.file(name, directory);
      if (file) return file;
    }
    return undefined;
  };

  const librariesOf = (file: TreeFile, { machine, needed, searched }: ElfNeeds): readonly Hint[] => {
    const own = searched.map((path) => path.replace(/\$ORIGIN|\$\{ORIGIN\}/, file.directory.path));
    const directories = [...own, ...usualDirectories(machine)].map((path) => tree.directory(path));
    return needed.flatMap((name) => {
      const library = find(name, name.includes('/') ? [file.directory] : [...directories, file.directory]);
      return library ? [{ file: library, sure: true }] : [];
    });
  };

  return {
    noteRead: () => [],
    async lookInto({ file, read, wasRead }: LookedInto) {
      const needs = await parseElfNeeds(read);
      if (!needs) return [];
      const interpreter = needs.interpreter && tree.file(needs.interpreter, file.directory);
      return [
        ...(interpreter ? [{ file: interpreter, sure: true }] : []),
        ...needs.missing.map((range) => ({ file, range, sure: true })),
        // Of a program that is only expected to be read, they are no surer than itself.
        ...librariesOf(file, needs).map((hint) => ({ ...hint, sure: wasRead })),
      ];
    },
  };
}

function usualDirectories(machine: number): readonly string[] {
  const own = multiarch[machine];
  const roots = ['/usr/lib', '/lib', '/usr/lib64', '/lib64', '/usr/local/lib'];
  return own ? [`/usr/lib/${own}`, `/lib/${own}`, ...roots] : roots;
}
