/** Starts the live version for one customer, from a trigger that a person pulls. */

import { useState } from "react";

import type { JourneyNode, NodeType } from "../model/types";
import { reason } from "../state/store";
import { useStore } from "./context";
import { t } from "../words";

export function StartByHand({ node, type }: { node: JourneyNode; type: NodeType }) {
  const store = useStore();
  const [customer, setCustomer] = useState("");
  const [said, setSaid] = useState("");
  // A trigger that has nothing to set up waits for nothing: only a person can start it.
  if (Object.keys(type.config_schema.properties ?? {}).length > 0) return null;
  const start = async () => {
    setSaid(t("inspector.starting"));
    try {
      await store.api.start(node.id, customer.trim(), {});
      setSaid(t("inspector.started", { customer: customer.trim() }));
      setCustomer("");
    } catch (error) {
      setSaid(reason(error));
    }
  };
  return (
    <form
      className="wj-field"
      onSubmit={(event) => {
        event.preventDefault();
        if (customer.trim()) void start();
      }}
    >
      <label className="wj-label" htmlFor="wj-start">
        {t("inspector.start")}
      </label>
      <div className="wj-copy">
        <input
          id="wj-start"
          placeholder="maya@example.com"
          value={customer}
          onChange={(event) => setCustomer(event.target.value)}
          data-testid="start-customer"
        />
        <button type="submit" className="wj-button" disabled={!customer.trim()}>
          {t("inspector.start_add")}
        </button>
      </div>
      <p className="wj-help" role="status">
        {said || t("inspector.start_help")}
      </p>
    </form>
  );
}
