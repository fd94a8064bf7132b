export const inspector = {
  "inspector.setup": "Einstellungen",
  "inspector.tabs": "Bereiche der Leiste",
  "inspector.journey": "Die Journey",
} as const;
