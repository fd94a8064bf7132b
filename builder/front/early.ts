// The editor's first calls go out with the page's first script: the answers are there when the editor is.
import { askEarly, firstCalls } from "../canvas/state/early";
import { preferred, storage } from "../canvas/words/preference";

if (typeof document !== "undefined") {
  const calls = firstCalls(location.pathname);
  if (calls.length) askEarly(calls, preferred(storage(), navigator.languages, document.cookie), fetch, Date.now());
}
