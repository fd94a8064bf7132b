/** How the node's texts read for a customer, as the studio renders them. */

import { useEffect, useState } from "react";

import type { JourneyNode, NodeType } from "../model/types";
import { reason } from "../state/store";
import { useStore } from "./context";

interface Text {
  label: string;
  template: string;
  multiline: boolean;
}

export function Preview({ node, type }: { node: JourneyNode; type: NodeType }) {
  const [customer, setCustomer] = useState("");
  const texts = textsOf(node, type);
  if (!texts.some((t) => t.template.includes("{{") || t.template.includes("{%"))) return null;
  return (
    <section className="wj-preview" aria-label="Preview" data-testid="preview">
      <header>
        <h2 className="wj-heading">Preview</h2>
        <input
          aria-label="Customer of the preview"
          placeholder="for a sample customer"
          value={customer}
          onChange={(event) => setCustomer(event.target.value)}
        />
      </header>
      <div className="wj-preview-card">
        {texts.map((text) => (
          <Rendered key={text.label} text={text} customer={customer.trim()} />
        ))}
      </div>
    </section>
  );
}

function textsOf(node: JourneyNode, type: NodeType): Text[] {
  return Object.entries(type.config_schema.properties ?? {}).flatMap(([field, schema]): Text[] => {
    const template = node.config?.[field];
    const hint = schema["x-field"];
    if (hint?.kind !== "template" || typeof template !== "string" || !template) return [];
    return [{ label: hint.label ?? field, template, multiline: hint.multiline ?? false }];
  });
}

function Rendered({ text, customer }: { text: Text; customer: string }) {
  const store = useStore();
  const [said, setSaid] = useState<{ text: string; failed: boolean }>({ text: "", failed: false });
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(async () => {
      try {
        const answer = await store.api.preview(text.template, customer || null);
        if (wanted) setSaid({ text: answer.text, failed: false });
      } catch (error) {
        if (wanted) setSaid({ text: reason(error), failed: true });
      }
    }, 400);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [store, text.template, customer]);
  return (
    <p data-failed={said.failed || undefined} data-title={!text.multiline || undefined} title={text.label}>
      {said.text || "…"}
    </p>
  );
}
