/** Measures labels with the page's font, once it is there: the handles are as wide as their names. */

import { useEffect, useState } from "react";

import { setMeasure } from "../state/geometry";

const FONT = "500 12px Inter";

/** A number that changes when texts can be measured. */
export function useFont(): number {
  const [ready, setReady] = useState(0);
  useEffect(() => {
    let wanted = true;
    const context = document.createElement("canvas").getContext("2d");
    void document.fonts.load(FONT).then(() => {
      if (!wanted || !context) return;
      context.font = `${FONT}, sans-serif`;
      setMeasure((text) => context.measureText(text).width);
      setReady(1);
    });
    return () => {
      wanted = false;
    };
  }, []);
  return ready;
}
