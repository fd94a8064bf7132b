// One sentence about what was just done or could not be done. It goes by itself, stays while the
// pointer or the focus is on it, and is announced to screen readers.
import { useEffect, useState } from "react";

import { follow, tr } from "./words";

interface Props {
  text: string;
  tone: string;
  seq: number;
}

export function Notice({ text, tone, seq }: Props) {
  const [gone, setGone] = useState(0);
  const [held, setHeld] = useState(false);
  const shown = text !== "" && seq > gone;
  useEffect(follow, []); // the page may be older than the language that was chosen in the editor
  useEffect(() => {
    if (!shown || held) return;
    const timer = setTimeout(() => setGone(seq), tone === "error" ? 12000 : 6000);
    return () => clearTimeout(timer);
  }, [shown, held, seq, tone]);
  return (
    <div className="wl-notices" role={tone === "error" ? "alert" : "status"}>
      {shown && (
        <div
          key={seq}
          className="wl-notice"
          data-tone={tone}
          onMouseEnter={() => setHeld(true)}
          onMouseLeave={() => setHeld(false)}
          onFocus={() => setHeld(true)}
          onBlur={() => setHeld(false)}
        >
          <span>{text}</span>
          <button type="button" className="wl-btn quiet small" onClick={() => setGone(seq)}>
            {tr("Close")}
          </button>
        </div>
      )}
    </div>
  );
}
