import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Mentions } from "../controls";
import { Suspense, useDeferredValue, useEffect, useState, type KeyboardEvent, type ReactNode } from "react";
import type { Words } from "../../api/comments";
import { useT } from "../../i18n";
import { recordName } from "../names";
import { resourceNamed } from "../registry";
import { mentionedIn, type Person } from "./mentions";

/** As many as one page of a picker shows. */
const FOUND = 20;
const LONGEST = 10_000;

interface Props {
  label: string;
  submit: string;
  text?: string;
  /** Whom the text addresses already. */
  people?: readonly Person[];
  autoFocus?: boolean;
  /** Called with what is typed and whom it addresses, as it is typed. */
  onType?: (text: string, people: readonly Person[]) => void;
  /** Says it; true once it is said or kept. */
  onSubmit: (words: Words) => Promise<boolean>;
  more?: ReactNode;
}

/** Where a comment is typed: `@` addresses colleagues, Ctrl or Cmd with Enter sends. */
export function CommentBox({ label, submit, text = "", people = [], autoFocus, onType, onSubmit, more }: Props) {
  const t = useT();
  const [typed, setTyped] = useState(text);
  const [chosen, setChosen] = useState(people);
  const [search, setSearch] = useState<string>();
  const [sending, setSending] = useState(false);
  useEffect(() => onType?.(typed, chosen), [onType, typed, chosen]);
  const query = useDeferredValue(search);
  const { data, isFetching } = useQuery({
    queryKey: ["pick", "identity.user", query, "active"],
    queryFn: ({ signal }) => resourceNamed("identity.user")?.api.list({ query, filter: ["status=USER_STATUS_ACTIVE"], page_size: FOUND }, "", signal),
    enabled: query !== undefined,
    staleTime: 10_000,
    retry: false,
  });
  // Nobody is offered who was found for what was typed before.
  const searching = search !== query || (isFetching && !data);
  const found = (data?.records ?? []).map((user) => ({ key: user.id, value: recordName("identity.user", user), email: typeof user.email === "string" ? user.email : "" }));

  async function send() {
    if (!typed.trim() || sending) return;
    setSending(true);
    try {
      if (!(await onSubmit({ text: typed.trim(), mentioned_user_ids: mentionedIn(typed, chosen) }))) return;
      setTyped("");
      setChosen([]);
    } finally {
      setSending(false);
    }
  }
  function keys(event: KeyboardEvent) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    // Enter that chose one of the colleagues who are offered is used up.
    if (event.defaultPrevented && (searching || found.length > 0)) return;
    event.preventDefault();
    void send();
  }
  return (
    // It hears the keys of what is in it.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="comment-box" onKeyDown={keys}>
      <Suspense fallback={<span className="comment-bone" />}>
        <Mentions
          aria-label={label}
          placeholder={t("comment.hint")}
          value={typed}
          onChange={setTyped}
          rows={2}
          maxLength={LONGEST}
          autoFocus={autoFocus}
          readOnly={sending}
          classNames={{ textarea: "growing" }}
          filterOption={false}
          loading={searching}
          notFoundContent={t("ui.nothingFound")}
          options={found.map(({ key, value, email }) => ({
            // The key tells apart those who have the same name.
            key,
            value,
            label: (
              <span className="picked">
                {value} <span className="muted">{email}</span>
              </span>
            ),
          }))}
          onSearch={setSearch}
          onSelect={({ key }) => {
            const user = found.find((one) => key?.startsWith(one.key));
            if (user) setChosen((before) => [...before, { id: user.key, name: user.value }]);
          }}
        />
      </Suspense>
      <span className="comment-send">
        {more}
        <Button type="primary" size="small" disabled={!typed.trim()} loading={sending} onClick={() => void send()}>
          {submit}
        </Button>
      </span>
    </div>
  );
}
