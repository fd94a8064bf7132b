/** An email as a mail program shows it: no scripts, nothing loaded, nowhere to go. */

import { useLayoutEffect, useMemo, useRef, useState } from "react";

import { t } from "../words";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'";
const WIDTHS = { desktop: 640, phone: 375 };
const GONE = "script, style[src], link, meta, base, iframe, frame, object, embed, form, audio, video, template, portal";

export interface Safe {
  document: string;
  /** How many images were not loaded. */
  images: number;
}

/** The HTML in a document of its own that can do nothing. */
export function safeMail(html: string): Safe {
  const made = new DOMParser().parseFromString(html, "text/html");
  for (const one of made.querySelectorAll(GONE)) one.remove();
  for (const link of made.querySelectorAll("a[href], area[href]")) {
    link.setAttribute("title", link.getAttribute("href") ?? "");
    link.removeAttribute("href"); // else a click would load the page in the frame
  }
  let images = 0;
  for (const image of made.querySelectorAll("img, picture source, input[type=image]")) {
    if (image.getAttribute("src")?.startsWith("data:")) continue;
    if (image.tagName === "IMG") {
      images++;
      const box = made.createElement("span");
      box.className = "wayline-image";
      box.textContent = image.getAttribute("alt") || image.getAttribute("src") || "";
      image.replaceWith(box);
    } else image.remove();
  }
  const head = made.createElement("meta");
  head.setAttribute("http-equiv", "Content-Security-Policy");
  head.setAttribute("content", POLICY);
  const style = made.createElement("style");
  style.textContent = STYLE;
  made.head.prepend(head, style);
  return { document: `<!doctype html>${made.documentElement.outerHTML}`, images };
}

// The colours of a mail program, not of the studio: letters are written for white paper.
const STYLE = `body { margin: 16px; font: 16px/1.5 system-ui, sans-serif; color: #202020; background: #ffffff; overflow-wrap: break-word; }
a { color: #3e63dd; text-decoration: underline; }
.wayline-image { display: inline-block; min-width: 120px; padding: 24px 16px; border: 1px dashed #8d8d8d; border-radius: 4px; color: #646464; font-size: 13px; }`;

export function MailFrame(props: { html: string; width: "desktop" | "phone"; height: number; label: string }) {
  const { html, width, height, label } = props;
  const safe = useMemo(() => safeMail(html), [html]);
  const root = useRef<HTMLDivElement>(null);
  const room = useRoom(root);
  const wanted = WIDTHS[width];
  const scale = room ? Math.min(1, room / wanted) : 1;
  return (
    <>
      <div className="wj-mail-frame" ref={root} data-width={width} style={{ height }}>
        <iframe
          title={label}
          sandbox=""
          srcDoc={safe.document}
          tabIndex={0}
          data-testid="mail-frame"
          style={{ width: wanted, height: height / scale, transform: `scale(${scale})` }}
        />
      </div>
      {safe.images > 0 ? <p className="wj-help">{t("texts.imagesBlocked", { count: safe.images })}</p> : null}
    </>
  );
}

/** The width that there is, followed while it changes. */
function useRoom(root: React.RefObject<HTMLElement | null>): number {
  const [room, setRoom] = useState(0);
  useLayoutEffect(() => {
    const element = root.current;
    if (!element) return;
    const watching = new ResizeObserver(() => setRoom(element.clientWidth));
    watching.observe(element);
    return () => watching.disconnect();
  }, [root]);
  return room;
}
