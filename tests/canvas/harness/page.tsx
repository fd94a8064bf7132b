/** The editor on a bare page, for the browser tests of the canvas alone. */

import { createRoot } from "react-dom/client";

import { JourneyEditor } from "../../../builder/canvas/editor";

const query = new URLSearchParams(location.search);
const dark = query.has("dark");
document.documentElement.className = dark ? "dark" : "light";
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <JourneyEditor
      slug={query.get("slug") ?? "enquiry-to-first-call"}
      colorMode={dark ? "dark" : "light"}
      canEdit={query.get("role") !== "viewer"}
    />,
  );
}
