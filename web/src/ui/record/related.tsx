import { PlusOutlined } from "../icons";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Link } from "react-router";
import { useCan } from "../../api/me";
import { asProblem } from "../../api/problem";
import { useT } from "../../i18n";
import { Bones } from "../bones";
import { listKey } from "../cache";
import { kindLabel } from "../field";
import { problemText } from "../problem-text";
import type { Resource } from "../resource";
import { useEditor } from "./editor";
import type { Values } from "./form";
import { Panel } from "./page";

interface Props {
  /** The kind of record that is related. */
  resource: Resource;
  title: string;
  /** Which of them, in the words of the API. */
  filter: string[];
  /** What a new one begins with. */
  initial?: Values;
}

/** The records of another kind that belong to one record. */
export function RelatedRecords({ resource, title, filter, initial }: Props) {
  const t = useT();
  const can = useCan();
  const editor = useEditor();
  const list = useInfiniteQuery({
    queryKey: [...listKey(resource), { filter, page_size: 10 }],
    queryFn: ({ pageParam, signal }) => resource.api.list({ filter, page_size: 10 }, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    enabled: can.do(`${resource.name}.read`),
  });
  if (!can.do(`${resource.name}.read`)) return null;
  const records = list.data?.pages.flatMap((page) => page.records) ?? [];
  const add = can.do(`${resource.name}.create`) && initial && (
    <Button size="small" icon={<PlusOutlined />} onClick={() => editor.create(resource, initial)}>
      {kindLabel(resource.name)}
    </Button>
  );
  return (
    <Panel title={title} action={add}>
      {list.isPending && <Bones count={1} />}
      {list.error && <p role="alert">{problemText(asProblem(list.error), t)}</p>}
      {list.isSuccess && records.length === 0 && <p className="muted">{t("ui.nothingYet")}</p>}
      <ul className="related-list">
        {records.map((record) => (
          <li key={record.id}>
            <Link to={`${resource.path}/${record.id}`}>{resource.title(record)}</Link>
            <span className="muted">{resource.subtitle?.(record)}</span>
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <Button type="link" onClick={() => void list.fetchNextPage()}>
          {t("ui.more")}
        </Button>
      )}
    </Panel>
  );
}
