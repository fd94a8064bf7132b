export const commands = {
  "commands.undo": "Undo",
  "commands.redo": "Redo",
  "commands.language": "Speak {language}",
} as const;
