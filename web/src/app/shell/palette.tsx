import { RightOutlined } from "../../ui/icons";
import { useQuery } from "@tanstack/react-query";
import { Input } from "antd";
import { useDeferredValue, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useNavigate } from "react-router";
import { answer, client } from "../../api/client";
import { languages, useT, type Language } from "../../i18n";
import { kindLabel } from "../../ui/field";
import { resourceNamed } from "../../ui/registry";
import { useLanguage } from "../language";
import { useAppearance } from "../theme";
import { useDomains } from "./shell";
import { useCreateItems, useSignOut } from "./top-bar";

interface Choice {
  key: string;
  label: string;
  detail?: string;
  icon?: ReactNode;
  run: () => void;
}

/** What can be found or done from anywhere. */
export function Palette({ onClose }: { onClose: () => void }) {
  const t = useT();
  const ref = useRef<HTMLDialogElement>(null);
  // The browser's own dialog has the focus as soon as it is there, so that the field has everything that is typed, however busy
  // the machine is.
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    // A click beside it closes it, as Escape does.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog ref={ref} className="palette" aria-label={t("app.search.title")} onCancel={onClose} onClick={(event) => event.target === event.currentTarget && onClose()}>
      <PaletteContent onClose={onClose} />
    </dialog>
  );
}

function useCommands(): Choice[] {
  const t = useT();
  const navigate = useNavigate();
  const domains = useDomains();
  const created = useCreateItems();
  const signOut = useSignOut();
  const [, setLanguage] = useLanguage();
  const [, setAppearance] = useAppearance();
  return [
    ...domains.flatMap((domain) =>
      domain.entries.map((entry) => ({ key: entry.path, label: t(entry.label), detail: t(domain.label), icon: entry.icon, run: () => void navigate(entry.path) })),
    ),
    ...created.flatMap((item) => {
      const resource = resourceNamed(String(item?.key));
      const run = item && "onClick" in item ? (item.onClick as unknown as () => void) : undefined;
      return resource && run ? [{ key: `new ${resource.name}`, label: t("ui.form.new", { kind: kindLabel(resource.name) }), icon: resource.icon, run }] : [];
    }),
    { key: "profile", label: t("app.profile.title"), run: () => void navigate("/profile") },
    ...(["light", "dark", "system"] as const).map((one) => ({ key: one, label: `${t("app.appearance.title")}: ${t(`app.appearance.${one}`)}`, run: () => setAppearance(one) })),
    ...Object.entries(languages).map(([key, label]) => ({ key, label: `${t("app.language")}: ${label}`, run: () => setLanguage(key as Language) })),
    { key: "sign-out", label: t("app.signOut"), run: signOut },
  ];
}

function PaletteContent({ onClose }: { onClose: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const list = useId();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const query = useDeferredValue(typed.trim());
  const { data, isFetching } = useQuery({
    queryKey: ["search", query],
    queryFn: ({ signal }) => answer(client.GET("/v1/search", { params: { query: { query, limit: 6 } }, signal })),
    enabled: query !== "",
    staleTime: 10_000,
    placeholderData: (before) => before,
  });
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const commands = useCommands().filter((choice) => words.every((word) => `${choice.label} ${choice.detail ?? ""}`.toLowerCase().includes(word)));
  const hits = (query ? (data?.hits ?? []) : []).flatMap((hit): Choice[] => {
    const resource = resourceNamed(hit.resource);
    if (!resource?.paged) return [];
    const run = () => void navigate(`${resource.path}/${hit.id}`);
    return [{ key: `${hit.resource} ${hit.id}`, label: hit.title ?? "", detail: [kindLabel(resource.name), hit.subtitle].filter(Boolean).join(" · "), icon: resource.icon, run }];
  });
  const choices = [...hits, ...commands.slice(0, query ? 6 : 30)];
  const chosen = Math.min(at, choices.length - 1);

  function run(choice: Choice | undefined) {
    if (!choice) return;
    onClose();
    choice.run();
  }

  function keys(event: KeyboardEvent) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      const next = (chosen + step + choices.length) % Math.max(1, choices.length);
      setAt(next);
      document.getElementById(`${list}-${next}`)?.scrollIntoView({ block: "nearest" });
    }
    if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      run(choices[chosen]);
    }
  }

  return (
    <>
      <Input
        autoFocus
        size="large"
        variant="borderless"
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={choices.length > 0 ? `${list}-${chosen}` : undefined}
        aria-label={t("app.search.open")}
        placeholder={t("app.search.placeholder")}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={keys}
      />
      <ul id={list} role="listbox" aria-label={t("app.search.results")} className="palette-list">
        {choices.map((choice, index) => (
          // The keys are heard by the field above, which keeps the focus.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <li key={choice.key} id={`${list}-${index}`} role="option" aria-selected={index === chosen} onClick={() => run(choice)} onMouseMove={() => setAt(index)}>
            <span className="palette-icon">{choice.icon ?? <RightOutlined />}</span>
            <span>{choice.label}</span>
            <span className="muted">{choice.detail}</span>
          </li>
        ))}
      </ul>
      {choices.length === 0 && <p className="muted palette-none">{isFetching ? t("ui.loading") : t("ui.nothingFound")}</p>}
    </>
  );
}
