// Light or dark before the first paint, by the studio's own choice or the system's.
(() => {
  let chosen = "system";
  try {
    chosen = localStorage.getItem("theme") || "system";
  } catch {
    // Storage may be off; the system decides then.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const mode = chosen === "system" ? (dark ? "dark" : "light") : chosen;
  document.documentElement.classList.add(mode);
  document.documentElement.style.colorScheme = mode;
  addEventListener("DOMContentLoaded", () => {
    const zone = document.querySelector("select[data-zone=guess]");
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && [...zone.options].some((o) => o.value === here)) zone.value = here;
  });
})();
