import { Button } from "antd";
import type { ReactNode } from "react";
import { asProblem } from "../../api/problem";
import { useT } from "../../i18n";
import { problemText } from "../../ui/problem-text";

interface Props {
  list: { error: Error | null; isPending: boolean; hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  empty: boolean;
  columns: string[];
  children: ReactNode;
}

/** A log, newest first, page after page. */
export function LogTable({ list, empty, columns, children }: Props) {
  const t = useT();
  if (list.error) return <p role="alert">{problemText(asProblem(list.error), t)}</p>;
  if (empty) return <p className="muted">{list.isPending ? t("ui.loading") : t("ui.nothingFound")}</p>;
  return (
    <div className="scrolling">
      <table className="plain-table stacking">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
      {list.hasNextPage && (
        <Button type="link" loading={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
          {t("ui.more")}
        </Button>
      )}
    </div>
  );
}
