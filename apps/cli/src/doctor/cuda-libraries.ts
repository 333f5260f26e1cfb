import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** A shared library as the loader of this machine would find it. */
export interface FoundLibrary {
  /** Its file name with the version that its users ask for, such as `libcudart.so.12`. */
  readonly name: string;
  /** The file, where the loader looks; missing when it is not there. */
  readonly path?: string;
  /** The whole version, from the name of the file behind the links. */
  readonly version?: string;
  /** Other versions in the loader's folders, and any version in folders where it does not look. */
  readonly elsewhere: readonly string[];
}

/** What `libonnxruntime_providers_cuda.so` of onnxruntime-node 1.30 (CUDA 12) is linked with. */
export const CUDA_LIBRARIES = [
  'libcudart.so.12',
  'libcublas.so.12',
  'libcublasLt.so.12',
  'libcufft.so.11',
  'libcurand.so.10',
  'libcudnn.so.9',
] as const;

/** Where distributions have their libraries, whether or not a file says so. @see `man 8 ld.so` */
const DEFAULT_FOLDERS = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib64',
  '/usr/lib64',
  '/lib',
  '/usr/lib',
];

const list = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

/** Looks libraries up in the folders of the loader, and in those of CUDA's installer that it may not know. */
export async function findLibraries(
  names: readonly string[],
  { env, root }: { readonly env: Readonly<Record<string, string | undefined>>; readonly root: string },
): Promise<readonly FoundLibrary[]> {
  const own = (env.LD_LIBRARY_PATH ?? '').split(':').filter((folder) => folder !== '');
  const known = [...own, ...(await configuredFolders(join(root, 'etc/ld.so.conf'), root)), ...DEFAULT_FOLDERS];
  const versions = (await list(join(root, 'usr/local'))).filter((name) => name.startsWith('cuda'));
  const unknown = versions.flatMap((name) =>
    ['lib64', 'targets/x86_64-linux/lib'].map((lib) => `/usr/local/${name}/${lib}`),
  );
  const folders = [...new Set([...known, ...unknown])];
  const contents = await Promise.all(folders.map(async (folder) => [folder, await list(join(root, folder))] as const));
  return Promise.all(
    names.map(async (name) => {
      const [stem] = name.split('.so');
      const place = contents.find(([folder, files]) => known.includes(folder) && files.includes(name));
      const others = contents.flatMap(([folder, files]) =>
        files.filter((file) => file.startsWith(`${stem}.so.`)).map((file) => join(folder, file)),
      );
      if (place === undefined) return { name, elsewhere: others };
      const path = join(place[0], name);
      const version = basename(await realpath(join(root, path)).catch(() => path)).split('.so.')[1];
      return { name, path, ...(version === undefined ? {} : { version }), elsewhere: [] };
    }),
  );
}

/** The folders that `ld.so.conf` and the files it includes name. */
async function configuredFolders(path: string, root: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const folders: string[] = [];
  for (const line of text.split('\n').map((whole) => whole.replace(/#.*/u, '').trim())) {
    const included = /^include\s+(\S+)\/\*\.conf$/u.exec(line)?.[1];
    if (included !== undefined) {
      const folder = included.startsWith('/') ? join(root, included) : join(root, 'etc', included);
      const files = (await list(folder)).filter((file) => file.endsWith('.conf')).sort();
      for (const file of files) folders.push(...(await configuredFolders(join(folder, file), root)));
    } else if (line !== '') folders.push(line);
  }
  return folders;
}
