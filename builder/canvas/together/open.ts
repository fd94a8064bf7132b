/** Which editors are open in this browser: each holds a lock while it is. */

const PREFIX = "wayline.open.";

function locks(): LockManager | undefined {
  return (globalThis.navigator as Navigator | undefined)?.locks; // only where the page came safely
}

/** This editor is open from now on. */
export function holdOpen(client: string): void {
  void locks()
    ?.request(`${PREFIX}${client}`, () => new Promise(() => undefined))
    .catch(() => undefined);
}

/** The names of those that are open; null where nobody can know. */
export async function openEditors(): Promise<string[] | null> {
  const found = await locks()?.query().catch(() => null);
  const names = found?.held?.map((one) => one.name ?? "");
  return names ? names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length)) : null;
}
