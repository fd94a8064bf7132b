/** The registry as keys and command bar use it: which command a key means, and doing one. */

import type { Command } from "../state/commands";
import type { EditorStore } from "../state/store";

let all: readonly Command[] = [];
let byKey: ReadonlyMap<string, Command> = new Map();

/** Called once by view/keys.ts with the commands of all parts. */
export function register(commands: readonly Command[]): void {
  all = commands;
  byKey = new Map(commands.flatMap((command) => (command.keys ?? []).map((key) => [key, command] as const)));
}

export function allCommands(): readonly Command[] {
  return all;
}

export function commandOf(chord: string): Command | undefined {
  return byKey.get(chord);
}

export function commandCalled(id: string): Command | undefined {
  return all.find((command) => command.id === id);
}

export function possible(store: EditorStore, command: Command): boolean {
  return !command.when || command.when(store.get(), store);
}

export function perform(store: EditorStore, command: Command): void {
  if (possible(store, command)) command.run(store);
}
