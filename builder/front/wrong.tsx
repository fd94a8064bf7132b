// What is the matter with a field, under it. It is announced to screen readers, and the first one
// of a form comes into view: it may begin below the window's edge. The focus stays where it is.
import { useEffect, useRef } from "react";

import CircleAlert from "lucide-react/dist/esm/icons/circle-alert.mjs";

interface Props {
  id: string;
  text: string;
}

export function Wrong({ id, text }: Props) {
  const here = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const first = document.querySelector(".wl-wrong");
    if (first && first === here.current) first.scrollIntoView({ block: "nearest" });
  }, [text]);
  if (text === "") return null;
  return (
    <span className="wl-wrong" role="alert" ref={here}>
      <CircleAlert size={12} aria-hidden="true" />
      <span id={id}>{text}</span>
    </span>
  );
}
