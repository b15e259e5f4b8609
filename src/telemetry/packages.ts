/** Packages are asked for by this, which tests replace. */
export type Importer = (name: string) => Promise<unknown>;

const NOT_FOUND = 'ERR_MODULE_NOT_FOUND';
const importByName: Importer = (name) => import(name);

/**
 * Loads packages that are not installed with Veltro, all or none. Rejects with an error that names
 * those that are missing and says how to get them.
 */
export async function loadOptional<Modules extends readonly unknown[]>(
  what: string,
  names: { readonly [Index in keyof Modules]: string },
  importer: Importer = importByName,
): Promise<Modules> {
  const loaded = await Promise.allSettled(names.map((name) => importer(name)));
  const failed = loaded.flatMap((outcome, index) =>
    outcome.status === 'rejected' ? [{ name: names[index], error: outcome.reason as Error }] : [],
  );
  const broken = failed.find(({ error }) => !isMissing(error));
  if (broken !== undefined) {
    throw new Error(`${what}: package ${broken.name} cannot be loaded: ${broken.error.message}`);
  }
  if (failed.length > 0) {
    const missing = failed.map(({ name }) => name).join(' ');
    throw new Error(`${what} needs packages that are not there: npm install ${missing}`);
  }
  return loaded.map(
    (outcome) => (outcome as PromiseFulfilledResult<unknown>).value,
  ) as unknown as Modules;
}

function isMissing(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === NOT_FOUND;
}
