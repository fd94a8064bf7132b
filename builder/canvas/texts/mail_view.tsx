/** An email as it would arrive: its lines, its two shapes, at two widths. */

import { useSlice, useStore } from "../view/context";
import { Icon } from "../view/icons";
import { pathWords } from "./liquid";
import { t } from "../words";
import type { VariableGroup } from "../model/variables";
import type { Mail, Shown } from "./calls";
import { MailFrame } from "./frame";
import { mailHints, wordCount } from "./mail";
import { texts } from "./state";

export function MailView({ mail, height }: { mail: Mail; height: number }) {
  const slice = texts(useStore());
  const width = useSlice(slice, (s) => s.width);
  const wanted = useSlice(slice, (s) => s.part);
  const part = mail.html === null ? "text" : wanted;
  return (
    <div className="wj-mail" data-testid="mail-view">
      <div className="wj-mail-tools">
        <Choose
          label={t("texts.width")}
          now={width}
          options={[
            { value: "desktop", text: t("texts.desktop"), icon: "monitor" },
            { value: "phone", text: t("texts.phone"), icon: "smartphone" },
          ]}
          onChange={(value) => slice.set({ width: value as "desktop" | "phone" })}
        />
        {mail.html === null ? null : (
          <Choose
            label={t("texts.part")}
            now={part}
            options={[
              { value: "html", text: t("texts.html") },
              { value: "text", text: t("texts.plain") },
            ]}
            onChange={(value) => slice.set({ part: value as "html" | "text" })}
          />
        )}
      </div>
      <dl className="wj-mail-lines">
        <dt>{t("texts.from")}</dt>
        <dd>{mail.sender ?? t("texts.noSender")}</dd>
        <dt>{t("texts.to")}</dt>
        <dd>{mail.to}</dd>
        <dt>{t("texts.subject")}</dt>
        <dd>
          <strong>{mail.subject}</strong>
        </dd>
      </dl>
      {part === "html" && mail.html !== null ? (
        <MailFrame html={mail.html} width={width} height={height} label={t("texts.asItArrives", { subject: mail.subject })} />
      ) : (
        <div className="wj-mail-text" data-width={width} style={{ maxHeight: height }} tabIndex={0} role="region" aria-label={t("texts.plain")} data-testid="mail-text">
          <p>{mail.text}</p>
        </div>
      )}
    </div>
  );
}

function Choose(props: {
  label: string;
  now: string;
  options: { value: string; text: string; icon?: string }[];
  onChange: (value: string) => void;
}) {
  return (
    <div className="wj-switch" role="group" aria-label={props.label}>
      {props.options.map((option) => (
        <button key={option.value} type="button" aria-pressed={props.now === option.value} onClick={() => props.onChange(option.value)}>
          {option.icon ? <Icon name={option.icon} size={12} /> : null} {option.text}
        </button>
      ))}
    </div>
  );
}

/** What else there is to know about what is shown. */
export function Notes({ shown, groups }: { shown: Shown; groups: readonly VariableGroup[] }) {
  const lines = [
    ...(shown.why_not ? [{ kind: "warning", text: shown.why_not }] : []),
    ...(shown.missing.length
      ? [{ kind: "hint", text: t("texts.missing", { names: shown.missing.map((path) => pathWords(path, groups)).join(", ") }) }]
      : []),
    ...(shown.stands_in.length ? [{ kind: "hint", text: t("texts.standsIn", { names: shown.stands_in.join(", ") }) }] : []),
  ];
  if (lines.length === 0) return null;
  return (
    <ul className="wj-notes" data-testid="preview-notes">
      {lines.map((line) => (
        <li key={line.text} data-kind={line.kind}>
          <Icon name={line.kind === "warning" ? "triangle-alert" : "info"} size={12} />
          {line.text}
        </li>
      ))}
    </ul>
  );
}

/** What is worth a look before it goes out. */
export function MailHints({ mail, customer }: { mail: Mail; customer: boolean }) {
  const hints = mailHints(mail, customer);
  return (
    <div className="wj-mail-hints" data-testid="mail-hints">
      <p className="wj-help">{t("texts.words", { count: wordCount(mail.text) })}</p>
      {hints.length ? (
        <ul className="wj-notes">
          {hints.map((hint) => (
            <li key={hint.key + JSON.stringify(hint.values)} data-kind="warning">
              <Icon name="triangle-alert" size={12} />
              {t(hint.key, hint.values ?? {})}
            </li>
          ))}
        </ul>
      ) : (
        <p className="wj-help">{t("texts.nothingFound")}</p>
      )}
    </div>
  );
}
