/** In the bar above: who else is here, and what has to be settled with them. */

import { titleOf } from "../model/sentences";
import { useEditor, useSlice, useStore } from "../view/context";
import { Icon } from "../view/icons";
import { t } from "../words";
import { listText } from "../words/formats";
import { panel } from "./conflicts";
import { initials, paint, together, type Person } from "./people";

const MOST = 3;

export function People({ phone }: { phone: boolean }) {
  const store = useStore();
  const people = useSlice(together(store).slice, (s) => s.people.map(({ cursor: _, ...rest }) => rest));
  if (people.length === 0) return null;
  if (phone) {
    const label = `${t("together.people", { count: people.length })}: ${listText(people.map((one) => one.name))}`;
    return (
      <span className="wj-person" role="img" aria-label={label} title={label} data-testid="people">
        <span style={{ background: paint(people[0]?.color ?? 0) }}>{people.length}</span>
      </span>
    );
  }
  const rest = people.slice(MOST);
  return (
    <div className="wj-people" role="group" aria-label={t("together.people", { count: people.length })} data-testid="people">
      {people.slice(0, MOST).map((one) => (
        <Avatar key={one.client} person={one} />
      ))}
      {rest.length ? (
        <span className="wj-people-more" title={rest.map((one) => one.name).join(", ")}>
          <span aria-hidden>+{rest.length}</span>
          <span className="wj-unseen">{t("together.more", { count: rest.length })}</span>
        </span>
      ) : null}
    </div>
  );
}

function Avatar({ person }: { person: Omit<Person, "cursor"> }) {
  const store = useStore();
  const at = useEditor((s) => {
    const node = s.document.nodes.find((n) => n.id === person.selection[0]);
    return node ? titleOf(node, s.types.get(node.type)) : "";
  });
  const { name, client, color } = person;
  const label = at ? t("together.person_at", { name, node: at }) : t("together.person", { name });
  return (
    <button
      type="button"
      className="wj-person"
      aria-label={label}
      aria-disabled={!at}
      title={at ? `${label}. ${t("together.go_to", { name })}` : label}
      data-testid={`person-${client}`}
      onClick={() => {
        const id = person.selection[0];
        if (at && id) store.set({ reveal: [id], mode: "draft", past: null });
      }}
    >
      <span style={{ background: paint(color) }}>{initials(name)}</span>
    </button>
  );
}

export function Conflicts({ phone }: { phone: boolean }) {
  const store = useStore();
  const count = useEditor((s) => s.conflicts.length);
  if (count === 0) return null;
  return (
    <button
      type="button"
      className="wj-button wj-conflicts"
      data-testid="conflicts"
      aria-label={t("together.conflicts", { count })}
      onClick={() => panel(store).set({ open: true })}
    >
      <Icon name="triangle-alert" />
      {phone ? count : t("together.conflicts", { count })}
    </button>
  );
}
