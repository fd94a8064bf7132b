/** Sends the email of the draft to somebody of the team. */

import { useEffect, useId, useRef, useState } from "react";

import type { JourneyNode } from "../model/types";
import { reason } from "../state/store";
import { useSlice, useStore } from "../view/context";
import { Icon } from "../view/icons";
import { t } from "../words";
import { askTesters, sendTest, type Testers } from "./calls";
import { texts, whoOf } from "./state";

export function TestSend({ node }: { node: JourneyNode }) {
  const store = useStore();
  const who = useSlice(texts(store), (s) => s.who);
  const id = useId();
  const [testers, setTesters] = useState<Testers | null>(null);
  const [to, setTo] = useState("");
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<{ ok: boolean; text: string } | null>(null);
  useEffect(() => {
    let wanted = true;
    askTesters(store).then(
      (found) => {
        if (!wanted) return;
        setTesters(found);
        setTo((before) => before || found.own || found.people[0]?.email || "");
      },
      (error: unknown) => wanted && setSaid({ ok: false, text: reason(error) }),
    );
    return () => {
      wanted = false;
    };
  }, [store]);
  if (!testers) return said ? <Said said={said} /> : null;
  const send = async () => {
    setBusy(true);
    setSaid(null);
    try {
      // What is on screen is sent: the studio has to have it first.
      if (!(await store.flush())) setSaid({ ok: false, text: t("texts.notSaved") });
      else setSaid(await sendTest(store, node.id, to.trim(), whoOf(who)));
    } catch (error) {
      setSaid({ ok: false, text: reason(error) });
    } finally {
      setBusy(false);
    }
  };
  const shared = { id, className: "wj-input", "data-testid": "test-to", value: to };
  return (
    <form
      className="wj-test-send"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void send();
      }}
    >
      <label className="wj-label" htmlFor={id}>
        {t("texts.testTo")}
      </label>
      <div>
        {testers.anyone ? (
          <>
            <input {...shared} type="email" required list={`${id}-people`} onChange={(event) => setTo(event.target.value)} />
            <datalist id={`${id}-people`}>
              {testers.people.map((one) => (
                <option key={one.email} value={one.email}>
                  {one.name}
                </option>
              ))}
            </datalist>
          </>
        ) : (
          <select {...shared} className="wj-select" onChange={(event) => setTo(event.target.value)}>
            {testers.people.map((one) => (
              <option key={one.email} value={one.email}>
                {t("texts.person", { name: one.name, email: one.email })}
              </option>
            ))}
          </select>
        )}
        <button type="submit" className="wj-button" data-testid="test-send" disabled={busy}>
          <Icon name="send" /> {t(busy ? "texts.sending" : "texts.sendTest")}
        </button>
      </div>
      <Said said={said} />
    </form>
  );
}

function Said({ said }: { said: { ok: boolean; text: string } | null }) {
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (said) line.current?.scrollIntoView({ block: "nearest" });
  }, [said]);
  return (
    <p ref={line} className="wj-test-said" role="status" data-testid="test-said" data-kind={said ? (said.ok ? "done" : "error") : undefined}>
      {said?.text}
    </p>
  );
}
