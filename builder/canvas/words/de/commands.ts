export const commands = {
  "commands.undo": "Rückgängig",
  "commands.redo": "Wiederholen",
  "commands.language": "Sprache: {language}",
} as const;
