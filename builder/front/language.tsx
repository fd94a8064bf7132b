// The language of the studio: each in its own words, as whoever looks for theirs reads them.
import { LANGUAGES, type Language } from "../canvas/words/preference";
import { choose, drawn, tr } from "./words";

const CODES = Object.keys(LANGUAGES) as Language[];

export function LanguageChoice() {
  return (
    <div className="wl-segments wl-languages" role="group" aria-label={tr("Language")}>
      {CODES.map((code) => (
        <button
          key={code}
          type="button"
          lang={code}
          aria-pressed={code === drawn}
          onClick={() => code !== drawn && choose(code)}
        >
          {LANGUAGES[code]}
        </button>
      ))}
    </div>
  );
}
