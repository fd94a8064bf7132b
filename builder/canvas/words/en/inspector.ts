export const inspector = {
  "inspector.setup": "Setup",
  "inspector.tabs": "Parts of the panel",
  "inspector.journey": "The journey",
} as const;
